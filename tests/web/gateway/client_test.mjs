import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { follow } from "../../../web/gateway/client.mjs";
import { board, candle, message, mint, token, trade, wallet } from "./samples.mjs";

/** A Socket.IO client: `on` is told by `tell`, what it emits is noted. */
class FakeClient extends EventEmitter {
  connected = true;
  recovered = false;
  asked = [];

  emit(...words) {
    this.asked.push(words.filter((x) => typeof x !== "function"));
    return true;
  }

  tell(event, x) {
    super.emit(event, x);
  }
}

function make() {
  const socket = new FakeClient();
  const changes = [];
  return { socket, changes, sut: follow(socket, (event) => changes.push(event)) };
}

const snapshot = (trades_seq, trades = [], numbers = {}) => ({ v: 1, mint, trades_seq, trades, token: token().data, seq: "3", rev: 1, ...numbers });

test("trades come once; a hole makes it ask for a snapshot", () => {
  const { socket, sut, changes } = make();
  sut.want("token", { mint });
  socket.tell("token:snapshot", snapshot("10"));
  for (const x of [{ seq: "10" }, { seq: "11", prev: "10" }, { seq: "11", prev: "10" }]) socket.tell("trade", trade(x));
  assert.equal(sut.view.tokens[mint].trades.length, 1);
  assert.equal(socket.asked.length, 1);
  socket.tell("trade", trade({ seq: "15", prev: "13" }));
  assert.deepEqual(socket.asked.at(-1), ["subscribe:token", { mint }]);
  assert.equal(socket.asked.length, 2);
  assert.deepEqual(changes, ["token:snapshot", "trade", "trade"]);
});

test("a snapshot that does not know its trades makes no hole", () => {
  const { socket, sut } = make();
  sut.want("token", { mint });
  socket.tell("token:snapshot", snapshot(null));
  socket.tell("trade", trade({ seq: "15", prev: "13" }));
  assert.equal(socket.asked.length, 1);
});

test("states go forward only, and begin anew with a new gateway", () => {
  const { socket, sut } = make();
  sut.want("leaderboard", { window: "24h" });
  const tell = (seq, n) => socket.tell("leaderboard", board({ seq }, { n }));
  tell("5", 5);
  tell("4", 4);
  assert.equal(sut.view.leaderboards["24h"].n, 5);
  socket.tell("connect");
  assert.deepEqual(socket.asked.length, 2);
  tell("4", 4);
  assert.equal(sut.view.leaderboards["24h"].n, 4);
  socket.recovered = true;
  socket.tell("connect");
  assert.equal(socket.asked.length, 2);
});

test("a history is not undone by candles that it was ahead of", () => {
  const { socket, sut } = make();
  socket.tell("token:history", { mint, interval: "1m", seq: "50", candles: [candle(60, 7).data] });
  socket.tell("candle", candle(60, 6, { seq: "49" }));
  const trades = () => [...sut.view.tokens[mint].candles["1m"].values()].map((x) => x.trades);
  assert.deepEqual(trades(), [7]);
  socket.tell("candle", candle(60, 8, { seq: "51" }));
  socket.tell("candle", candle(120, 1, { seq: "51" }));
  assert.deepEqual(trades(), [8, 1]);
});

test("a wallet that is told again with what was missing is taken, an older one is not", () => {
  const { socket, sut } = make();
  for (const [seq, rev, n] of [["4", 2, 1], ["4", 2, 2], ["4", 1, 3], ["3", 9, 4]])
    socket.tell("wallet", message("wallet", { wallet, n, positions: [] }, { seq, rev }));
  assert.equal(sut.view.wallets[wallet].n, 2);
});

test("a wallet from the API is followed by whatever comes", () => {
  const { socket, sut } = make();
  for (const seq of ["0", "4"]) socket.tell("wallet", message("wallet", { wallet, n: seq, positions: [] }, { seq, rev: 0 }));
  assert.equal(sut.view.wallets[wallet].n, "4");
});
