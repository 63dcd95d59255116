import type { CurvePoint } from "../api/types.ts";
import { toDrawn } from "../format/amount.ts";

/** Points to draw: in order of time, of several at one second the last. */
export function drawnCurve(points: readonly CurvePoint[], decimals: number): { time: number; value: number }[] {
  const byTime = new Map<number, number>();
  for (const x of points)
    if (Number.isSafeInteger(x.time_unix))
      byTime.set(x.time_unix, toDrawn(x.realized, decimals));
  return [...byTime].sort((a, b) => a[0] - b[0]).map(([time, value]) => ({ time, value }));
}
