import { BaselineSeries } from "lightweight-charts";
import type { IChartApi, ISeriesApi, UTCTimestamp } from "lightweight-charts";
import { compact } from "../format/number.ts";
import { applyTheme, color, createThemed } from "./look.ts";

export interface DrawnPoint {
  time: number;
  value: number;
}

/** A sum over time: above zero in the colour of gains, below in that of losses. */
export class CurveChart {
  private readonly chart: IChartApi;
  private readonly line: ISeriesApi<"Baseline">;

  constructor(element: HTMLElement) {
    this.chart = createThemed(element);
    this.line = this.chart.addSeries(BaselineSeries, {
      baseValue: { type: "price", price: 0 },
      lineWidth: 2,
      priceLineVisible: false,
      priceFormat: { type: "custom", formatter: valueText, minMove: 0.0001 },
    });
    this.chart.timeScale().applyOptions({ timeVisible: true, secondsVisible: false });
    this.applyTheme();
  }

  /** Points in order of time, each time once. */
  show(points: readonly DrawnPoint[]): void {
    this.line.setData(points.map((x) => ({ time: x.time as UTCTimestamp, value: x.value })));
    this.chart.timeScale().fitContent();
  }

  applyTheme(): void {
    applyTheme(this.chart);
    this.line.applyOptions({
      topLineColor: color("gain"), topFillColor1: color("gain-faint"), topFillColor2: "transparent",
      bottomLineColor: color("loss"), bottomFillColor1: "transparent", bottomFillColor2: color("loss-faint"),
    });
  }

  remove(): void {
    this.chart.remove();
  }
}

function valueText(value: number): string {
  const magnitude = Math.abs(value);
  return magnitude >= 10_000 ? compact(value) : value.toFixed(magnitude >= 100 ? 0 : magnitude >= 1 ? 2 : 4);
}
