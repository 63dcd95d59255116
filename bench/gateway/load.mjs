// Publishes trades at a rate, receives them through a gateway and directly, and
// prints how late they were as one JSON line. driver.py starts it.
//
// Usage: node load.mjs REDIS_URL RATE SECONDS CLIENTS TOKENS
//
// Publisher and clients are one process: one clock. The gateway is another.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";

const [url, ...numbers] = process.argv.slice(2);
const [rate, seconds, clients_total, tokens_total] = numbers.map(Number);
const require = createRequire(new URL("../../web/gateway/package.json", import.meta.url));
const { Redis } = require("ioredis");
const { io } = require("socket.io-client");
const warm_up = 2 * rate;
const total = warm_up + rate * seconds;

const letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
// Base58 texts of 44 letters that begin with 2 are 32 bytes.
const mints = Array.from({ length: tokens_total }, (_, i) =>
  `${"2".repeat(42)}${letters[Math.floor(i / letters.length)]}${letters[i % letters.length]}`);

/** The gateway, when it listens. It has no node: snapshots say so, streams go on. */
async function start_gateway() {
  const main = fileURLToPath(new URL("../../web/gateway/main.mjs", import.meta.url));
  const child = spawn(process.execPath, [main, "--redis", url, "--api", "http://127.0.0.1:1", "--listen", "127.0.0.1:0"],
    { stdio: ["ignore", "ignore", "pipe"] });
  for await (const line of createInterface({ input: child.stderr })) {
    const port = /gateway listens .*port=(\d+)/.exec(line)?.[1];
    if (port) {
      child.stderr.resume();
      return { child, url: `http://127.0.0.1:${port}` };
    }
  }
  throw new Error("the gateway does not start");
}

/** A trade as the node publishes it, about 900 bytes. */
const trade = (seq, mint) => JSON.stringify({
  v: 1, type: "trade", fence: "1", seq: String(seq), rev: 0, prev: String(Math.max(0, seq - tokens_total)), slot: seq, ts: Date.now(),
  data: { signature: "5".repeat(88), slot: seq, tx_index: 0, ix_path: 0, block_time: "2026-01-01T00:00:00Z", block_time_unix: 1767225600,
    program: "pump", side: "buy", wallet: mint, mint, quote_mint: "So11111111111111111111111111111111111111112", pool: null,
    token_units: "123456789012", quote_units: "1234567890", fee_units: "12345678", net_quote_units: "1246913568", price: 1.234e-8,
    price_usd: 1.8e-6, market_cap: "12345678901", market_cap_usd: 1852.4, reserves: { base: "1073000000000000", quote: "30000000000" } } });

/** @param {number[]} values */
function summary(values) {
  const sorted = values.sort((x, y) => x - y);
  const at = (share) => Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(3));
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

const gateway = await start_gateway();
process.on("exit", () => gateway.child.kill("SIGKILL"));
const redis = new Redis(url);
const direct = new Redis(url);
const published_ms = new Float64Array(total + 1);
const through = [];
const straight = [];
let received = 0;
let expected = 0;

const per_mint = new Map(mints.map((x) => [x, 0]));
for (let i = 0; i < clients_total; i += 1) {
  const socket = io(gateway.url, { transports: ["websocket"], forceNew: true });
  socket.on("trade", (x) => {
    received += 1;
    const seq = Number(x.seq);
    if (seq > warm_up) through.push(performance.now() - published_ms[seq]);
  });
  for (const mint of [mints[i % tokens_total], mints[(i + 1) % tokens_total]]) {
    if (!(await socket.timeout(10_000).emitWithAck("subscribe:token", { mint, intervals: [] })).ok) throw new Error("refused");
    per_mint.set(mint, per_mint.get(mint) + 1);
  }
}
await direct.subscribe(...mints.map((x) => `trade:${x}`));
direct.on("message", (_, text) => {
  const seq = Number(JSON.parse(text).seq);
  if (seq > warm_up) straight.push(performance.now() - published_ms[seq]);
});

const begin = performance.now();
let sent = 0;
await new Promise((resolve) => {
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - begin) / 1000) * rate));
    while (sent < due) {
      sent += 1;
      const mint = mints[sent % tokens_total];
      expected += per_mint.get(mint);
      published_ms[sent] = performance.now();
      redis.publish(`trade:${mint}`, trade(sent, mint));
    }
    if (sent === total) {
      clearInterval(timer);
      resolve();
    }
  }, 1);
});
const end = performance.now() + 10_000;
while (received < expected && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
const text = await (await fetch(`${gateway.url}/metrics`)).text();
const metric = (name) => Number(new RegExp(`^pumpscope_gateway_${name} (.*)$`, "m").exec(text)?.[1]);
console.log(JSON.stringify({
  messages_per_second: rate, clients: clients_total, deliveries: received, missed: expected - received,
  publish_to_client_ms: summary(through), publish_to_subscriber_ms: summary(straight),
  gateway_cpu_us_per_delivery: Number(((metric("process_cpu_seconds_total") * 1e6) / received).toFixed(1)),
  gateway_memory_mib: Math.round(metric("process_resident_memory_bytes") / (1 << 20)),
}));
process.exit(received === expected ? 0 : 1);
