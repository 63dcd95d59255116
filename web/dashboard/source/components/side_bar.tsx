import { compact, share } from "../format/number.ts";

/** How many buys stand against how many sells. */
export function SideBar({ buys, sells }: { buys: number; sells: number }) {
  const portion = buys + sells === 0 ? 0.5 : buys / (buys + sells);
  return (
    <span class="side-bar">
      <span class="number gain">{compact(buys)}</span>
      <svg class="sides" viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label={`${share(portion)} buys`}>
        <rect class="sell" width="100" height="1" />
        <rect class="buy" width={100 * portion} height="1" />
      </svg>
      <span class="number loss">{compact(sells)}</span>
    </span>
  );
}
