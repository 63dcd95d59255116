import { CandlestickSeries, HistogramSeries } from "lightweight-charts";
import type {
  CandlestickData, HistogramData, IChartApi, ISeriesApi, UTCTimestamp, WhitespaceData,
} from "lightweight-charts";
import { price } from "../format/number.ts";
import type { Bar } from "../state/candle_series.ts";
import { applyTheme, color, createThemed } from "./look.ts";

type CandlePlace = CandlestickData<UTCTimestamp> | WhitespaceData<UTCTimestamp>;
type ColumnPlace = HistogramData<UTCTimestamp> | WhitespaceData<UTCTimestamp>;

/** Bars that are in view at first. */
const barsInView = 120;

/** Candles over volume; where trades may be missing the ground is tinted. */
export class PriceChart {
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<"Candlestick">;
  private readonly volumes: ISeriesApi<"Histogram">;
  private readonly flags: ISeriesApi<"Histogram">;
  private shown: Bar[] = [];

  constructor(element: HTMLElement, onPoint: (bar: Bar | null) => void) {
    this.chart = createThemed(element);
    this.flags = this.chart.addSeries(HistogramSeries, {
      priceScaleId: "flags", priceLineVisible: false, lastValueVisible: false,
    });
    this.chart.priceScale("flags").applyOptions({ scaleMargins: { top: 0, bottom: 0 }, visible: false });
    this.volumes = this.chart.addSeries(HistogramSeries, {
      priceScaleId: "volume", priceLineVisible: false, lastValueVisible: false,
    });
    this.chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 }, visible: false });
    this.candles = this.chart.addSeries(CandlestickSeries, {
      priceFormat: { type: "custom", formatter: axisText, minMove: 1e-12 },
    });
    this.chart.priceScale("right").applyOptions({ scaleMargins: { top: 0.08, bottom: 0.24 } });
    this.chart.timeScale().applyOptions({ rightOffset: 4, minBarSpacing: 1.5 });
    this.chart.subscribeCrosshairMove((event) => {
      const time = event.time as number | undefined;
      onPoint(time === undefined ? null : this.shown.find((x) => x.time === time) ?? null);
    });
    this.applyTheme();
  }

  /** Seconds or not: below a minute the axis needs them. */
  setSeconds(seconds: boolean): void {
    this.chart.timeScale().applyOptions({ timeVisible: true, secondsVisible: seconds });
  }

  /** Draws all bars; only what changed at the end when that is enough. */
  show(bars: Bar[]): void {
    const same = samePrefix(this.shown, bars);
    const isFirst = this.shown.length === 0;
    // A series takes changes of its last place and places behind it.
    if (!isFirst && bars.length >= this.shown.length && same >= this.shown.length - 1) {
      for (const bar of bars.slice(Math.max(0, this.shown.length - 1)))
        this.update(bar);
    } else {
      this.candles.setData(bars.map((x) => this.toCandle(x)));
      this.volumes.setData(bars.map((x) => this.toVolume(x)));
      this.flags.setData(bars.map((x) => this.toFlag(x)));
      if (isFirst && bars.length > 0)
        this.chart.timeScale().setVisibleLogicalRange({ from: bars.length - barsInView, to: bars.length + 4 });
    }
    this.shown = bars;
  }

  applyTheme(): void {
    applyTheme(this.chart);
    this.candles.applyOptions({
      upColor: color("gain"), downColor: color("loss"), borderVisible: false,
      wickUpColor: color("gain"), wickDownColor: color("loss"),
    });
    const bars = this.shown;
    this.shown = [];
    if (bars.length > 0) {
      const range = this.chart.timeScale().getVisibleLogicalRange();
      this.show(bars);
      if (range)
        this.chart.timeScale().setVisibleLogicalRange(range);
    }
  }

  remove(): void {
    this.chart.remove();
  }

  private update(bar: Bar): void {
    this.candles.update(this.toCandle(bar));
    this.volumes.update(this.toVolume(bar));
    this.flags.update(this.toFlag(bar));
  }

  private toCandle(x: Bar): CandlePlace {
    const time = x.time as UTCTimestamp;
    if (!x.bar)
      return { time };
    const { open, high, low, close } = x.bar;
    const faint = x.filled ? { color: color("quiet"), wickColor: color("quiet") } : {};
    return { time, open, high, low, close, ...faint };
  }

  private toVolume(x: Bar): ColumnPlace {
    const time = x.time as UTCTimestamp;
    return x.bar && !x.filled
      ? { time, value: x.bar.volume, color: color(x.rising ? "gain-faint" : "loss-faint") }
      : { time };
  }

  private toFlag(x: Bar): ColumnPlace {
    const time = x.time as UTCTimestamp;
    return x.flagged ? { time, value: 1, color: color("gap") } : { time };
  }
}

// How many places at the beginning are the same.
function samePrefix(before: readonly Bar[], after: readonly Bar[]): number {
  const length = Math.min(before.length, after.length);
  for (let i = 0; i < length; ++i)
    if (!isSame(before[i]!, after[i]!))
      return i;
  return length;
}

function isSame(a: Bar, b: Bar): boolean {
  if (a.time !== b.time || a.flagged !== b.flagged || a.filled !== b.filled || !a.bar !== !b.bar)
    return false;
  return !a.bar || !b.bar || (a.bar.open === b.bar.open && a.bar.high === b.bar.high && a.bar.low === b.bar.low
    && a.bar.close === b.bar.close && a.bar.volume === b.bar.volume);
}

// The axis also has places below zero, which no price has.
function axisText(value: number): string {
  return value > 1e-15 ? price(value) : value > -1e-15 ? "0" : "";
}
