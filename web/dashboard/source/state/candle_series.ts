import { parsePosition } from "../api/splice.ts";
import { intervalSeconds } from "../api/types.ts";
import type { Candle, Chart, Gap, Interval } from "../api/types.ts";

/** A place on the time axis: a bar, or nothing where a gap is. */
export interface Bar {
  time: number;
  bar: { open: number; high: number; low: number; close: number; volume: number } | null;
  /** Nothing traded: the last price is carried on. */
  filled: boolean;
  /** Trades may be missing here. */
  flagged: boolean;
  /** More was bought than sold, or the price did not fall. */
  rising: boolean;
}

/** A gap or a quiet stretch is drawn with at most so many places. */
const emptyPlacesMax = 500;
const liveKept = 64;

/**
 * The candles of a chart: a snapshot, and what the stream told since. Live
 * candles above the position of a newer snapshot stay; what that snapshot
 * reflects already gives way to it.
 */
export class CandleSeries {
  private candles = new Map<number, Candle>();
  private gaps: readonly Gap[] = [];
  private readonly live = new Map<number, { candle: Candle; seq: bigint }>();
  private readonly step: number;

  constructor(
    interval: Interval,
    /** Whether quiet stretches are drawn with the last price. */
    private readonly fill: boolean,
    private readonly candlesMax = 3_000,
  ) {
    this.step = intervalSeconds[interval];
  }

  /** `seq`: what the answer is as of. */
  setSnapshot(chart: Chart, seq: string): void {
    const floor = parsePosition(seq) ?? 0n;
    this.candles = new Map(chart.candles.map((x) => [x.time, x]));
    this.gaps = chart.gaps;
    for (const [time, x] of this.live)
      if (x.seq > floor)
        this.candles.set(time, x.candle);
      else
        this.live.delete(time);
  }

  /** A candle of the stream. */
  apply(candle: Candle, seq: string): void {
    if (!Number.isSafeInteger(candle.time) || candle.time % this.step !== 0)
      return;
    this.candles.set(candle.time, candle);
    this.live.delete(candle.time); // so that the map is in order of arrival
    this.live.set(candle.time, { candle, seq: parsePosition(seq) ?? 0n });
    if (this.live.size > liveKept)
      this.live.delete(this.live.keys().next().value!);
    if (this.candles.size > this.candlesMax)
      this.dropOldest(Math.ceil(this.candlesMax / 10));
  }

  gapList(): readonly Gap[] {
    return this.gaps;
  }

  /** The bars in order of time. */
  bars(): Bar[] {
    const sorted = [...this.candles.values()].sort((a, b) => a.time - b.time);
    const bars: Bar[] = [];
    let close: number | null = null;
    let expected: number | null = null;
    for (const x of sorted) {
      if (expected !== null)
        this.bridge(bars, expected, x.time, close);
      bars.push(this.toBar(x));
      close = x.close ?? close;
      expected = x.time + this.step;
    }
    return bars;
  }

  // Many at once: each time the whole chart is drawn anew.
  private dropOldest(count: number): void {
    for (const time of [...this.candles.keys()].sort((a, b) => a - b).slice(0, count))
      this.candles.delete(time);
  }

  private toBar(x: Candle): Bar {
    const filled = x.filled === true;
    const flagged = !x.complete || this.isGap(x.time);
    const known = x.open !== null && x.high !== null && x.low !== null && x.close !== null;
    // A carried price inside a gap would claim that nothing was traded.
    if (!known || (filled && (flagged || !this.fill)))
      return { time: x.time, bar: null, filled, flagged, rising: true };
    return {
      time: x.time,
      bar: {
        open: x.open!, high: x.high!, low: x.low!, close: x.close!, volume: x.volume ?? 0,
      },
      filled,
      flagged,
      rising: x.close! >= x.open!,
    };
  }

  // Places between two candles where there are none.
  private bridge(bars: Bar[], from: number, to: number, close: number | null): void {
    const first = Math.max(from, to - emptyPlacesMax * this.step);
    for (let time = first; time < to; time += this.step) {
      const flagged = this.isGap(time);
      if (!flagged && !this.fill)
        continue;
      const price = flagged ? null : close;
      bars.push({
        time,
        bar: price === null ? null : { open: price, high: price, low: price, close: price, volume: 0 },
        filled: true,
        flagged,
        rising: true,
      });
    }
  }

  private isGap(time: number): boolean {
    return this.gaps.some((x) => x.from < time + this.step && x.to >= time);
  }
}
