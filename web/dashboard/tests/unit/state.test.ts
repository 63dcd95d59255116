import assert from "node:assert/strict";
import { test } from "node:test";
import type { Candle, Chart, Market, Position, Token, Trade } from "../../source/api/types.ts";
import { CandleSeries } from "../../source/state/candle_series.ts";
import { ChainClock } from "../../source/state/chain_clock.ts";
import { drawnCurve } from "../../source/state/drawn_curve.ts";
import { noticesOf } from "../../source/state/health.ts";
import type { Health } from "../../source/state/health.ts";
import {
  fromAddress, hasFilters, listOf, sortTokens, toAddress, toParameters, withSort, withTab,
} from "../../source/state/market_query.ts";
import { sortPositions, turned } from "../../source/state/position_order.ts";
import type { PositionOrder } from "../../source/state/position_order.ts";
import { RowBatch } from "../../source/state/row_batch.ts";
import { compareTrades, TradeTape } from "../../source/state/trade_tape.ts";

function trade(slot: number, txIndex = 0, ixPath = 0, more: Partial<Trade> = {}): Trade {
  return { slot, tx_index: txIndex, ix_path: ixPath, side: "buy", ...more } as Trade;
}

const keys = (tape: TradeTape) => tape.list().map((x) => (x.unconfirmed ? `${x.key}?` : x.key));

test("a durable trade replaces the tick at its place on chain", () => {
  const sut = new TradeTape();
  sut.addTick(trade(10, 1, 2));
  sut.addTick(trade(10, 1, 2));
  assert.deepEqual(keys(sut), ["10/1/2?"]);
  sut.addTrades([trade(10, 1, 2)]);
  assert.deepEqual(keys(sut), ["10/1/2"]);
  sut.addTick(trade(10, 1, 2));
  assert.deepEqual(keys(sut), ["10/1/2"]);
});

test("a tick whose slot has long been passed goes", () => {
  const sut = new TradeTape();
  sut.addTick(trade(10));
  sut.addTrades([trade(41)]);
  assert.deepEqual(keys(sut), ["41/0/0", "10/0/0?"]);
  sut.addTrades([trade(42)]);
  assert.deepEqual(keys(sut), ["42/0/0", "41/0/0"]);
  sut.addTick(trade(9));
  assert.equal(sut.list().length, 2);
});

test("the tape is in chain order, bounded, and has each trade once", () => {
  const sut = new TradeTape(3);
  sut.addTrades([trade(1, 0, 10), trade(1, 0, 9), trade(2), trade(1, 1), trade(2)]);
  assert.deepEqual(keys(sut), ["2/0/0", "1/1/0", "1/0/10"]);
  assert.equal(compareTrades(trade(1, 0, 9), trade(1, 0, 10)) < 0, true);
});

test("a snapshot takes out what it lacks and keeps what is newer", () => {
  const sut = new TradeTape();
  sut.addTrades([trade(1), trade(2), trade(4)]);
  sut.addTick(trade(5));
  sut.addTrades([trade(1), trade(3)], true);
  assert.deepEqual(keys(sut), ["5/0/0?", "4/0/0", "3/0/0", "1/0/0"]);
});

function candle(time: number, close: number, more: Partial<Candle> = {}): Candle {
  return {
    time, open: close, high: close, low: close, close, volume: 1, trades: 1, buys: 1, sells: 0, wallets: 1,
    closed: true, complete: true, ...more,
  };
}

function chart(candles: Candle[], gaps: { from: number; to: number }[] = []): Chart {
  return { mint: "m", quote_mint: "q", interval: "1m", from: 0, to: 600, rev: 1, candles, gaps };
}

const shape = (sut: CandleSeries) =>
  sut.bars().map((x) => `${x.time}${x.bar ? `=${x.bar.close}` : " empty"}${x.filled ? " filled" : ""}${x.flagged ? " gap" : ""}`);

test("quiet stretches carry the last price on, or are left out", () => {
  const filled = new CandleSeries("1m", true);
  filled.setSnapshot(chart([candle(0, 1), candle(180, 2)]), "1");
  assert.deepEqual(shape(filled), ["0=1", "60=1 filled", "120=1 filled", "180=2"]);
  const plain = new CandleSeries("1m", false);
  plain.setSnapshot(chart([candle(0, 1), candle(180, 2)]), "1");
  assert.deepEqual(shape(plain), ["0=1", "180=2"]);
});

