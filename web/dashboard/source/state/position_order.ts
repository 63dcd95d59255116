import { compareAmounts } from "../format/amount.ts";
import type { Position } from "../api/types.ts";

export type PositionSort = "last_trade_at" | "realized" | "invested";

export interface PositionOrder {
  sortBy: PositionSort;
  order: "asc" | "desc";
}

/** A click on a column: its greatest first, then its least. */
export function turned(before: PositionOrder, sortBy: PositionSort): PositionOrder {
  return { sortBy, order: before.sortBy === sortBy && before.order === "desc" ? "asc" : "desc" };
}

/** Ties in the order of their mints. */
export function sortPositions(positions: readonly Position[], { sortBy, order }: PositionOrder): Position[] {
  const direction = order === "asc" ? 1 : -1;
  return [...positions].sort((a, b) => {
    const difference = sortBy === "last_trade_at"
      ? compareTexts(a.last_trade_at ?? "", b.last_trade_at ?? "")
      : compareAmounts(a[sortBy], b[sortBy]);
    return direction * difference || compareTexts(a.mint, b.mint);
  });
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
