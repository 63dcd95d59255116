// A subscriber of everything, as docs/reference/redis.md tells them to be.
//
// Usage: node subscriber.mjs REDIS_URL SCHEMAS FOLDER OUT [PREFIX]
//
//   SCHEMAS  folder with docs/reference/schemas/*.json
//   FOLDER   where node_modules with ioredis and ajv lie
//   OUT      file for what was seen, one JSON document
//
// Prints "ready" when it is subscribed. A line "progress" on standard input is
// answered with counts; "stop" makes it read all keys, write OUT and end. What
// it saw is judged by the caller; exit code 1 only when it cannot work.

import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";

const [url, schemas, folder, out, prefix = ""] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(folder), "package.json"));
const Redis = require("ioredis");
const Ajv = require("ajv/dist/2020").default;

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
const validators = new Map(
  fs.readdirSync(schemas).filter((x) => x.endsWith(".json")).map((x) => [
    path.basename(x, ".json"),
    ajv.compile(JSON.parse(fs.readFileSync(path.join(schemas, x), "utf8"))),
  ]),
);

const key = "[1-9A-HJ-NP-Za-km-z]{32,44}";
// Channel -> type of its messages, and where the data names the channel.
const channels = [
  [`trade:(${key})`, "trade", (x) => [x.mint]],
  [`tick:(${key})`, "tick", (x) => [x.mint]],
  [`candle:(${key}):(1s|1m|5m|15m|1h|24h)`, "candle", (x) => [x.mint, x.interval]],
  [`token:(${key})`, "token", (x) => [x.mint]],
  [`wallet:(${key})`, "wallet", (x) => [x.wallet]],
  ["leaderboard:(24h|7d|all)", "leaderboard", (x) => [x.window]],
  ["tokens:new", "token_new", () => []],
  ["tokens:graduated", "graduation", () => []],
  ["market", "market", () => []],
].map(([pattern, type, names]) => ({ pattern: new RegExp(`^${pattern}$`), type, names }));

const counts = {};
const errors = [];
const last = new Map(); // channel -> {seq, rev, message}
const trades = new Map(); // seq -> [slot, tx_index, ix_path, signature, mint]
const positions = new Map(); // wallet mint quote_mint -> position
const candles = new Map(); // mint interval time -> candle
const holes = []; // [channel, after, up to]
const reconnects = []; // first seq of a trade after each
let fence = 0n;
let duplicates = 0;
let stale = 0;
let reconnected = false;
let bytes = 0;
let packets = 0;
let last_at = Date.now();

function complain(what) {
  if (errors.length < 50) errors.push(what);
}

// The rule for consumers. Tells whether the message is new.
function follow(channel, x) {
  const of = BigInt(x.fence);
  if (of < fence) {
    stale += 1;
    return false;
  }
  fence = of;
  const now = { seq: BigInt(x.seq), rev: x.rev };
  const before = last.get(channel) ?? { seq: 0n, rev: -1 };
  if (now.seq < before.seq || (now.seq === before.seq && now.rev <= before.rev)) {
    duplicates += 1;
    return false;
  }
  const prev = BigInt(x.prev);
  if (prev > now.seq) complain(`${channel}: prev ${prev} above seq ${now.seq}`);
  if (prev > before.seq)
    holes.push([channel, String(before.seq), String(prev)]);
  last.set(channel, { ...now, message: x });
  return true;
}

function take(channel, text) {
  last_at = Date.now();
  bytes += text.length;
  if (!channel.startsWith(prefix)) return complain(`${channel}: without prefix`);
  const name = channel.slice(prefix.length);
  // Packets of Socket.IO, binary: rooms.mjs reads them.
  if (name.startsWith("socket.io")) return packets += 1;
  const kind = channels.find((x) => x.pattern.test(name));
  if (!kind) return complain(`${name}: unknown channel`);
  counts[kind.type] = (counts[kind.type] ?? 0) + 1;
  const x = JSON.parse(text);
  const valid = validators.get(kind.type);
  if (!valid(x))
    return complain(`${name}: ${ajv.errorsText(valid.errors)}: ${text.slice(0, 600)}`);
  const named = name.match(kind.pattern).slice(1);
  if (named.join() !== kind.names(x.data).join())
    complain(`${name}: holds ${kind.names(x.data)}`);
  const data = x.data;
  if (kind.type === "tick") return;
  if (kind.type === "trade" && reconnected) {
    reconnects.push(x.seq);
    reconnected = false;
  }
  if (!follow(name, x)) {
    // Several candles of a channel may have the same numbers.
    if (kind.type !== "candle" || BigInt(x.fence) < fence) return;
  }
  if (kind.type === "trade")
    trades.set(x.seq, [data.slot, data.tx_index, data.ix_path, data.signature, data.mint]);
  if (kind.type === "wallet")
    for (const y of data.positions)
      positions.set(`${data.wallet} ${y.mint} ${y.quote_mint}`, y);
  if (kind.type === "candle") {
    const id = `${data.mint} ${data.interval} ${data.time}`;
    const before = candles.get(id);
    if (!before || before.trades <= data.trades || before.rev < data.rev)
      candles.set(id, data);
  }
}

// All keys with their types, lifetimes and values.
async function read_keys(redis) {
  const found = {};
  let cursor = "0";
  do {
    const [next, keys] = await redis.scan(cursor, "COUNT", 1000);
    cursor = next;
    for (const x of keys) {
      const [type, ttl] = [await redis.type(x), await redis.ttl(x)];
      const value = type === "string" ? await redis.get(x)
        : type === "hash" ? await redis.hgetall(x)
        : type === "zset" ? await redis.zrange(x, 0, -1, "WITHSCORES")
        : type === "stream" ? await redis.xlen(x) : null;
      // One that lapses meanwhile is none, of whatever part of the answers.
      if (type !== "none" && ttl !== -2 && value !== null)
        found[x] = { type, ttl, value };
    }
  } while (cursor !== "0");
  return found;
}

async function stop(redis) {
  while (Date.now() - last_at < 1_000)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const keys = await read_keys(redis);
  fs.writeFileSync(out, JSON.stringify({
    counts, errors, holes, reconnects, duplicates, stale, fence: String(fence), bytes, packets,
    trades: Object.fromEntries(trades),
    last: Object.fromEntries([...last].map(([x, y]) => [x, y.message])),
    positions: Object.fromEntries(positions),
    candles: Object.fromEntries(candles),
    keys,
  }));
  process.exit(0);
}

const options = { maxRetriesPerRequest: null, retryStrategy: () => 50 };
const listener = new Redis(url, options);
const reader = new Redis(url, options);
// A server that is gone for a while is what they are made for.
listener.on("error", () => {});
reader.on("error", () => {});
listener.on("close", () => (reconnected = true));
listener.on("pmessage", (_, channel, text) => {
  try {
    take(channel, text);
  } catch (x) {
    complain(`${channel}: ${x.message}`);
  }
});
await listener.psubscribe(`${prefix}*`);
console.log("ready");
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "stop") stop(reader);
  else
    console.log(JSON.stringify({
      counts, trades: trades.size, quiet_ms: Date.now() - last_at, bytes,
    }));
});
