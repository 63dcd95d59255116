import type { ApiError } from "../api/client.ts";
import { exactAmount, shortAmount } from "../format/amount.ts";
import { age, moment } from "../format/time.ts";
import { tokenDecimals } from "../format/quote.ts";
import { chainNow } from "../state/session.ts";
import type { TapeRow } from "../state/trade_tape.ts";
import { Key } from "./key.tsx";
import { Empty, Failure, Skeleton } from "./states.tsx";
import { SortHeader } from "./sort_header.tsx";
import { Price, QuoteAmount } from "./values.tsx";

interface Properties {
  rows: readonly TapeRow[] | null;
  error: ApiError | null;
  decimals: number | null;
  onRetry(): void;
}

/** The tape: newest first; what no sealed slot has yet is shown as such. */
export function TradeTable({ rows, error, decimals, onRetry }: Properties) {
  if (error && !rows)
    return <Failure error={error} onRetry={onRetry} />;
  if (!rows)
    return <Skeleton lines={10} />;
  if (rows.length === 0)
    return <Empty>No trades yet.</Empty>;
  return (
    <div class="table-frame tape">
      <table>
        <caption class="hidden">Trades, newest first</caption>
        <thead>
          <tr>
            <SortHeader name="Age" title="Time since the trade" order={null} onSort={null} />
            <SortHeader name="Side" title="Buy or sell" order={null} onSort={null} />
            <SortHeader name="Total" title="What the pool saw, gross" order={null} onSort={null} />
            <SortHeader name="Amount" title="Tokens" from="wide" order={null} onSort={null} />
            <SortHeader name="Price" title="Price after the trade" order={null} onSort={null} />
            <SortHeader name="Wallet" title="Who traded" order={null} onSort={null} />
            <SortHeader name="Signature" title="Signature of the transaction" from="wider" order={null} onSort={null} />
          </tr>
        </thead>
        <tbody>{rows.map((x) => <Row key={x.key} row={x} decimals={tokenDecimals(decimals)} now={chainNow.value} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ row, decimals, now }: { row: TapeRow; decimals: number; now: number | null }) {
  const { trade: x, unconfirmed } = row;
  const tone = x.side === "buy" ? "gain" : "loss";
  return (
    <tr class={unconfirmed ? "unconfirmed" : undefined}>
      <td>
        {unconfirmed
          ? <span class="badge" title="Decoded, its slot is not sealed yet">unconfirmed</span>
          : <time class="number" title={moment(x.block_time_unix)}>{age(x.block_time_unix, now)}</time>}
      </td>
      <td class={tone}>{x.side === "buy" ? "Buy" : "Sell"}</td>
      <td><QuoteAmount units={x.quote_units} mint={x.quote_mint} unit /></td>
      <td class="wide number" title={exactAmount(x.token_units, decimals)}>{shortAmount(x.token_units, decimals)}</td>
      <td class={tone}><Price quote={x.price} usd={x.price_usd} /></td>
      <td><Key value={x.wallet} href={`/wallet/${x.wallet}`} what="wallet" /></td>
      <td class="wider"><Key value={x.signature} what="signature" copy /></td>
    </tr>
  );
}
