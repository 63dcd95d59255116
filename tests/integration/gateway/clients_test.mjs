// What one gateway does for, and against, its Socket.IO clients.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { random, board, candle, message, mint, token, trade, wallet } from "../../web/gateway/samples.mjs";
import { connect_client, connect_redis, load, start_api, start_gateway, until } from "./lab.mjs";

const prefix = "clients:";
const { WebSocket } = load("ws");
let redis;
let api;
let gateway;
const sockets = [];

before(async () => {
  redis = connect_redis();
  await redis.hset(`${prefix}token:${mint}`, { seq: "1", rev: "1", fence: "1", slot: "1" });
  api = await start_api({ [`/tokens/${mint}/trades`]: [], [`/tokens/${mint}/chart`]: { candles: [], gaps: [] },
    [`/wallets/${wallet}`]: { wallet, trades: 0 }, [`/wallets/${wallet}/positions`]: [], "/search": [] });
  gateway = await start_gateway(["--api", api.url, "--prefix", prefix, "--rooms-max", "6", "--events-per-second", "100",
    "--buffer-size", "65536", "--behind-seconds", "1.5", "--linger-seconds", "0.2", "--connections-max", "20"]);
});

after(async () => {
  for (const x of sockets) x.close();
  await gateway.kill();
  api.close();
  redis.disconnect();
});

const client = async (options) => {
  const socket = await connect_client(gateway.url, options);
  sockets.push(socket);
  socket.got = [];
  socket.onAny((event, x) => socket.got.push([event, x]));
  socket.count = (event) => socket.got.filter(([x]) => x === event).length;
  socket.last = (event) => socket.got.filter(([x]) => x === event).at(-1)?.[1];
  return socket;
};
const publish = (channel, x) => redis.publish(prefix + channel, typeof x === "string" ? x : JSON.stringify(x));
const is_subscribed = async (channel) => (await redis.pubsub("NUMSUB", prefix + channel))[1] > 0;

test("a channel of Redis is subscribed while somebody wants it", async () => {
  const a = await client();
  assert.equal(await is_subscribed("leaderboard:7d"), false);
  assert.deepEqual(await a.emitWithAck("subscribe:leaderboard", "7d"), { ok: true, rooms: ["leaderboard:7d"], whole: true });
  assert.equal(await is_subscribed("leaderboard:7d"), true);
  await publish("leaderboard:7d", board({ seq: "5" }, { window: "7d" }));
  await until("the board came", () => a.last("leaderboard")?.seq === "5");
  assert.equal((await a.emitWithAck("unsubscribe:leaderboard", { window: "7d" })).ok, true);
  await until("the channel is left", async () => !await is_subscribed("leaderboard:7d"));
  await publish("leaderboard:7d", board({ seq: "6" }, { window: "7d" }));
  await a.emitWithAck("search:tokens", "x");
  assert.equal(a.last("leaderboard").seq, "5");
  a.close();
});

test("what is asked wrongly is told, by ack or by an event", async () => {
  const a = await client();
  const wrong = [["subscribe:token", "x"], ["subscribe:token", { mint: 5 }], ["subscribe:token", null],
    ["subscribe:token", { mint, intervals: ["2m"] }], ["subscribe:token", { mint, intervals: "1m" }],
    ["subscribe:wallet", { wallet: "0".repeat(44) }], ["subscribe:leaderboard", "1h"], ["subscribe:leaderboard", ["24h"]],
    ["search:tokens", ""], ["search:tokens", "x".repeat(65)], ["search:tokens", { q: "x", limit: 1e9 }], ["search:tokens", { q: {} }]];
  for (const [event, x] of wrong) {
    const answer = await a.emitWithAck(event, x);
    assert.deepEqual([answer.ok, answer.error?.code], [false, "invalid_parameter"], `${event} ${JSON.stringify(x)}`);
  }
  a.emit("subscribe:token", "x");
  await until("an error event", () => a.last("error")?.event === "subscribe:token");
  a.emit("no:such:event", {});
  await until("an error event", () => a.last("error")?.code === "not_found");
  a.close();
});

