import { compact } from "../format/number.ts";

/** How many buys stand against how many sells. */
export function SideBar({ buys, sells }: { buys: number; sells: number }) {
  const total = buys + sells;
  return (
    <span class="side-bar">
      <span class="number gain">{compact(buys)}</span>
      <meter class="sides" min={0} max={Math.max(1, total)} value={total === 0 ? 0.5 : buys} aria-label="Share of buys" />
      <span class="number loss">{compact(sells)}</span>
    </span>
  );
}
