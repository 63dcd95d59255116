import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { ChannelHub } from "../../../web/gateway/hub.mjs";
import { counted, FakeRedis, message, metrics, mint, settle, trade } from "./samples.mjs";

function make(prefix = "") {
  const parts = { subscriber: new FakeRedis(), reader: new FakeRedis(), prefix, linger_ms: 5_000, metrics: metrics() };
  const sut = new ChannelHub(parts);
  const heard = [];
  const holes = [];
  const listener = { message: (x) => heard.push(x.seq), hole: (x) => holes.push(x) };
  const send = (x, channel = `trade:${mint}`) => parts.subscriber.emit("message", prefix + channel, JSON.stringify(x));
  const subscribed = () => parts.subscriber.commands.filter(([x]) => /subscribe/.test(x));
  return { ...parts, sut, heard, holes, listener, send, subscribed };
}

test("a channel is subscribed with its first listener and left a while after the last", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sut, listener, subscribed } = make("ps:");
  const first = sut.listen("market", listener);
  const second = sut.listen("market", { message() {} });
  assert.deepEqual(subscribed(), [["subscribe", "ps:market"]]);
  first.close();
  second.close();
  second.close();
  t.mock.timers.tick(4_999);
  // Someone comes in time: it stays.
  const third = sut.listen("market", listener);
  t.mock.timers.tick(60_000);
  assert.equal(subscribed().length, 1);
  third.close();
  t.mock.timers.tick(5_000);
  assert.deepEqual(subscribed().at(-1), ["unsubscribe", "ps:market"]);
  assert.equal(sut.size, 0);
});

test("messages come once, in order, with their holes", () => {
  const { sut, heard, holes, listener, send } = make("ps:");
  sut.listen(`trade:${mint}`, listener);
  send(trade({ seq: "4", prev: "2" }));
  send(trade({ seq: "4", prev: "2" }));
  send(trade({ seq: "9", prev: "4" }));
  assert.deepEqual([heard, holes], [["4", "9"], []]);
  send(trade({ seq: "12", prev: "10" }));
  assert.deepEqual([heard, holes], [["4", "9", "12"], ["prev"]]);
});

test("what is malformed is counted and dropped, and a listener that throws harms nobody", async () => {
  const { sut, heard, listener, subscriber, send, metrics: registry } = make();
  sut.listen(`trade:${mint}`, { message() { throw new Error("ours"); } });
  sut.listen(`trade:${mint}`, listener);
  for (const x of ["", "{", "null", "[]", "{\"v\":1}", "\u0000"]) subscriber.emit("message", `trade:${mint}`, x);
  subscriber.emit("message", "nobody:asked", "x");
  send(trade({ seq: "4" }));
  assert.deepEqual(heard, ["4"]);
  assert.equal(await counted(registry, "redis_messages_dropped_total", { reason: "malformed" }), 6);
  assert.equal(await counted(registry, "redis_messages_dropped_total", { reason: "failed" }), 1);
});

test("a process that was replaced is not heard, over all channels", () => {
  const { sut, heard, listener, send } = make();
  sut.listen(`trade:${mint}`, listener);
  sut.listen("tokens:new", { message() {} });
  send(message("token_new", { mint }, { fence: "2" }), "tokens:new");
  send(trade({ seq: "4", fence: "1" }));
  send(trade({ seq: "5", fence: "2", prev: "5" }));
  assert.deepEqual(heard, ["5"]);
});

test("another store begins anew, with lower numbers", async () => {
  const { sut, heard, holes, listener, send, reader, subscriber } = make();
  reader.keys.set("pumpscope:owner", "77:9");
  sut.listen(`trade:${mint}`, listener);
  subscriber.emit("ready");
  await settle();
  send(trade({ seq: "4000", fence: "9" }));
  reader.keys.set("pumpscope:owner", "78:1");
  send(trade({ seq: "3", fence: "1" }));
  await settle();
  send(trade({ seq: "4", fence: "1", prev: "3" }));
  assert.deepEqual([heard, holes], [["4000", "4"], ["store"]]);
});

test("after a cut everything is subscribed again and every channel has a hole", async () => {
  const { sut, heard, holes, listener, send, subscriber } = make();
  subscriber.failing = true;
  const early = sut.listen(`trade:${mint}`, listener);
  assert.equal(await early.ready, false);
  assert.equal(sut.up, false);
  subscriber.failing = false;
  subscriber.emit("ready");
  await settle();
  assert.equal(sut.up, true);
  assert.deepEqual(holes, []);
  send(trade({ seq: "4" }));
  subscriber.emit("close");
  assert.equal(sut.up, false);
  subscriber.commands.length = 0;
  subscriber.emit("ready");
  await settle();
  assert.deepEqual(subscriber.commands, [["subscribe", `trade:${mint}`]]);
  assert.deepEqual(holes, ["reconnect"]);
  send(trade({ seq: "4" }));
  send(trade({ seq: "5", prev: "4" }));
  assert.deepEqual(heard, ["4", "5"]);
});

test("samples come while someone wants them, by a pattern that takes the prefix by the letter", () => {
  const { sut, subscriber, subscribed } = make("a*b:");
  const got = [];
  const end = sut.sample_trades((channel, text) => got.push([channel, text]));
  assert.deepEqual(subscribed(), [["psubscribe", "a\\*b:trade:*"]]);
  subscriber.emit("pmessage", "x", `a*b:trade:${mint}`, "text");
  assert.deepEqual(got, [[`trade:${mint}`, "text"]]);
  end();
  end();
  assert.equal(subscribed().at(-1)[0], "punsubscribe");
  assert.equal(subscribed().length, 2);
});
