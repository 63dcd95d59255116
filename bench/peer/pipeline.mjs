// The pipeline of the original plan: a Yellowstone stream decoded by Anchor,
// ledgers and candles in memory, trades and states in PostgreSQL, a cache and
// publications in Redis.
//
// Usage: node pipeline.mjs --endpoint HOST:PORT --postgres URL --redis URL
//          [--client grpc-js|triton] [--cache all|publish] [--trades N]
//          [--warm-up SECONDS]
//
//   --cache     all: the eight commands a trade of the plan; publish: only the
//               publication
//   --trades    end after so many; without it, at SIGINT or SIGTERM
//   --warm-up   leave this much of the beginning out of the latencies
//
// Its tables are made anew. Says "ready" on standard error right before it
// subscribes. At its end one line of JSON; exit code 1 when the tables do not
// hold what was read.

import process from "node:process";
import { parseArgs } from "node:util";

import { Batches } from "./batches.mjs";
import * as cache from "./cache.mjs";
import * as database from "./database.mjs";
import { decode } from "./decode.mjs";
import { State } from "./state.mjs";
import { subscribe } from "./stream.mjs";

const batch_size = 1_000;
const batch_wait_ms = 100;
const state_period_ms = 1_000;

const { values: options } = parseArgs({
  options: {
    endpoint: { type: "string" },
    postgres: { type: "string" },
    redis: { type: "string" },
    client: { type: "string", default: "grpc-js" },
    cache: { type: "string", default: "all" },
    trades: { type: "string", default: "0" },
    "warm-up": { type: "string", default: "0" },
  },
});
const trades_wanted = Number(options.trades);
const warm_up_ms = Number(options["warm-up"]) * 1e3;

const state = new State();
const to_publish = new Batches(batch_size, 0);
const to_store = new Batches(batch_size, batch_wait_ms);
const counts = { transactions: 0, trades: 0, rows: 0 };
const stored_ms = [];
let first_at;
let source;

function now_ms() {
  return performance.timeOrigin + performance.now();
}

// Both writers must keep up: beyond ten batches the stream is not read.
function regulate() {
  const backlog = Math.max(to_publish.length, to_store.length);
  const { stream } = source;
  if (backlog > 10 * batch_size && !stream.isPaused()) stream.pause();
  else if (backlog < 4 * batch_size && stream.isPaused()) stream.resume();
}

function take(update) {
  if (!update.transaction) return;
  first_at ??= now_ms();
  counts.transactions += 1;
  for (const trade of decode(update)) {
    state.apply(trade);
    to_publish.push(trade);
    to_store.push(trade);
    counts.trades += 1;
  }
  regulate();
  if (trades_wanted && counts.trades >= trades_wanted) stop();
}

async function publish_all(redis) {
  const write = options.cache === "all" ? cache.write_all : cache.publish;
  for (let batch; (batch = await to_publish.next());) {
    await write(redis, batch);
    regulate();
  }
}

function note_latencies(batch) {
  const now = now_ms();
  if (now - first_at < warm_up_ms) return;
  for (const x of batch) stored_ms.push(now - x.created_at_ms);
}

async function store_all(client) {
  let states_at = performance.now();
  for (let batch; (batch = await to_store.next());) {
    counts.rows += await database.store_trades(client, batch);
    note_latencies(batch);
    regulate();
    if (performance.now() - states_at < state_period_ms) continue;
    states_at = performance.now();
    await database.store_states(client, state.take_changed());
  }
  await database.store_states(client, state.take_changed());
}

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  source.close();
  to_publish.close();
  to_store.close();
}

function percentile(sorted, share) {
  if (!sorted.length) return null;
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function fail(error) {
  console.error(`error: ${error.message}`);
  process.exit(1);
}

async function main() {
  for (const name of ["endpoint", "postgres", "redis"])
    if (!options[name]) throw new Error(`--${name} is missing`);
  const redis = cache.connect(options.redis);
  const client = await database.connect(options.postgres);
  await redis.ping();
  console.error("ready");
  const cpu = process.cpuUsage();
  source = await subscribe(options.client, options.endpoint);
  source.stream.on("data", take);
  source.stream.on("error", (x) => stopping || fail(x));
  source.stream.on("end", stop);
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stop);

  await Promise.all([publish_all(redis), store_all(client)]);

  const { user, system } = process.cpuUsage(cpu);
  const rows_found = await database.count_trades(client);
  stored_ms.sort((a, b) => a - b);
  console.log(JSON.stringify({
    ...counts,
    rows_found,
    cpu_seconds: (user + system) / 1e6,
    stored_ms_p50: percentile(stored_ms, 0.5),
    stored_ms_p99: percentile(stored_ms, 0.99),
    memory_bytes_max: process.resourceUsage().maxRSS * 1024,
  }));
  await client.end();
  redis.disconnect();
  const whole = rows_found === counts.rows
    && counts.rows >= trades_wanted;
  process.exit(whole ? 0 : 1);
}

main().catch(fail);
