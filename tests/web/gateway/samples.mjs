// Messages as docs/reference/redis.md has them, and fakes of what the gateway's
// parts talk to.

import { EventEmitter } from "node:events";
import { make_metrics } from "../../../web/gateway/metrics.mjs";

export const mint = "So11111111111111111111111111111111111111112";
export const wallet = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";

/** @param {string} type @param {object} data @param {object} numbers */
export function message(type, data, { seq = "10", rev = 0, prev = "0", fence = "1" } = {}) {
  return { v: 1, type, fence, seq, rev, prev, slot: 5, ts: 1, data };
}

let place = 0;
export const trade = (numbers = {}, more = {}) => message("trade",
  { mint, wallet, slot: 5, tx_index: 0, ix_path: (place += 1), signature: "s", side: "buy", ...more }, numbers);
export const candle = (time, trades, numbers = {}) => message("candle",
  { mint, quote_mint: mint, interval: "1m", time, open: 1, high: 1, low: 1, close: trades, trades }, numbers);
export const token = (numbers = {}, more = {}) => message("token", { mint, chart_rev: 0, windows: { "24h": { trades: 1 } }, ...more }, numbers);
export const board = (numbers = {}, more = {}) =>
  message("leaderboard", { window: "24h", net: [], losses: [], ...more }, numbers);

/** Lets everything run that waits for nothing but its turn. */
export async function settle() {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Numbers that look random and are the same for a seed. */
export function random(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export const metrics = make_metrics;

/** The value of a counter of a registry. */
export async function counted(registry, name, labels) {
  const found = await registry.registry.getSingleMetric(`pumpscope_gateway_${name}`).get();
  const rows = found.values.filter((x) => Object.entries(labels ?? {}).every(([k, y]) => x.labels[k] === y));
  return rows.reduce((sum, x) => sum + x.value, 0);
}

/** Stands for ioredis: notes commands, fails on request. */
export class FakeRedis extends EventEmitter {
  status = "ready";
  commands = [];
  keys = new Map();
  failing = false;

  #do(...words) {
    this.commands.push(words);
    return this.failing ? Promise.reject(new Error("away")) : Promise.resolve("OK");
  }

  connect() { return this.#do("connect"); }
  subscribe(...names) { return this.#do("subscribe", ...names); }
  unsubscribe(...names) { return this.#do("unsubscribe", ...names); }
  psubscribe(...names) { return this.#do("psubscribe", ...names); }
  punsubscribe(...names) { return this.#do("punsubscribe", ...names); }
  async get(key) { return this.keys.get(key) ?? null; }
  async hgetall(key) { return this.keys.get(key) ?? {}; }
  disconnect(again) { this.commands.push(["disconnect", again]); }
}
