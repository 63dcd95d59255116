import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { query } from "../api/client.ts";
import type { ApiError } from "../api/client.ts";
import type { Answer, Chart, Gap, Interval, LiveCandle, Message, Token } from "../api/types.ts";
import { toDrawn } from "../format/amount.ts";
import { quoteOf } from "../format/quote.ts";
import { CandleSeries } from "./candle_series.ts";
import type { Bar } from "./candle_series.ts";
import { reached } from "./live.ts";
import { useLoaded } from "./loaded.ts";
import { browserFrames, RowBatch } from "./row_batch.ts";

export type ChartUnit = "price" | "market_cap";

export interface ChartChoice {
  interval: Interval;
  unit: ChartUnit;
  fill: boolean;
}

export interface ChartFeed {
  /** null until the first answer. */
  bars: Bar[] | null;
  gaps: readonly Gap[];
  error: ApiError | null;
  topic: string;
  message(message: Message): void;
  reload(): void;
}

const retryStaleMs = 1_000;

/** The bars of a token's chart: fetched, and followed by the stream. */
export function useChartFeed(mint: string, choice: ChartChoice, token: Token | null): ChartFeed {
  const topic = `candle:${mint}:${choice.interval}`;
  const path = `/tokens/${mint}/chart${query({
    interval: choice.interval,
    fill: choice.fill ? "prev" : "none",
    unit: choice.unit === "price" ? null : choice.unit,
  })}`;
  const loaded = useLoaded<Answer<Chart>>(path);
  const series = useMemo(() => new CandleSeries(choice.interval, choice.fill), [path]);
  const [bars, setBars] = useState<{ path: string; bars: Bar[] } | null>(null);
  const draw = useRef(() => {});
  draw.current = () => {
    if (loaded.answer)
      setBars({ path, bars: series.bars() });
  };
  const frames = useMemo(() => new RowBatch<true>(() => draw.current(), browserFrames), []);

  useEffect(() => {
    if (!loaded.answer)
      return;
    const { as_of, data } = loaded.answer;
    series.setSnapshot(data, as_of.seq);
    draw.current();
    if (reached(topic, as_of.seq, data.rev))
      return;
    const timer = window.setTimeout(() => void loaded.reload(), retryStaleMs);
    return () => window.clearTimeout(timer);
  }, [loaded.answer]);

  // The history was folded again.
  const revision = token?.chart_rev ?? 0;
  const knownRevision = useRef(revision);
  useEffect(() => {
    if (revision > knownRevision.current && knownRevision.current > 0)
      void loaded.reload();
    knownRevision.current = revision;
  }, [revision]);

  const supply = useRef<number | null>(null);
  supply.current = token ? supplyOf(token) : null;
  return {
    bars: bars?.path === path ? bars.bars : null,
    gaps: series.gapList(),
    error: loaded.error,
    topic,
    message(message) {
      const candle = message.data as LiveCandle;
      const scale = choice.unit === "price" ? 1 : supply.current;
      if (message.channel !== topic || candle.interval !== choice.interval || scale === null)
        return;
      // Also before the answer is here: it may be older than this.
      series.apply(scaled(candle, scale), message.seq ?? "0");
      frames.put("all", true);
    },
    reload: () => void loaded.reload(),
  };
}

/** How many whole tokens there are, as price and market cap tell. */
function supplyOf(token: Token): number | null {
  if (token.price === null || token.market_cap === null || token.price <= 0)
    return null;
  return toDrawn(token.market_cap, quoteOf(token.quote_mint).decimals) / token.price;
}

function scaled(x: LiveCandle, scale: number): LiveCandle {
  const by = (value: number | null) => (value === null ? null : value * scale);
  return scale === 1 ? x : { ...x, open: by(x.open), high: by(x.high), low: by(x.low), close: by(x.close) };
}
