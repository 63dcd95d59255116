import { ColorType, CrosshairMode, createChart } from "lightweight-charts";
import type { ChartOptions, DeepPartial, IChartApi } from "lightweight-charts";

/** Colours of the theme that is shown, as the style sheets name them. */
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "gray";
}

/** A chart that fills its element, in the colours of the pages. */
export function createThemed(element: HTMLElement): IChartApi {
  // Its logo brings styles of its own, which the policy of the pages refuses;
  // the foot of every page names TradingView instead.
  const chart = createChart(element, { autoSize: true, layout: { attributionLogo: false } });
  applyTheme(chart);
  return chart;
}

/** To be called again when the theme changes. */
export function applyTheme(chart: IChartApi): void {
  const options: DeepPartial<ChartOptions> = {
    layout: {
      background: { type: ColorType.Solid, color: color("panel") },
      textColor: color("faint"),
      fontFamily: "system-ui, sans-serif",
      fontSize: 11,
    },
    grid: { vertLines: { color: color("grid") }, horzLines: { color: color("grid") } },
    crosshair: { mode: CrosshairMode.Normal },
    rightPriceScale: { borderColor: color("line") },
    timeScale: { borderColor: color("line") },
  };
  chart.applyOptions(options);
}
