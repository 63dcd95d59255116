import type { ApiError } from "../api/client.ts";
import type { ListAnswer, Trade } from "../api/types.ts";
import { exactAmount, shortAmount } from "../format/amount.ts";
import { tokenDecimals } from "../format/quote.ts";
import { keyOf } from "../state/trade_tape.ts";
import { CursorPager } from "./cursor_pager.tsx";
import { Key } from "./key.tsx";
import { SortHeader } from "./sort_header.tsx";
import { Empty, Failure, Skeleton } from "./states.tsx";
import { Age, Price, QuoteAmount } from "./values.tsx";

interface Properties {
  answer: ListAnswer<Trade> | null;
  error: ApiError | null;
  cursors: readonly string[];
  onChange(cursors: string[]): void;
  onRetry(): void;
}

/** What a wallet traded, newest first. */
export function WalletTrades({ answer, error, cursors, onChange, onRetry }: Properties) {
  if (error && !answer)
    return <Failure error={error} onRetry={onRetry} />;
  if (!answer)
    return <Skeleton lines={8} />;
  if (answer.data.length === 0)
    return <Empty>No trades.</Empty>;
  const plain = { order: null, onSort: null };
  const decimals = tokenDecimals(null);
  return (
    <>
      <div class="table-frame">
        <table>
          <caption class="hidden">Trades of the wallet, newest first</caption>
          <thead>
            <tr>
              <SortHeader name="Age" title="Time since the trade" {...plain} />
              <SortHeader name="Side" title="Buy or sell" {...plain} />
              <SortHeader name="Token" title="Token" {...plain} />
              <SortHeader name="Net" title="What the wallet paid or got, after fees" {...plain} />
              <SortHeader name="Fees" title="All fees on the trade" from="wide" {...plain} />
              <SortHeader name="Amount" title="Tokens" from="wide" {...plain} />
              <SortHeader name="Price" title="Price after the trade" from="wide" {...plain} />
              <SortHeader name="Slot" title="Slot" from="wider" {...plain} />
              <SortHeader name="Signature" title="Signature of the transaction" from="wider" {...plain} />
            </tr>
          </thead>
          <tbody>
            {answer.data.map((x) => (
              <tr key={keyOf(x)}>
                <td><Age at={x.block_time} /></td>
                <td class={x.side === "buy" ? "gain" : "loss"}>{x.side === "buy" ? "Buy" : "Sell"}</td>
                <td><Key value={x.mint} href={`/token/${x.mint}`} what="mint" /></td>
                <td><QuoteAmount units={x.net_quote_units} mint={x.quote_mint} unit /></td>
                <td class="wide"><QuoteAmount units={x.fee_units} mint={x.quote_mint} /></td>
                <td class="wide number" title={exactAmount(x.token_units, decimals)}>{shortAmount(x.token_units, decimals)}</td>
                <td class="wide"><Price quote={x.price} usd={x.price_usd} /></td>
                <td class="wider number">{x.slot}</td>
                <td class="wider"><Key value={x.signature} what="signature" copy /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <CursorPager cursors={cursors} next={answer.meta.next} onChange={onChange} />
    </>
  );
}
