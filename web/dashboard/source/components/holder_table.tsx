import type { Holder, Token } from "../api/types.ts";
import { exactAmount, shortAmount } from "../format/amount.ts";
import { share } from "../format/number.ts";
import { tokenDecimals } from "../format/quote.ts";
import { Key } from "./key.tsx";
import { SortHeader } from "./sort_header.tsx";
import { Empty, Skeleton } from "./states.tsx";
import { Age, QuoteAmount } from "./values.tsx";

/** Who holds most, as trades tell: transfers are not seen. */
export function HolderTable({ rows, token }: { rows: readonly Holder[] | null; token: Token }) {
  if (!rows)
    return <Skeleton lines={8} />;
  if (rows.length === 0)
    return <Empty>No wallet that traded holds it.</Empty>;
  const decimals = tokenDecimals(token.decimals);
  return (
    <div class="table-frame tape">
      <table>
        <caption class="hidden">Largest holders among the wallets that traded</caption>
        <thead>
          <tr>
            <SortHeader name="#" title="Rank" order={null} onSort={null} />
            <SortHeader name="Wallet" title="Holder" start order={null} onSort={null} />
            <SortHeader name="Share" title="Share of the supply" order={null} onSort={null} />
            <SortHeader name="Amount" title="Tokens" order={null} onSort={null} />
            <SortHeader name="Cost" title="What the holding cost" from="wide" order={null} onSort={null} />
            <SortHeader name="Realized" title="Realized with this token" from="wide" order={null} onSort={null} />
            <SortHeader name="Last trade" title="Time since its last trade" from="wider" order={null} onSort={null} />
          </tr>
        </thead>
        <tbody>
          {rows.map((x) => (
            <tr key={x.wallet}>
              <td class="number faint">{x.rank}</td>
              <th scope="row">
                <Key value={x.wallet} href={`/wallet/${x.wallet}`} what="wallet" copy />
                {x.wallet === token.creator && <span class="badge">creator</span>}
              </th>
              <td class="number">{share(x.share)}</td>
              <td class="number" title={exactAmount(x.units, decimals)}>{shortAmount(x.units, decimals)}</td>
              <td class="wide"><QuoteAmount units={x.cost_basis} mint={token.quote_mint} /></td>
              <td class="wide"><QuoteAmount units={x.realized} mint={token.quote_mint} signed /></td>
              <td class="wider"><Age at={x.last_trade_at} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