test("rooms per client are bounded", async () => {
  const a = await client();
  const intervals = ["1s", "1m", "5m", "15m", "1h"];
  assert.equal((await a.emitWithAck("subscribe:token", { mint, intervals })).ok, true);
  assert.equal((await a.emitWithAck("subscribe:market")).error.code, "too_many_rooms");
  assert.deepEqual((await a.emitWithAck("unsubscribe:token", { mint, intervals: ["1s"] })).rooms.length, 2);
  assert.equal((await a.emitWithAck("subscribe:market")).ok, true);
  a.close();
});

test("events beyond the rate are refused, and who goes on is disconnected", async () => {
  const a = await client();
  const answers = await Promise.all(Array.from({ length: 300 }, () => a.emitWithAck("unsubscribe:market").catch(() => null)));
  const refused = answers.filter((x) => x?.error?.code === "too_many_requests").length;
  assert.ok(refused >= 50 && refused <= 110, `${refused}`);
  const gone = new Promise((resolve) => a.once("disconnect", resolve));
  for (let i = 0; i < 1_000; i += 1) a.emit("unsubscribe:market");
  assert.equal(await gone, "io server disconnect");
});

test("too long a message, long polling and too many connections are refused", async () => {
  const a = await client({ reconnection: false });
  const gone = new Promise((resolve) => a.once("disconnect", resolve));
  a.emit("search:tokens", "x".repeat(20_000));
  await gone;
  const polling = await fetch(`${gateway.url}/socket.io/?EIO=4&transport=polling`);
  assert.equal(polling.status, 400);
  await until("nobody is left", async () => await gateway.metric("clients") === 0);
  const many = await Promise.all(Array.from({ length: 20 }, () => client({ reconnection: false })));
  await assert.rejects(client({ reconnection: false }));
  for (const x of many) x.close();
  await until("they left", async () => await gateway.metric("clients") === 0);
});

test("a client that was cut gets what it missed, and no snapshot", async () => {
  const a = await client({ reconnectionDelay: 300, reconnectionDelayMax: 300 });
  await a.emitWithAck("subscribe:token", { mint, intervals: [] });
  await publish(`trade:${mint}`, trade({ seq: "1001", prev: "1000" }));
  await until("a trade came", () => a.count("trade") === 1);
  const snapshots = a.count("token:snapshot");
  const back = new Promise((resolve) => a.once("connect", resolve));
  a.io.engine.close();
  await until("it is gone", async () => await gateway.metric("clients") === 0);
  for (let i = 1; i <= 5; i += 1) await publish(`trade:${mint}`, trade({ seq: String(1001 + i), prev: String(1000 + i) }));
  await back;
  assert.equal(a.recovered, true);
  await publish(`trade:${mint}`, trade({ seq: "1007", prev: "1006" }));
  await until("the last trade came", () => a.last("trade").seq === "1007");
  assert.deepEqual(a.got.filter(([x]) => x === "trade").map(([, x]) => x.seq), ["1001", "1002", "1003", "1004", "1005", "1006", "1007"]);
  assert.equal(a.count("token:snapshot"), snapshots);
  a.close();
});

test("a slow client gets the newest states and a hole of trades", async () => {
  const a = await client();
  await a.emitWithAck("subscribe:token", { mint, intervals: [] });
  const stream = a.io.engine.transport.ws._socket;
  stream.pause();
  // More than what the kernel holds for a connection: some megabytes.
  const filler = "x".repeat(60_000);
  let seq = 2_000;
  await until("it is behind", async () => {
    for (let i = 0; i < 20; i += 1) {
      seq += 1;
      const numbers = { seq: String(seq), prev: String(seq - 1) };
      await publish(`trade:${mint}`, trade(numbers, { filler }));
      await publish(`token:${mint}`, token({ ...numbers, rev: seq }, { n: seq }));
    }
    return await gateway.metric("clients_behind") === 1;
  });
  for (let i = 0; i < 50; i += 1) {
    seq += 1;
    await publish(`trade:${mint}`, trade({ seq: String(seq), prev: String(seq - 1) }));
    await publish(`token:${mint}`, token({ seq: String(seq), prev: String(seq - 1), rev: seq }, { n: seq }));
  }
  stream.resume();
  await until("it has the newest state", () => a.last("token")?.data.n === seq);
  await until("it is not behind any more", async () => await gateway.metric("clients_behind") === 0);
  await publish(`trade:${mint}`, trade({ seq: String(seq + 1), prev: String(seq) }));
  await until("a trade came", () => a.last("trade")?.seq === String(seq + 1));
  const trades = a.got.filter(([x]) => x === "trade").map(([, x]) => x);
  assert.ok(trades.length < seq - 2_000, "some were left out");
  const jumps = trades.slice(1).filter((x, i) => Number(x.seq) !== Number(trades[i].seq) + 1);
  assert.ok(jumps.length > 0);
  for (const [i, x] of trades.slice(1).entries())
    assert.equal(BigInt(x.prev) > BigInt(trades[i].seq), jumps.includes(x), "the next one tells the hole");
  assert.ok(await gateway.metric("client_messages_dropped_total") > 0);
  a.close();
});

