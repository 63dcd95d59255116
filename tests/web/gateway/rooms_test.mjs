import assert from "node:assert/strict";
import { test } from "node:test";
import { Refused } from "../../../web/gateway/errors.mjs";
import { ChannelHub } from "../../../web/gateway/hub.mjs";
import { Rooms } from "../../../web/gateway/rooms.mjs";
import { board, candle, FakeRedis, metrics, mint, message, settle, token, trade, wallet } from "./samples.mjs";

const token_room = `token:${mint}`;
const candle_room = `candles:${mint}:1m`;

/** A promise, and how to decide it. */
function later() {
  let decide;
  const promise = new Promise((resolve, reject) => (decide = { resolve, reject }));
  return { promise, ...decide };
}

/** Rooms on a real hub, with a fake Redis, fake snapshots and clients that note
 * what they get. */
function make() {
  const subscriber = new FakeRedis();
  const registry = metrics();
  const hub = new ChannelHub({ subscriber, reader: new FakeRedis(), prefix: "", linger_ms: 5_000, metrics: registry });
  const members = new Map(); // room -> sockets
  const delivery = {
    to_socket: (socket, x) => socket.got.push([x.event, x.payload]),
    to_room: (room, x, others = []) => {
      for (const socket of members.get(room) ?? []) if (!others.includes(socket.id)) socket.got.push([x.event, x.payload]);
    },
  };
  const answers = { token: token({ seq: "3", rev: 1 }), trades: { seq: "0", complete: true, trades: [] },
    history: { seq: "0", complete: true, quote_mint: mint, gaps: [], candles: [] }, leaderboard: board({ seq: "2" }),
    wallet: message("wallet", { wallet, positions: [] }, { seq: "0", fence: "0" }), market: null };
  const calls = [];
  const snapshots = Object.fromEntries(Object.keys(answers).map((kind) => [kind, async (...words) => {
    calls.push([kind, ...words]);
    const x = await answers[kind];
    if (x instanceof Error) throw x;
    return x;
  }]));
  const rooms = new Rooms({ hub, snapshots, delivery, metrics: registry, recovery_ms: 30_000 });
  const client = (id) => ({
    id, got: [], rooms: new Set(), connected: true,
    join(name) {
      this.rooms.add(name);
      members.set(name, (members.get(name) ?? new Set()).add(this));
    },
    leave(name) {
      this.rooms.delete(name);
      members.get(name)?.delete(this);
    },
  });
  const send = (x, channel) => subscriber.emit("message", channel, JSON.stringify(x));
  return { rooms, client, send, answers, calls, subscriber,
    send_trade: (x) => send(x, `trade:${mint}`), send_candle: (x) => send(x, `candle:${mint}:1m`),
    send_token: (x) => send(x, token_room) };
}

const seqs = (socket, event) => socket.got.filter(([x]) => x === event).map(([, x]) => x.seq);
const events = (socket) => socket.got.map(([x]) => x);

test("what comes while a snapshot is fetched is in it or behind it, once", async () => {
  const { rooms, client, send_trade, answers } = make();
  const gate = later();
  const known = trade({ seq: "10" });
  const between = trade({ seq: "11", prev: "10" });
  answers.trades = gate.promise;
  const a = client("a");
  const joined = rooms.join(a, token_room);
  await settle();
  send_trade(known);
  send_trade(between);
  gate.resolve({ seq: "10", complete: true, trades: [known.data] });
  assert.equal(await joined, true);
  send_trade(trade({ seq: "12", prev: "11" }));
  assert.deepEqual(events(a), ["token:snapshot", "trade"]);
  const [[, snapshot]] = a.got;
  assert.deepEqual(snapshot.trades.map((x) => x.ix_path), [between.data.ix_path, known.data.ix_path]);
  assert.equal(snapshot.trades_seq, "11");
  assert.deepEqual(seqs(a, "trade"), ["12"]);
});

test("who has a snapshot that is ahead of the stream is passed over, others are not", async () => {
  const { rooms, client, send_trade, answers } = make();
  const [a, b] = [client("a"), client("b")];
  await rooms.join(a, token_room);
  const ahead = trade({ seq: "20", prev: "0" });
  answers.trades = { seq: "20", complete: true, trades: [ahead.data] };
  await rooms.join(b, token_room);
  send_trade(ahead);
  send_trade(trade({ seq: "21", prev: "20" }));
  assert.deepEqual(seqs(a, "trade"), ["20", "21"]);
  assert.deepEqual(seqs(b, "trade"), ["21"]);
});

