import type { Signal } from "@preact/signals";
import type { Market } from "../api/types.ts";
import { unknown } from "../format/amount.ts";
import { compact, count } from "../format/number.ts";
import { solMint } from "../format/quote.ts";
import { SideBar } from "./side_bar.tsx";
import { QuoteAmount } from "./values.tsx";

/** The sums over all tokens against SOL in 24 hours. */
export function MarketTotals({ market: newest }: { market: Signal<Market | null> }) {
  const market = newest.value;
  return (
    <dl class="totals">
      <div><dt>24h volume</dt><dd>{market ? <QuoteAmount units={market.volume_24h} mint={solMint} unit /> : unknown}</dd></div>
      <div><dt>24h trades</dt><dd class="number">{compact(market?.trades_24h)}</dd></div>
      <div class="wide"><dt>Buys / sells</dt><dd><SideBar buys={market?.buys_24h ?? 0} sells={market?.sells_24h ?? 0} /></dd></div>
      <div><dt>Active tokens</dt><dd class="number">{count(market?.tokens_active)}</dd></div>
    </dl>
  );
}
