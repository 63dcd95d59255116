import assert from "node:assert/strict";
import { test } from "node:test";
import { Refused } from "../../../web/gateway/errors.mjs";
import { is_address, kind_of, parse_message } from "../../../web/gateway/messages.mjs";
import { Sequence } from "../../../web/gateway/sequence.mjs";
import { board, candle, message, mint, random, token, trade, wallet } from "./samples.mjs";

test("addresses are base58 of 32 bytes", () => {
  for (const x of [mint, wallet, "1".repeat(32), "J".repeat(44).slice(0, 43)]) assert.ok(is_address(x), x);
  for (const x of ["", "1".repeat(31), "1".repeat(33), "z".repeat(44), `${mint}0`, "O".repeat(43), null, 7,
    mint.slice(0, -1) + "l", [mint], { length: 43 }])
    assert.ok(!is_address(x), String(x));
});

test("channels of the contract are known, others are not", () => {
  assert.deepEqual(kind_of(`candle:${mint}:15m`), { type: "candle", key: mint, interval: "15m" });
  assert.equal(kind_of("tokens:new")?.type, "token_new");
  assert.equal(kind_of("tokens:graduated")?.type, "graduation");
  assert.equal(kind_of("market")?.type, "market");
  assert.equal(kind_of("leaderboard:7d")?.key, "7d");
  for (const x of ["", "trade", "trade:", "trade:x", `trade:${mint}:1m`, `candle:${mint}`, `candle:${mint}:2m`,
    "leaderboard:1h", "tokens:old", "market:x", `candle:${mint}:1m:1m`, "__proto__:x"])
    assert.equal(kind_of(x), null, x);
});

const good = [
  [`trade:${mint}`, trade()], [`candle:${mint}:1m`, candle(60, 1)], [`token:${mint}`, token()],
  ["leaderboard:24h", board()], [`wallet:${wallet}`, message("wallet", { wallet, positions: [] })],
  ["tokens:new", message("token_new", { mint })],
  ["market", message("market", { by_volume: [], by_market_cap: [], graduating: [], created: [], graduated: [] })],
];

test("messages of the contract pass", () => {
  for (const [channel, x] of good)
    assert.deepEqual(parse_message(kind_of(channel), JSON.stringify(x)), x);
});

test("what is wrong in one place is refused", () => {
  const of_trade = kind_of(`trade:${mint}`);
  const wrong = [
    { v: 2 }, { type: "tick" }, { fence: 1 }, { seq: "01" }, { seq: "-1" }, { prev: "11" }, { rev: -1 },
    { rev: 1.5 }, { slot: null }, { ts: "1" }, { data: null }, { data: [] }, { data: { ...trade().data, mint: wallet } },
    { data: { ...trade().data, slot: "5" } }, { seq: "1".repeat(40), prev: "0" },
  ];
  for (const x of wrong)
    assert.throws(() => parse_message(of_trade, JSON.stringify({ ...trade(), ...x })), Refused, JSON.stringify(x));
  const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
  const text = JSON.stringify(trade()).replace('"side":"buy"', `"side":${deep}`);
  assert.ok(text.length > 10_000);
  assert.throws(() => parse_message(of_trade, text), Refused);
  assert.throws(() => parse_message(of_trade, `${"[".repeat(1e6)}`), Refused);
  assert.throws(() => parse_message(of_trade, JSON.stringify({ ...trade(), more: "x".repeat(2 << 20) })), Refused);
});

test("20,000 broken messages throw nothing else than Refused", () => {
  const seed = 20240901;
  const next = random(seed);
  const pieces = ["{", "}", "[", "]", "\"", ",", ":", "null", "1e999", "-0", "\\u0000", "\u{1f4a9}", "__proto__", "\ufffd"];
  for (let i = 0; i < 20_000; i += 1) {
    const [channel, x] = good[next(good.length)];
    const text = JSON.stringify(x);
    const at = next(text.length);
    const broken = text.slice(0, at) + pieces[next(pieces.length)] + text.slice(at + next(5));
    try {
      parse_message(kind_of(channel), broken);
    } catch (error) {
      assert.ok(error instanceof Refused, `seed ${seed}: ${broken}: ${error}`);
    }
  }
});

test("repetitions are dropped and holes told", () => {
  const sut = new Sequence();
  assert.equal(sut.take(trade({ seq: "5", prev: "3" })), "new");
  assert.equal(sut.take(trade({ seq: "5", prev: "3" })), "repetition");
  assert.equal(sut.take(trade({ seq: "4", prev: "3" })), "repetition");
  assert.equal(sut.take(trade({ seq: "8", prev: "5" })), "new");
  assert.equal(sut.take(trade({ seq: "12", prev: "9" })), "hole");
  assert.equal(sut.take(trade({ seq: "13", prev: "12" })), "new");
  // As integers, not as texts or doubles.
  assert.equal(sut.take(trade({ seq: "9007199254740993", prev: "13" })), "new");
  assert.equal(sut.take(trade({ seq: "9007199254740994", prev: "9007199254740993" })), "new");
});

test("a state of the same seq with a higher rev is new", () => {
  const sut = new Sequence();
  assert.equal(sut.take(token({ seq: "5", rev: 7 })), "new");
  assert.equal(sut.take(token({ seq: "5", rev: 7 })), "repetition");
  assert.equal(sut.take(token({ seq: "5", rev: 9, prev: "5" })), "new");
});

test("candles that share their numbers are all new, once", () => {
  const sut = new Sequence();
  assert.equal(sut.take(candle(60, 1, { seq: "5", rev: 1 })), "new");
  assert.equal(sut.take(candle(120, 1, { seq: "5", rev: 1, prev: "5" })), "new");
  assert.equal(sut.take(candle(120, 1, { seq: "5", rev: 1, prev: "5" })), "repetition");
  assert.equal(sut.take(candle(60, 1, { seq: "4", rev: 1 })), "repetition");
});