test("after a hole the whole room gets a new snapshot, and nothing that was in it", async () => {
  const { rooms, client, send_trade, answers } = make();
  const a = client("a");
  await rooms.join(a, token_room);
  send_trade(trade({ seq: "5", prev: "0" }));
  const gate = later();
  answers.trades = gate.promise;
  send_trade(trade({ seq: "9", prev: "7" }));
  await settle();
  gate.resolve({ seq: "11", complete: true, trades: [] });
  await settle();
  send_trade(trade({ seq: "11", prev: "9" }));
  send_trade(trade({ seq: "12", prev: "11" }));
  assert.deepEqual(events(a), ["token:snapshot", "trade", "trade", "token:snapshot", "trade"]);
  assert.deepEqual(seqs(a, "trade"), ["5", "9", "12"]);
});

test("after a cut of Redis every room gets a new snapshot", async () => {
  const { rooms, client, subscriber, answers } = make();
  const a = client("a");
  subscriber.emit("ready");
  await settle();
  await rooms.join(a, "leaderboard:24h");
  answers.leaderboard = board({ seq: "8" });
  subscriber.emit("close");
  subscriber.emit("ready");
  await settle();
  assert.deepEqual(seqs(a, "leaderboard"), ["2", "8"]);
});

test("a later client gets the state that the room has, without asking anyone", async () => {
  const { rooms, client, send, calls } = make();
  const [a, b] = [client("a"), client("b")];
  await rooms.join(a, "leaderboard:24h");
  send(board({ seq: "4", prev: "2" }), "leaderboard:24h");
  await rooms.join(b, "leaderboard:24h");
  assert.deepEqual(seqs(b, "leaderboard"), ["4"]);
  assert.equal(calls.length, 1);
});

test("when a second client finds a newer state, the first one gets it, too", async () => {
  const { rooms, client, answers } = make();
  const [older, latest] = [later(), later()];
  const [a, b] = [client("a"), client("b")];
  answers.leaderboard = older.promise;
  const first = rooms.join(a, "leaderboard:24h");
  await settle();
  answers.leaderboard = latest.promise;
  const second = rooms.join(b, "leaderboard:24h");
  await settle();
  older.resolve(board({ seq: "2" }));
  await first;
  latest.resolve(board({ seq: "8" }));
  await second;
  assert.deepEqual([seqs(a, "leaderboard"), seqs(b, "leaderboard")], [["2", "8"], ["8"]]);
});

test("a state of the stream that a snapshot had already is not told again", async () => {
  const { rooms, client, send, answers } = make();
  answers.leaderboard = board({ seq: "9" });
  const a = client("a");
  await rooms.join(a, "leaderboard:24h");
  send(board({ seq: "8", prev: "7" }), "leaderboard:24h");
  send(board({ seq: "9", prev: "8" }), "leaderboard:24h");
  send(board({ seq: "10", prev: "9" }), "leaderboard:24h");
  assert.deepEqual(seqs(a, "leaderboard"), ["9", "10"]);
});

test("an answer of the API has no number: the stream follows it", async () => {
  const { rooms, client, send } = make();
  const a = client("a");
  const of_wallet = (numbers, positions) => message("wallet", { wallet, positions }, numbers);
  await rooms.join(a, `wallet:${wallet}`);
  send(of_wallet({ seq: "4", rev: 1 }, [{ mint, quote_mint: "q", units: "1" }]), `wallet:${wallet}`);
  send(of_wallet({ seq: "5", rev: 2, prev: "4" }, [{ mint: "other", quote_mint: "q", units: "2" }]), `wallet:${wallet}`);
  assert.deepEqual(seqs(a, "wallet"), ["0", "4", "5"]);
  // Positions that a message does not touch stay.
  assert.deepEqual(a.got.at(-1)[1].data.positions.map((x) => x.units), ["2", "1"]);
});

