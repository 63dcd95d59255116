import { batch, signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Token } from "../api/types.ts";
import { sortTokens } from "./market_query.ts";
import type { SortKey } from "./market_query.ts";
import { browserFrames, RowBatch } from "./row_batch.ts";

/** How often rows may change places. */
const reorderEveryMs = 2_000;

export interface TokenRows {
  /** The rows in their order; each changes by itself. */
  order: readonly Signal<Token>[];
  /** The mints of the rows, in an order that does not change with theirs. */
  mints: readonly string[];
  /** A newer state of a token. */
  put(token: Token): void;
  /** While held (the pointer or the focus is on them) rows keep their places. */
  hold(held: boolean): void;
}

/** The rows of a list that was fetched, and what the stream says of them. */
export function useTokenRows(fetched: Token[] | null, sortBy: SortKey, order: "asc" | "desc"): TokenRows {
  const signals = useRef(new Map<string, Signal<Token>>());
  const held = useRef(false);
  const [places, setPlaces] = useState<readonly string[]>([]);

  const rows = useMemo(
    () => new RowBatch<Token>((values) => batch(() => {
      for (const [mint, token] of values)
        take(signals.current, mint, token);
    }), browserFrames),
    [],
  );

  // During rendering, so that the first paint has the rows already.
  const seen = useRef<Token[] | null>(null);
  if (fetched !== null && fetched !== seen.current) {
    seen.current = fetched;
    const kept = new Map<string, Signal<Token>>();
    for (const token of fetched) {
      const known = signals.current.get(token.mint);
      kept.set(token.mint, known ?? signal(token));
    }
    signals.current = kept;
    queueMicrotask(() => batch(() => {
      for (const token of fetched)
        take(signals.current, token.mint, token);
    }));
    // Under the pointer rows keep their places; new ones come behind them.
    const stay = held.current ? places.filter((x) => kept.has(x)) : [];
    const next = [...new Set([...stay, ...kept.keys()])];
    if (next.join() !== places.join())
      setPlaces(next);
  }

  useEffect(() => {
    const timer = window.setInterval(() => {
      if (held.current || document.hidden)
        return;
      const values = [...signals.current.values()].map((x) => x.peek());
      const next = sortTokens(values, sortBy, order).map((x) => x.mint);
      setPlaces((x) => (x.join() === next.join() ? x : next));
    }, reorderEveryMs);
    return () => window.clearInterval(timer);
  }, [sortBy, order]);

  const put = useCallback((token: Token) => {
    if (signals.current.has(token.mint))
      rows.put(token.mint, token);
  }, [rows]);
  const hold = useCallback((x: boolean) => {
    held.current = x;
  }, []);

  const key = [...places].sort().join();
  const mints = useMemo(() => (key === "" ? [] : key.split(",")), [key]);
  return {
    order: places.flatMap((x) => signals.current.get(x) ?? []),
    mints,
    put,
    hold,
  };
}

// Of two states the one whose windows end later is the newer one.
function take(signals: ReadonlyMap<string, Signal<Token>>, mint: string, token: Token): void {
  const known = signals.get(mint);
  if (known && (token.chain_time ?? "") >= (known.peek().chain_time ?? ""))
    known.value = token;
}
