/** Prices, ratios, counts: numbers of the API as people read them. */

import { unknown } from "./amount.ts";

const subscripts = "₀₁₂₃₄₅₆₇₈₉";

/**
 * A price with four significant digits, zeros kept; four or more zeros behind the point
 * are counted by a subscript: 0.00001234 is "0.0₄1234".
 */
export function price(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value))
    return unknown;
  if (value === 0)
    return "0";
  const magnitude = Math.abs(value);
  const sign = value < 0 ? "-" : "";
  if (magnitude >= 100_000)
    return sign + compact(magnitude);
  if (magnitude >= 1)
    return sign + magnitude.toFixed(magnitude >= 1_000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : 3);
  // In scientific form rounding cannot add a digit: "9.9996e-5" is "1.000e-4".
  const [digits = "0", exponent = "0"] = magnitude.toExponential(3).split("e");
  const zeros = -Number(exponent) - 1;
  if (zeros < 0)
    return `${sign}1.000`;
  const tail = digits.replace(".", "");
  return zeros < 4
    ? `${sign}0.${"0".repeat(zeros)}${tail}`
    : `${sign}0.0${subscript(zeros)}${tail}`;
}

/** "1,234", "12.3K", "4.56M". */
export function compact(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value))
    return unknown;
  const magnitude = Math.abs(value);
  const sign = value < 0 ? "-" : "";
  if (magnitude < 10_000)
    return sign + grouped(magnitude);
  const steps: [number, string][] = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];
  for (const [scale, suffix] of steps)
    // 999,950 rounds to a thousand of the smaller unit.
    if (magnitude >= scale * 0.99995) {
      const head = magnitude / scale;
      return `${sign}${trim(head.toFixed(head >= 100 ? 1 : 2))}${suffix}`;
    }
  return sign + grouped(magnitude);
}

/** "$1,234", "$12.3K"; a price below a dollar as prices are. */
export function dollars(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value))
    return unknown;
  const text = Math.abs(value) < 1 ? price(Math.abs(value)) : compact(Math.abs(value));
  return `${value < 0 ? "-" : ""}$${text}`;
}

/** A ratio as percent with a sign: 0.1 is "+10.0%". */
export function change(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value))
    return unknown;
  const percent = value * 100;
  const magnitude = Math.abs(percent);
  const digits = magnitude >= 10_000 ? compact(magnitude) : magnitude.toFixed(magnitude >= 100 ? 0 : 1);
  const isZero = Number(digits.replaceAll(",", "")) === 0;
  return `${isZero ? "" : percent < 0 ? "-" : "+"}${digits}%`;
}

/** A share of 0 to 1 as percent: "12.3%". */
export function share(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value))
    return unknown;
  const percent = value * 100;
  return percent > 0 && percent < 0.05 ? "<0.1%" : `${percent.toFixed(1)}%`;
}

export function count(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? unknown : grouped(value);
}

function grouped(value: number): string {
  const text = Number.isInteger(value) ? String(value) : trim(value.toFixed(value >= 100 ? 0 : 2));
  return text.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
}

function trim(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function subscript(value: number): string {
  return [...String(value)].map((x) => subscripts[Number(x)]).join("");
}
