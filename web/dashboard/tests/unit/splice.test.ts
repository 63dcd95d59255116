import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePosition, Splice } from "../../source/api/splice.ts";
import type { Message } from "../../source/api/types.ts";

function message(seq: string, prev: string, rev = 0, more: Partial<Message> = {}): Message {
  return { channel: "c", v: 1, type: "trade", fence: "1", seq, prev, rev, slot: 1, ts: 1, data: {}, ...more };
}

test("takes what continues, drops what repeats", () => {
  const sut = new Splice();
  assert.equal(sut.judge(message("5", "3")), "take");
  assert.equal(sut.judge(message("5", "3")), "repeat");
  assert.equal(sut.judge(message("4", "3")), "repeat");
  assert.equal(sut.judge(message("8", "5")), "take");
});

test("a prev above the last seq is a hole, told once", () => {
  const sut = new Splice();
  sut.judge(message("5", "3"));
  assert.equal(sut.judge(message("9", "7")), "hole");
  assert.equal(sut.judge(message("10", "9")), "take");
});

test("a snapshot drops the facts that it reflects, and proves that none is missing", () => {
  const sut = new Splice();
  assert.equal(sut.setSnapshot("7"), true);
  assert.equal(sut.judge(message("7", "5")), "repeat");
  assert.equal(sut.judge(message("9", "7")), "take");
  const other = new Splice();
  other.setSnapshot("7");
  assert.equal(other.judge(message("12", "10")), "hole");
});

test("a snapshot from a cache, older than the stream, must be fetched again", () => {
  const sut = new Splice();
  sut.judge(message("20", "15"));
  assert.equal(sut.setSnapshot("12"), false);
  assert.equal(sut.isCovered(), false);
  assert.equal(sut.setSnapshot("15"), true);
  assert.equal(sut.isCovered(), true);
});

test("a snapshot that fills a hole does so although messages came meanwhile", () => {
  const sut = new Splice();
  sut.setSnapshot("5");
  assert.equal(sut.judge(message("9", "8")), "hole");
  assert.equal(sut.judge(message("10", "9")), "take");
  assert.equal(sut.setSnapshot("7"), false);
  assert.equal(sut.setSnapshot("9"), true);
});

test("a state of the same trades with a higher rev is new", () => {
  const sut = new Splice();
  sut.setSnapshot("7");
  assert.equal(sut.judge(message("7", "5", 11, { type: "token" })), "take");
  assert.equal(sut.judge(message("7", "7", 11, { type: "token" })), "repeat");
  assert.equal(sut.judge(message("7", "7", 12, { type: "token" })), "take");
});

test("a snapshot with a rev drops states up to both", () => {
  const sut = new Splice();
  sut.setSnapshot("7", 11);
  assert.equal(sut.judge(message("7", "5", 11, { type: "candle" })), "repeat");
  assert.equal(sut.judge(message("7", "5", 12, { type: "candle" })), "take");
});

test("candles of one trade share their numbers", () => {
  const sut = new Splice();
  assert.equal(sut.judge(message("7", "5", 3, { type: "candle" })), "take");
  assert.equal(sut.judge(message("7", "5", 3, { type: "candle" })), "take");
  assert.equal(sut.judge(message("7", "5", 2, { type: "candle" })), "repeat");
});

test("a lower fence comes from a process that was replaced", () => {
  const sut = new Splice();
  sut.judge(message("5", "3", 0, { fence: "2" }));
  assert.equal(sut.judge(message("6", "5", 0, { fence: "1" })), "repeat");
  assert.equal(sut.judge(message("6", "5", 0, { fence: "3" })), "take");
});

test("numbers beyond 2^53 are told apart", () => {
  const sut = new Splice();
  sut.judge(message("9007199254740992", "1"));
  assert.equal(sut.judge(message("9007199254740993", "9007199254740992")), "take");
});

test("a tick has no numbers and is always taken", () => {
  const { seq: _, ...tick } = message("1", "1");
  const sut = new Splice();
  assert.equal(sut.judge(tick), "take");
  assert.equal(sut.judge(tick), "take");
  assert.equal(parsePosition("-1"), null);
  assert.equal(parsePosition("1.5"), null);
  assert.equal(parsePosition("9".repeat(21)), null);
});
