import assert from "node:assert/strict";
import { test } from "node:test";
import { compareAmounts, exactAmount, parseAmount, shortAmount, signOf, toDrawn } from "../../source/format/amount.ts";
import { shownLink } from "../../source/format/link.ts";
import { change, compact, count, dollars, price, share } from "../../source/format/number.ts";
import { quoteOf, solMint, tokenDecimals } from "../../source/format/quote.ts";
import { harmless, isAddress, shortKey } from "../../source/format/text.ts";
import { age, moment, span, toUnix } from "../../source/format/time.ts";

function table<Input>(format: (x: Input) => string, cases: readonly (readonly [Input, string])[]): void {
  for (const [input, expected] of cases)
    assert.equal(format(input), expected, `of ${String(input)}`);
}

test("amounts are exact beyond what a float holds", () => {
  assert.equal(exactAmount("9007199254740993000000001", 9), "9,007,199,254,740,993.000000001");
  assert.equal(exactAmount("-1500000000", 9), "-1.5");
  assert.equal(exactAmount("1000", 0), "1,000");
  assert.equal(exactAmount("100000000000", 9), "100");
  assert.equal(parseAmount("12345678901234567890123456789"), 12345678901234567890123456789n);
});

test("short amounts have about four digits and are never rounded up", () => {
  table((x: string) => shortAmount(x, 9), [
    ["0", "0"],
    ["1", "<0.0001"],
    ["-1", "-<0.0001"],
    ["100000", "0.0001"],
    ["58199999999", "58.19"],
    ["-58199999999", "-58.19"],
    ["999999999999", "999.9"],
    ["1000000000000", "1.00K"],
    ["999999999999999", "999.9K"],
    ["1234567000000000", "1.23M"],
    ["1234567890123456789012345678", "1,234,567T"],
  ]);
});

test("what is no amount is unknown", () => {
  for (const text of [null, undefined, "", "1.5", "1e9", "0x10", " 1", "abc", "9".repeat(41)])
    assert.equal(shortAmount(text, 9), "–");
  assert.equal(signOf("abc"), 0);
});

test("amounts compare as integers, unknown ones below all", () => {
  assert.equal(compareAmounts("9007199254740993", "9007199254740992"), 1);
  assert.equal(compareAmounts("-2", "-1"), -1);
  assert.equal(compareAmounts(null, "-5"), -1);
  assert.equal(compareAmounts(null, null), 0);
  assert.equal(toDrawn("-1500000000", 9), -1.5);
});

test("prices count their zeros", () => {
  table(price, [
    [null, "–"], [NaN, "–"], [Infinity, "–"], [0, "0"],
    [0.00001234, "0.0₄1234"], [0.0001234, "0.0001234"], [1.2e-13, "0.0₁₂1200"],
    [0.000099996, "0.0001000"], [0.99999, "1.000"], [0.5, "0.5000"],
    [1, "1.000"], [12.345, "12.35"], [123.456, "123.5"], [1234.56, "1235"], [1_500_000, "1.5M"],
    [-0.00001234, "-0.0₄1234"],
  ]);
});

test("large numbers are shortened, and do not show a thousand of a unit", () => {
  table(compact, [
    [0, "0"], [999, "999"], [9_999, "9,999"], [12_345, "12.35K"], [999_960, "1M"], [1_230_000, "1.23M"], [-2e9, "-2B"],
  ]);
  table(count, [[1_234_567, "1,234,567"], [null, "–"]]);
  table(dollars, [[0.00001234, "$0.0₄1234"], [1_234, "$1,234"], [-5, "-$5"], [null, "–"]]);
});

test("changes have a sign, and none at zero", () => {
  table(change, [
    [0.1, "+10.0%"], [-0.345, "-34.5%"], [0, "0.0%"], [-0.0001, "0.0%"], [4.567, "+457%"], [1_234, "+123.4K%"], [null, "–"],
  ]);
  table(share, [[0.0001, "<0.1%"], [0, "0.0%"], [0.123, "12.3%"], [null, "–"]]);
});

test("spans and times of the chain", () => {
  table(span, [[0, "0s"], [-5, "0s"], [59, "59s"], [60, "1m"], [3_599, "59m"], [3_600, "1h"], [90_000, "1d"], [4e7, "1y"], [null, "–"]]);
  assert.equal(age(100, 160), "1m");
  assert.equal(age(100, null), "–");
  assert.equal(toUnix("2026-01-02T12:00:00Z"), 1_767_355_200);
  assert.equal(toUnix("no time"), null);
  assert.equal(moment(1_767_355_200), "2026-01-02 12:00:00 UTC");
  assert.equal(moment(NaN), "unknown");
});

test("names cannot turn, hide, stack or flood", () => {
  assert.deepEqual(harmless("\u202Egnp.exe", 20), { text: "gnp.exe", altered: true });
  assert.deepEqual(harmless("A\u200BB\uFEFF", 20), { text: "AB", altered: true });
  assert.deepEqual(harmless("\uD800x", 20), { text: "x", altered: true });
  assert.deepEqual(harmless("a\u0000b\u009Fc", 20).text, "abc");
  assert.equal([...harmless(`Z${"\u0301".repeat(80)}`, 20).text].length <= 3, true);
  assert.deepEqual(harmless("  two \n\t words ", 20), { text: "two words", altered: false });
  assert.equal(harmless("x".repeat(1_000_000), 8).text, "xxxxxxx…");
  assert.deepEqual(harmless("🚀🚀🚀", 2), { text: "🚀…", altered: false });
  assert.deepEqual(harmless("❤️", 5).altered, false);
  assert.deepEqual(harmless("\u3164\u2800", 5), { text: "", altered: true });
  assert.deepEqual(harmless(null, 5), { text: "", altered: false });
  // Markup is text like any other.
  assert.equal(harmless("<b>x</b>", 20).text, "<b>x</b>");
});

test("only links that can do no harm are followed", () => {
  assert.equal(shownLink("javascript:alert(1)"), null);
  assert.equal(shownLink("data:text/html,x"), null);
  assert.equal(shownLink("https://bank.com@evil.com/"), null);
  assert.equal(shownLink("no uri"), null);
  assert.equal(shownLink(`https://a.com/${"x".repeat(3_000)}`), null);
  assert.equal(shownLink("ipfs://bafy/1.json")?.href, null);
  const link = shownLink("https://pаypal.com/\u202Ea");
  assert.match(link?.text ?? "", /^https:\/\/xn--/);
  assert.equal(/[\u202E]/.test(link?.text ?? ""), false);
});

test("keys and quotes", () => {
  assert.equal(shortKey(solMint), "So11…1112");
  assert.equal(shortKey("short"), "short");
  assert.equal(isAddress(solMint), true);
  assert.equal(isAddress("../../etc/passwd"), false);
  assert.equal(isAddress(`${solMint}?x`), false);
  assert.equal(quoteOf(solMint).symbol, "SOL");
  assert.deepEqual(quoteOf("constructor"), { symbol: "units", decimals: 0 });
  assert.equal(tokenDecimals(null), 6);
  assert.equal(tokenDecimals(9), 9);
  assert.equal(tokenDecimals(400), 6);
});
