import { useEffect, useRef, useState } from "preact/hooks";
import { intervals } from "../api/types.ts";
import { compact, price } from "../format/number.ts";
import { quoteOf } from "../format/quote.ts";
import { moment } from "../format/time.ts";
import { useChart } from "../charts/use_chart.ts";
import type { Bar } from "../state/candle_series.ts";
import type { ChartChoice, ChartFeed, ChartUnit } from "../state/chart_feed.ts";
import { Choice } from "./choice.tsx";
import { ChartMissing, Empty, Failure, Skeleton } from "./states.tsx";

interface Properties {
  feed: ChartFeed;
  choice: ChartChoice;
  quoteMint: string;
  onChange(choice: ChartChoice): void;
}

const units: readonly ChartUnit[] = ["price", "market_cap"];

/** Candles and volume with their switches, and the bar under the pointer. */
export function TokenChart({ feed, choice, quoteMint, onChange }: Properties) {
  const [pointed, setPointed] = useState<Bar | null>(null);
  const last = feed.bars?.findLast((x) => x.bar !== null) ?? null;
  const quote = quoteOf(quoteMint).symbol;
  const hasBars = feed.bars !== null && feed.bars.length > 0;
  return (
    <section class="panel chart-panel" aria-label="Chart">
      <div class="toolbar tight">
        <Choice label="Interval" words={intervals} value={choice.interval} onChange={(interval) => onChange({ ...choice, interval })} />
        <Choice label="Unit" words={units} names={{ price: "Price", market_cap: "MCap" }} value={choice.unit}
          onChange={(unit) => onChange({ ...choice, unit })} />
        <label class="check">
          <input type="checkbox" checked={choice.fill} onChange={(event) => onChange({ ...choice, fill: event.currentTarget.checked })} />
          Fill quiet bars
        </label>
      </div>
      <Legend bar={pointed ?? last} quote={quote} />
      {feed.error && <Failure error={feed.error} onRetry={feed.reload} />}
      {feed.bars === null && !feed.error && <Skeleton lines={8} />}
      {feed.bars?.length === 0 && <Empty>No trades in this range yet.</Empty>}
      {hasBars && (
        <Canvas key={`${choice.interval}/${choice.unit}/${choice.fill}`} bars={feed.bars!} seconds={choice.interval === "1s"}
          onPoint={setPointed} />
      )}
      {hasBars && <GapNote bars={feed.bars!} />}
    </section>
  );
}

function Canvas({ bars, seconds, onPoint }: { bars: Bar[]; seconds: boolean; onPoint(bar: Bar | null): void }) {
  const newest = useRef(bars);
  newest.current = bars;
  const { element, chart, failed } = useChart(async (parent) => {
    const { PriceChart } = await import("../charts/price_chart.ts");
    const made = new PriceChart(parent, onPoint);
    made.setSeconds(seconds);
    made.show(newest.current);
    return made;
  });
  useEffect(() => chart.current?.show(bars), [bars]);
  if (failed)
    return <ChartMissing />;
  return <div class="chart" ref={element} role="img" aria-label="Candles and volume; the line above tells the newest bar" />;
}

function Legend({ bar, quote }: { bar: Bar | null; quote: string }) {
  const values = bar?.bar;
  return (
    <p class="legend number">
      {bar && <span class="faint">{moment(bar.time)}</span>}
      {values && (
        <span class={bar.rising ? "gain" : "loss"}>
          O {price(values.open)} H {price(values.high)} L {price(values.low)} C {price(values.close)}
        </span>
      )}
      {values && <span class="faint">Vol {compact(values.volume)} {quote}</span>}
      {bar?.flagged && <span class="warn">incomplete</span>}
    </p>
  );
}

function GapNote({ bars }: { bars: readonly Bar[] }) {
  const flagged = bars.filter((x) => x.flagged).length;
  return flagged === 0
    ? null
    : <p class="note warn">{flagged === 1 ? "1 bar is" : `${flagged} bars are`} incomplete: trades may be missing where the ground is tinted.</p>;
}
