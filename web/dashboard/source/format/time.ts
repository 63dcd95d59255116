/** Times of the chain as people read them. */

import { unknown } from "./amount.ts";

/** Unix seconds of an RFC 3339 text, or null. */
export function toUnix(text: string | null | undefined): number | null {
  if (!text)
    return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}

/** A span in at most two characters of number and one of unit: "5s", "12m", "3h", "8d". */
export function span(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds))
    return unknown;
  const past = Math.max(0, Math.floor(seconds));
  const units: [number, string][] = [[31_536_000, "y"], [86_400, "d"], [3_600, "h"], [60, "m"]];
  for (const [length, unit] of units)
    if (past >= length)
      return `${Math.floor(past / length)}${unit}`;
  return `${past}s`;
}

/** How long before `now` (Unix seconds of the chain) something was. */
export function age(at: number | null, now: number | null): string {
  return at === null || now === null ? unknown : span(now - at);
}

/** "2026-11-26 02:50:51 UTC", for titles. */
export function moment(unix: number | null): string {
  if (unix === null || !Number.isFinite(unix) || Math.abs(unix) > 8.64e12)
    return "unknown";
  return `${new Date(unix * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