test("a client that does not read at all is disconnected", async () => {
  const stuck = new WebSocket(`${gateway.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  const told = (begin) => new Promise((resolve) =>
    stuck.on("message", (x) => String(x).startsWith(begin) && resolve()));
  await told("0");
  stuck.send("40");
  await told("40");
  stuck.send(`42["subscribe:token",{"mint":"${mint}","intervals":[]}]`);
  await told('42["token:snapshot"');
  stuck._socket.pause();
  const cut = await gateway.metric("clients_disconnected_total");
  const filler = "x".repeat(60_000);
  let seq = 9_000;
  await until("it is cut", async () => {
    seq += 1;
    await publish(`trade:${mint}`, trade({ seq: String(seq), prev: String(seq - 1) }, { filler }));
    await publish(`token:${mint}`, token({ seq: String(seq), prev: String(seq - 1), rev: seq }));
    return await gateway.metric("clients_disconnected_total") === cut + 1;
  });
  stuck.terminate();
});

test("10,000 random malformed messages end no process and stop no stream", async () => {
  const a = await client();
  await a.emitWithAck("subscribe:token", { mint, intervals: ["1m"] });
  await a.emitWithAck("subscribe:market");
  await a.emitWithAck("subscribe:leaderboard", "24h");
  const good = { [`trade:${mint}`]: trade(), [`token:${mint}`]: token(), [`candle:${mint}:1m`]: candle(60, 1),
    market: message("market", { by_volume: [], by_market_cap: [], graduating: [], created: [], graduated: [] }),
    "leaderboard:24h": board(), "tokens:new": message("token_new", { mint, wallet }) };
  const next = random(4711);
  const names = Object.keys(good);
  const pieces = ["", "{", "}", "[[[[", "null", "-1", "1e400", "\"\\ud800\"", "{\"__proto__\":1}", ",", "\u0000"];
  let pipeline = redis.pipeline();
  for (let i = 0; i < 10_000; i += 1) {
    const name = names[next(names.length)];
    const text = JSON.stringify(good[name]);
    const at = next(text.length);
    // A third is no JSON, a third bytes, a third JSON with something replaced.
    const broken = i % 3 === 0 ? text.slice(0, at)
      : i % 3 === 1 ? Buffer.from(Array.from({ length: next(200) }, () => next(256)))
        : text.replace(/:("[^"]*"|\d+|\[\]|\{[^{}]*\})/g, (x) => (next(4) ? x : `:${pieces[next(pieces.length)] || "0"}`));
    pipeline.publish(prefix + name, broken);
    if (i % 500 === 499) {
      await pipeline.exec();
      pipeline = redis.pipeline();
    }
  }
  // Fences and numbers that chance made are no news: these are beyond them.
  const far = { seq: "9".repeat(38), prev: "9".repeat(38), fence: "9".repeat(38) };
  await publish(`trade:${mint}`, trade(far));
  await publish("leaderboard:24h", board(far));
  await until("good ones still come", () => a.last("trade")?.seq === far.seq && a.last("leaderboard")?.seq === far.seq);
  assert.equal(gateway.child.exitCode, null);
  assert.ok(await gateway.metric("redis_messages_dropped_total") >= 5_000);
  assert.ok(!/failed to/.test(gateway.text), gateway.text);
  a.close();
});

test("a wallet that nobody knows and one of the API are served", async () => {
  const a = await client();
  assert.equal((await a.emitWithAck("subscribe:wallet", { wallet })).ok, true);
  assert.equal(a.last("wallet").data.wallet, wallet);
  a.close();
});
