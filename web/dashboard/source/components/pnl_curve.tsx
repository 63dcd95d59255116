import { useEffect, useRef } from "preact/hooks";
import type { CurvePoint } from "../api/types.ts";
import { useChart } from "../charts/use_chart.ts";
import { sol } from "../format/quote.ts";
import { drawnCurve } from "../state/drawn_curve.ts";
import { ChartMissing, Empty, Skeleton } from "./states.tsx";

/** What the wallet realized, summed over time. */
export function PnlCurve({ points, loading }: { points: readonly CurvePoint[] | null; loading: boolean }) {
  return (
    <section class="panel" aria-label="Cumulative PnL">
      <h2>Realized PnL over time <span class="faint">SOL</span></h2>
      {points === null && (loading ? <Skeleton lines={5} /> : <Empty>This wallet has too many realizations to draw them here.</Empty>)}
      {points !== null && points.length < 2 && <Empty>Not enough realizations to draw.</Empty>}
      {points !== null && points.length >= 2 && <Canvas points={points} />}
    </section>
  );
}

function Canvas({ points }: { points: readonly CurvePoint[] }) {
  const newest = useRef(points);
  newest.current = points;
  const { element, chart, failed } = useChart(async (parent) => {
    const { CurveChart } = await import("../charts/curve_chart.ts");
    const made = new CurveChart(parent);
    made.show(drawnCurve(newest.current, sol.decimals));
    return made;
  });
  const last = points.at(-1);
  useEffect(() => chart.current?.show(drawnCurve(newest.current, sol.decimals)), [points.length, last?.time_unix, last?.realized]);
  if (failed)
    return <ChartMissing />;
  return <div class="chart low" ref={element} role="img" aria-label="Cumulative realized PnL; its last value stands above as Realized" />;
}
