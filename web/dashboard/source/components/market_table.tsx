import type { Signal } from "@preact/signals";
import { memo } from "./memo.ts";
import type { Token } from "../api/types.ts";
import { compact, count, share } from "../format/number.ts";
import type { MarketQuery, SortKey } from "../state/market_query.ts";
import { Flash } from "./flash.tsx";
import { Name } from "./name.tsx";
import { ProgramBadge } from "./program_badge.tsx";
import { SortHeader } from "./sort_header.tsx";
import { Age, Change, Price, QuoteAmount, Value } from "./values.tsx";

interface Properties {
  rows: readonly Signal<Token>[];
  query: MarketQuery;
  busy: boolean;
  onSort(key: SortKey): void;
  onHold(held: boolean): void;
}

interface Column {
  key: SortKey | null;
  name: string;
  title: string;
  /** "wide": not on a phone; "wider": not on a tablet either. */
  from?: "wide" | "wider";
}

const columns: readonly Column[] = [
  { key: null, name: "Token", title: "Token" },
  { key: null, name: "Price", title: "Price of a whole token" },
  { key: "created_at", name: "Age", title: "Time since it was created", from: "wide" },
  { key: "price_change_5m", name: "5m", title: "Change in 5 minutes", from: "wider" },
  { key: "price_change_1h", name: "1h", title: "Change in 1 hour", from: "wide" },
  { key: "price_change_24h", name: "24h", title: "Change in 24 hours" },
  { key: "trades_24h", name: "Txns", title: "Trades in 24 hours", from: "wider" },
  { key: "volume_24h", name: "Volume", title: "Volume in 24 hours", from: "wide" },
  { key: "liquidity", name: "Liquidity", title: "Liquidity", from: "wide" },
  { key: "market_cap", name: "MCap", title: "Market cap" },
  { key: "holders", name: "Holders", title: "Wallets that traded and hold", from: "wider" },
  { key: "progress", name: "Curve", title: "Progress of the bonding curve", from: "wider" },
];

export function MarketTable({ rows, query, busy, onSort, onHold }: Properties) {
  return (
    <div class="table-frame" aria-busy={busy}>
      <table
        class="market"
        onPointerEnter={() => onHold(true)}
        onPointerLeave={() => onHold(false)}
        onFocusIn={() => onHold(true)}
        onFocusOut={() => onHold(false)}
      >
        <caption class="hidden">Tokens, live</caption>
        <thead>
          <tr>
            {columns.map((x) => (
              <SortHeader key={x.name} name={x.name} title={x.title} from={x.from}
                order={x.key !== null && x.key === query.sortBy ? query.order : null}
                onSort={x.key === null ? null : () => onSort(x.key!)} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((x) => <Row key={x.peek().mint} token={x} />)}
        </tbody>
      </table>
    </div>
  );
}

// Drawn anew only when its own token changes.
const Row = memo(function Row({ token }: { token: Signal<Token> }) {
  const x = token.value;
  const day = x.windows["24h"];
  return (
    <tr data-mint={x.mint}>
      <th scope="row" class="token-cell">
        <a href={`/token/${x.mint}`}>
          <Name name={x.symbol} mint={x.mint} length={12} strong />
          <Name name={x.name} mint="" length={24} />
        </a>
        <ProgramBadge token={x} />
      </th>
      <td><Flash value={x.price}><Price quote={x.price} usd={x.price_usd} /></Flash></td>
      <td class="wide"><Age at={x.created_at} /></td>
      <td class="wider"><Change value={x.windows["5m"].price_change} young={x.windows["5m"].since_launch} /></td>
      <td class="wide"><Change value={x.windows["1h"].price_change} young={x.windows["1h"].since_launch} /></td>
      <td><Change value={day.price_change} young={day.since_launch} /></td>
      <td class="wider two">
        <span class="number">{compact(day.trades)}</span>
        <small><span class="gain">{compact(day.buys)}</span> / <span class="loss">{compact(day.sells)}</span></small>
      </td>
      <td class="wide"><Value units={day.volume_quote} usd={day.volume_usd} mint={x.quote_mint} /></td>
      <td class="wide"><Value units={x.liquidity} usd={x.liquidity_usd} mint={x.quote_mint} /></td>
      <td class="two">
        <Value units={x.market_cap} usd={x.market_cap_usd} mint={x.quote_mint} />
        <small class="narrow">Vol <QuoteAmount units={day.volume_quote} mint={x.quote_mint} /></small>
      </td>
      <td class="wider number">{count(x.holders_traded)}</td>
      <td class="wider number">{x.graduated ? <span class="faint">done</span> : share(x.progress)}</td>
    </tr>
  );
});
