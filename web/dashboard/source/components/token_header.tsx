import type { Token } from "../api/types.ts";
import { Flash } from "./flash.tsx";
import { Key } from "./key.tsx";
import { Name } from "./name.tsx";
import { ProgramBadge } from "./program_badge.tsx";
import { Age, Change, Price, Value } from "./values.tsx";
import { count } from "../format/number.ts";
import { quoteOf } from "../format/quote.ts";
import { currency } from "../state/currency.ts";

/** Name, price and the figures that one looks at first. */
export function TokenHeader({ token }: { token: Token }) {
  const day = token.windows["24h"];
  return (
    <header class="panel token-header">
      <div class="token-title">
        <h1><Name name={token.symbol} mint={token.mint} length={16} strong /></h1>
        <Name name={token.name} mint="" length={40} />
        <ProgramBadge token={token} />
        <Key value={token.mint} what="mint" copy ends={5} />
      </div>
      <dl class="figures">
        <div class="main">
          <dt>Price</dt>
          <dd>
            <Flash value={token.price}><Price quote={token.price} usd={token.price_usd} /></Flash>
            {" "}<span class="faint">{currency.value === "usd" ? "" : quoteOf(token.quote_mint).symbol}</span>
          </dd>
        </div>
        <div><dt>24h</dt><dd><Change value={day.price_change} young={day.since_launch} /></dd></div>
        <div><dt>Market cap</dt><dd><Value units={token.market_cap} usd={token.market_cap_usd} mint={token.quote_mint} /></dd></div>
        <div><dt>Liquidity</dt><dd><Value units={token.liquidity} usd={token.liquidity_usd} mint={token.quote_mint} /></dd></div>
        <div><dt>24h volume</dt><dd><Value units={day.volume_quote} usd={day.volume_usd} mint={token.quote_mint} /></dd></div>
        <div><dt>Holders</dt><dd class="number">{count(token.holders_traded)}</dd></div>
        <div><dt>Age</dt><dd><Age at={token.created_at} /></dd></div>
      </dl>
    </header>
  );
}