test("a gap is drawn as a gap and never filled", () => {
  for (const fill of [true, false]) {
    const sut = new CandleSeries("1m", fill);
    sut.setSnapshot(chart([candle(0, 1), candle(180, 2)], [{ from: 60, to: 179 }]), "1");
    assert.deepEqual(shape(sut), ["0=1", "60 empty filled gap", "120 empty filled gap", "180=2"]);
  }
  const served = new CandleSeries("1m", true);
  served.setSnapshot(chart([candle(0, 1), candle(60, 1, { filled: true, complete: false }), candle(120, 2, { complete: false })]), "1");
  assert.deepEqual(shape(served), ["0=1", "60 empty filled gap", "120=2 gap"]);
});

test("a long stretch has a bounded number of places", () => {
  const sut = new CandleSeries("1m", true);
  sut.setSnapshot(chart([candle(0, 1), candle(60 * 100_000, 2)]), "1");
  assert.equal(sut.bars().length, 502);
});

test("live candles above a newer snapshot stay, others give way", () => {
  const sut = new CandleSeries("1m", true);
  sut.setSnapshot(chart([candle(0, 1)]), "5");
  sut.apply(candle(0, 2), "6");
  sut.apply(candle(60, 3), "9");
  assert.deepEqual(shape(sut), ["0=2", "60=3"]);
  sut.setSnapshot(chart([candle(0, 4)]), "7");
  assert.deepEqual(shape(sut), ["0=4", "60=3"]);
  sut.setSnapshot(chart([candle(0, 4), candle(60, 5)]), "9");
  assert.deepEqual(shape(sut), ["0=4", "60=5"]);
});

test("candles that belong to no place are dropped, and the oldest go", () => {
  const sut = new CandleSeries("1m", false, 2);
  for (const time of [61, NaN, 0, 60, 120])
    sut.apply(candle(time, 1), "1");
  assert.deepEqual(shape(sut), ["60=1", "120=1"]);
});

function token(mint: string, volume: string, more: Partial<Token> = {}): Token {
  const window = { volume_quote: volume, price_change: null, trades: 0 };
  return { mint, windows: { "5m": window, "1h": window, "24h": window }, progress: null, ...more } as unknown as Token;
}

test("rows are sorted exactly, unknown ones last, ties by mint", () => {
  const rows = [token("b", "9007199254740992"), token("a", "9007199254740993"), token("d", "5"), token("c", "5")];
  assert.deepEqual(sortTokens(rows, "volume_24h", "desc").map((x) => x.mint), ["a", "b", "c", "d"]);
  assert.deepEqual(sortTokens(rows, "volume_24h", "asc").map((x) => x.mint), ["c", "d", "b", "a"]);
  const known = token("z", "0", { progress: 0.5 });
  for (const order of ["asc", "desc"] as const)
    assert.equal(sortTokens([token("y", "0"), known], "progress", order)[0]?.mint, "z");
});

test("the query stands in the address and comes back from it", () => {
  const x = { ...withSort(withTab(fromAddress(""), "new"), "liquidity"), minLiquidity: "5.5", maxAge: "1h", search: "a&b=c", page: 3 };
  assert.deepEqual(fromAddress(toAddress(x).slice(1)), x);
  assert.equal(toAddress(fromAddress("")), "/");
  assert.equal(hasFilters(x), true);
});

test("a malformed address falls back to the default", () => {
  assert.deepEqual(
    fromAddress("?tab=<x>&sort=constructor&order=up&minLiquidity=-1&maxAge=1y&program=evil&page=-7"),
    fromAddress(""),
  );
  assert.equal(fromAddress(`?search=${"x".repeat(999)}`).search.length, 64);
});

test("tabs ask for their own order, and the second click turns it", () => {
  assert.deepEqual(
    [toParameters(fromAddress("?tab=graduating")), toParameters(fromAddress("?tab=graduated"))].map((x) => [x["sortBy"], x["graduated"]]),
    [["progress", false], ["graduated_at", true]],
  );
  const once = withSort(fromAddress(""), "liquidity");
  assert.deepEqual([once.order, withSort(once, "liquidity").order], ["desc", "asc"]);
  const market = { by_volume: [1], by_market_cap: [2], graduating: [3], created: [4], graduated: [5] } as unknown as Market;
  assert.deepEqual((["volume", "market_cap", "new", "graduating", "graduated"] as const).map((x) => listOf(market, x)), [[1], [2], [4], [3], [5]]);
});