test("a history is the chart with what changed since laid over it", async () => {
  const { rooms, client, send_candle, answers } = make();
  const gate = later();
  answers.history = gate.promise;
  const a = client("a");
  const joined = rooms.join(a, candle_room);
  await settle();
  send_candle(candle(60, 3, { seq: "10", rev: 1 }));
  send_candle(candle(120, 1, { seq: "11", rev: 1, prev: "10" }));
  send_candle(candle(180, 1, { seq: "12", rev: 1, prev: "11" }));
  const row = (time, trades) => candle(time, trades).data;
  // The chart holds up to 11: its candle at 60 is newer than that of the stream.
  gate.resolve({ seq: "11", complete: true, quote_mint: mint, gaps: [], candles: [row(0, 7), row(60, 4), row(120, 0)] });
  await joined;
  const [[event, history]] = a.got;
  assert.equal(event, "token:history");
  assert.deepEqual(history.candles.map((x) => [x.time, x.trades]), [[0, 7], [60, 4], [120, 1], [180, 1]]);
});

test("a candle that closed stays closed under a chart that tells a higher number", async () => {
  const { rooms, client, send_candle, answers } = make();
  const gate = later();
  answers.history = gate.promise;
  const a = client("a");
  const joined = rooms.join(a, candle_room);
  await settle();
  const closed = candle(60, 3, { seq: "10", rev: 1 });
  closed.data.closed = true;
  send_candle(closed);
  gate.resolve({ seq: "11", complete: true, quote_mint: mint, gaps: [], candles: [{ ...candle(60, 3).data, closed: false }] });
  await joined;
  assert.deepEqual(a.got[0][1].candles.map((x) => [x.trades, x.closed]), [[3, true]]);
});

test("a history has 1,440 candles, the newest", async () => {
  const { rooms, client, answers } = make();
  const candles = Array.from({ length: 1_500 }, (_, i) => candle(60 * i, 1).data);
  answers.history = { seq: "1", complete: true, quote_mint: mint, gaps: [], candles };
  const a = client("a");
  await rooms.join(a, candle_room);
  const times = a.got[0][1].candles.map((x) => x.time);
  assert.deepEqual([times.length, times[0], times.at(-1)], [1_440, 3_600, 89_940]);
});

test("charts are fetched anew when the history of a token was folded again", async () => {
  const { rooms, client, send_token, calls } = make();
  const a = client("a");
  await rooms.join(a, token_room);
  await rooms.join(a, candle_room);
  send_token(token({ seq: "4", rev: 1 }, { chart_rev: 2 }));
  send_token(token({ seq: "5", rev: 2, prev: "4" }, { chart_rev: 2 }));
  await settle();
  const asked = () => calls.filter(([x]) => x === "history").length;
  assert.equal(asked(), 1);
  send_token(token({ seq: "6", rev: 3, prev: "5" }, { chart_rev: 3 }));
  await settle();
  assert.equal(asked(), 2);
  assert.equal(events(a).filter((x) => x === "token:history").length, 2);
});

test("without the API the stream goes on, and the snapshot follows when it is back", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { rooms, client, send_candle, answers } = make();
  answers.history = new Refused("unavailable", "away");
  const a = client("a");
  assert.equal(await rooms.join(a, candle_room), false);
  send_candle(candle(60, 3, { seq: "10", rev: 1 }));
  await settle();
  assert.deepEqual(events(a), ["candle"]);
  answers.history = { seq: "10", complete: true, quote_mint: mint, gaps: [], candles: [candle(0, 1).data] };
  t.mock.timers.tick(1_000);
  await settle();
  assert.deepEqual(events(a), ["candle", "token:history"]);
  t.mock.timers.tick(100_000);
  await settle();
  assert.equal(a.got.length, 2);
});

test("what an answer of a cache lacked is told once no answer can be that old", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { rooms, client, send_trade, send_candle, answers, calls } = make();
  const a = client("a");
  const known = trade({ seq: "4" }).data;
  answers.trades = { seq: "4", complete: true, trades: [known] };
  answers.history = { seq: "4", complete: true, quote_mint: mint, gaps: [], candles: [candle(60, 2).data] };
  // A candle may only have closed meanwhile.
  const closed = { ...candle(0, 2).data, closed: true };
  answers.history.candles.unshift({ ...closed, closed: false });
  await rooms.join(a, token_room);
  await rooms.join(a, candle_room);
  // Published before the room listened, and not in the answers.
  const missed = trade({ seq: "6" }).data;
  const heard = trade({ seq: "7", prev: "6" });
  send_trade(heard);
  send_candle(candle(120, 1, { seq: "7", rev: 1, prev: "6" }));
  answers.trades = { seq: "7", complete: true, trades: [heard.data, missed, known] };
  answers.history = { ...answers.history, seq: "7", candles: [closed, candle(60, 2).data, candle(120, 1).data] };
  t.mock.timers.tick(1_499);
  await settle();
  assert.deepEqual(events(a), ["token:snapshot", "token:history", "trade", "candle"]);
  t.mock.timers.tick(1);
  await settle();
  const again = Object.fromEntries(a.got.slice(4));
  assert.deepEqual(Object.keys(again).sort(), ["token:history", "token:snapshot"]);
  assert.deepEqual(again["token:snapshot"].trades.map((x) => x.ix_path), [heard.data.ix_path, missed.ix_path, known.ix_path]);
  assert.deepEqual(again["token:history"].candles.map((x) => [x.trades, x.closed]), [[2, true], [2, null], [1, null]]);
  // Once: whoever joins now finds an answer that is new enough.
  const asked = calls.length;
  const b = client("b");
  await rooms.join(b, token_room);
  t.mock.timers.tick(100_000);
  await settle();
  assert.equal(calls.length, asked + 1);
  assert.deepEqual([a.got.length, b.got.length], [6, 1]);
});

