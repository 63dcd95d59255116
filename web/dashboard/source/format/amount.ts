/** Amounts of base units as decimal texts: exact, never through a float. */

/** What stands for a value that is not known. */
export const unknown = "–";

/** The integer of an amount, or null when there is none or the text is none. */
export function parseAmount(text: string | null | undefined): bigint | null {
  return typeof text === "string" && /^-?[0-9]{1,40}$/.test(text) ? BigInt(text) : null;
}

const suffixes = ["", "K", "M", "B", "T"] as const;

/**
 * Short form with about four digits, cut towards zero, its zeros kept so that
 * columns stand still: "1.23M", "0.0412", "-58.10". Below 0.0001 of a unit:
 * "<0.0001".
 */
export function shortAmount(text: string | null | undefined, decimals: number): string {
  const amount = parseAmount(text);
  if (amount === null)
    return unknown;
  if (amount === 0n)
    return "0";
  const sign = amount < 0n ? "-" : "";
  const magnitude = amount < 0n ? -amount : amount;
  const whole = magnitude / 10n ** BigInt(decimals);
  if (whole < 1_000n) {
    const fraction = whole >= 100n ? 1 : whole >= 10n ? 2 : whole >= 1n ? 3 : 4;
    const digits = cut(magnitude, decimals, fraction);
    return /[1-9]/.test(digits) ? sign + digits : `${sign}<0.0001`;
  }
  let step = 0;
  let scale = 1n;
  while (step < suffixes.length - 1 && whole >= scale * 1_000n) {
    scale *= 1_000n;
    ++step;
  }
  const head = whole / scale;
  if (head >= 1_000n)
    return `${sign}${group(head.toString())}${suffixes[step]}`;
  const digits = cut(magnitude, decimals + 3 * step, head >= 100n ? 1 : 2);
  return `${sign}${digits}${suffixes[step]}`;
}

/** All digits, thousands separated: "-1,234.500000001" (trailing zeros cut). */
export function exactAmount(text: string | null | undefined, decimals: number): string {
  const amount = parseAmount(text);
  if (amount === null)
    return unknown;
  const magnitude = amount < 0n ? -amount : amount;
  const digits = cut(magnitude, decimals, decimals);
  return (amount < 0n ? "-" : "") + (decimals === 0 ? digits : digits.replace(/\.?0+$/, ""));
}

/** -1, 0 or 1; 0 when there is none. */
export function signOf(text: string | null | undefined): -1 | 0 | 1 {
  const amount = parseAmount(text);
  return amount === null || amount === 0n ? 0 : amount < 0n ? -1 : 1;
}

/** For sorting: what is unknown is below everything. */
export function compareAmounts(left: string | null, right: string | null): number {
  const a = parseAmount(left);
  const b = parseAmount(right);
  if (a === null || b === null)
    return (a === null ? 0 : 1) - (b === null ? 0 : 1);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whole units as a float, for drawing only. */
export function toDrawn(text: string, decimals: number): number {
  const amount = parseAmount(text) ?? 0n;
  const scale = 10n ** BigInt(decimals);
  return Number(amount / scale) + Number(amount % scale) / Number(scale);
}

// The magnitude with `fraction` digits behind the point, cut; fewer when its
// unit has fewer.
function cut(magnitude: bigint, decimals: number, fraction: number): string {
  const scale = 10n ** BigInt(decimals);
  const whole = group((magnitude / scale).toString());
  const rest = decimals === 0 ? "" : (magnitude % scale).toString().padStart(decimals, "0");
  const digits = rest.slice(0, fraction);
  return digits === "" ? whole : `${whole}.${digits}`;
}

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}