test("a row is given at most every period, its newest value", () => {
  let now = 0;
  const frames: (() => void)[] = [];
  const timers: { ms: number; action: () => void }[] = [];
  const given: string[] = [];
  const sut = new RowBatch<number>((x) => given.push([...x].join(" ")), {
    now: () => now,
    nextFrame: (action) => void frames.push(action),
    after: (ms, action) => void timers.push({ ms, action }),
  });
  const frame = () => frames.shift()?.();
  sut.put("a", 1);
  sut.put("a", 2);
  sut.put("b", 1);
  assert.equal(frames.length, 1);
  frame();
  now = 100;
  sut.put("a", 3);
  sut.put("c", 1);
  frame();
  assert.deepEqual(given, ["a,2 b,1", "c,1"]);
  assert.equal(timers[0]?.ms, 150);
  now = 250;
  sut.put("a", 4);
  timers.shift()?.action();
  frame();
  assert.deepEqual(given.at(-1), "a,4");
  assert.equal(frames.length + timers.length, 0);
});

test("many rows at once are spread over frames", () => {
  const frames: (() => void)[] = [];
  const given: number[] = [];
  const sut = new RowBatch<number>((x) => given.push(x.size), {
    now: () => 0,
    nextFrame: (action) => void frames.push(action),
    after: () => assert.fail("nothing has to wait"),
  }, 250, 20);
  for (let i = 0; i < 50; ++i)
    sut.put(String(i), i);
  while (frames.length > 0)
    frames.shift()!();
  assert.deepEqual(given, [20, 20, 10]);
});

test("chain time moves on between messages, and stops when the chain does", () => {
  const sut = new ChainClock(15);
  assert.equal(sut.now(0), null);
  sut.tell(1_000, 500);
  assert.equal(sut.now(3_600), 1_003);
  sut.tell(990, 3_600); // older news
  assert.equal(sut.now(3_600), 1_003);
  assert.equal(sut.now(1e9), 1_015);
});

const healthy: Health = {
  stream: { kind: "open" }, aliveAt: 0, unreachable: false, simulated: false, gapsOpen: 0, incompleteSince: null,
};

test("banners tell what is wrong, the most urgent first", () => {
  assert.deepEqual(noticesOf(healthy, 9_999), []);
  assert.match(noticesOf(healthy, 12_345)[0]?.text ?? "", /nothing new for 12 s/i);
  assert.match(noticesOf({ ...healthy, unreachable: true }, 12_345)[0]?.text ?? "", /not answered for 12 s/);
  const all = noticesOf({ ...healthy, stream: { kind: "down", retryAt: 4_200 }, simulated: true, incompleteSince: 77 }, 1_000);
  assert.deepEqual(all.map((x) => x.kind), ["stale", "incomplete", "simulated"]);
  assert.match(all[0]!.text, /again in 4 s/);
  assert.match(all[1]!.text, /since slot 77/);
});

test("positions are sorted by exact amounts or by time", () => {
  const position = (mint: string, realized: string, at: string) => ({ mint, realized, last_trade_at: at }) as Position;
  const rows = [position("b", "-9007199254740993", "2026-01-02"), position("a", "-9007199254740992", "2026-01-01"), position("c", "5", "2026-01-01")];
  const order = (x: PositionOrder) => sortPositions(rows, x).map((y) => y.mint).join("");
  assert.equal(order({ sortBy: "realized", order: "asc" }), "bac");
  assert.equal(order(turned({ sortBy: "realized", order: "asc" }, "realized")), "cab");
  assert.equal(order({ sortBy: "last_trade_at", order: "desc" }), "bac");
});

test("points of one second become one", () => {
  assert.deepEqual(
    drawnCurve([{ time_unix: 5, realized: "2000000000" }, { time_unix: 3, realized: "-1000000000" }, { time_unix: 5, realized: "3000000000" }], 9),
    [{ time: 3, value: -1 }, { time: 5, value: 3 }],
  );
});