test("a second snapshot comes only to whom something was missing", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { rooms, client, send_trade, answers } = make();
  const a = client("a");
  const known = trade({ seq: "4" }).data;
  answers.trades = { seq: "4", complete: true, trades: [known] };
  await rooms.join(a, token_room);
  await rooms.join(a, candle_room);
  await rooms.join(a, `wallet:${wallet}`);
  const heard = trade({ seq: "5", prev: "4" });
  send_trade(heard);
  answers.trades = { seq: "5", complete: true, trades: [heard.data, known] };
  t.mock.timers.tick(100_000);
  await settle();
  assert.deepEqual(events(a), ["token:snapshot", "token:history", "wallet", "trade"]);
});

test("positions of a wallet that an old answer had are corrected, those of the stream stay", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { rooms, client, answers, subscriber } = make();
  const name = `wallet:${wallet}`;
  const state = (positions, numbers = {}) => message("wallet", { wallet, positions }, { seq: "0", fence: "0", ...numbers });
  const position = (x, units) => ({ mint: x, quote_mint: mint, units });
  answers.wallet = state([position("a", "1"), position("b", "1")]);
  const a = client("a");
  await rooms.join(a, name);
  subscriber.emit("message", name, JSON.stringify(state([position("b", "2")], { seq: "9", rev: 1, fence: "1" })));
  answers.wallet = state([position("a", "3"), position("b", "1")]);
  t.mock.timers.tick(1_500);
  await settle();
  const told = a.got.at(-1)[1].data.positions;
  assert.deepEqual(Object.fromEntries(told.map((x) => [x.mint, x.units])), { a: "3", b: "2" });
});

test("after a hole a chart is not undone by what was heard before", async () => {
  const { rooms, client, send_candle, answers } = make();
  const a = client("a");
  await rooms.join(a, candle_room);
  send_candle(candle(0, 3, { seq: "10", rev: 1, prev: "0" }));
  // That the first one closed is lost. The chart tells a lower seq than it holds.
  answers.history = { ...answers.history, seq: "8", candles: [{ ...candle(0, 3).data, closed: true }, candle(60, 1).data] };
  send_candle(candle(60, 2, { seq: "14", rev: 3, prev: "12" }));
  await settle();
  const [event, { candles }] = a.got.at(-1);
  assert.deepEqual([event, candles.map((x) => [x.trades, x.closed])], ["token:history", [[3, true], [2, null]]]);
});

test("who leaves while it joins gets nothing", async () => {
  const { rooms, client, answers, send_trade } = make();
  const gate = later();
  answers.trades = gate.promise;
  const a = client("a");
  const joined = rooms.join(a, token_room);
  await settle();
  rooms.leave(a, token_room, false);
  gate.resolve({ seq: "0", complete: true, trades: [] });
  await assert.rejects(joined, (x) => x.code === "gone");
  send_trade(trade({ seq: "4" }));
  assert.deepEqual(a.got, []);
});

test("a room goes on for those who may come back", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { rooms, client } = make();
  const a = client("a");
  await rooms.join(a, "leaderboard:24h");
  rooms.leave(a, "leaderboard:24h", true);
  t.mock.timers.tick(29_999);
  assert.equal(rooms.size, 1);
  rooms.rejoin(a, "leaderboard:24h");
  t.mock.timers.tick(60_000);
  assert.equal(rooms.size, 1);
  rooms.leave(a, "leaderboard:24h", false);
  t.mock.timers.tick(1);
  assert.equal(rooms.size, 0);
});
