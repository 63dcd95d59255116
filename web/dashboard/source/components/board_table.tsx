import type { BoardRow } from "../api/types.ts";
import { count, share } from "../format/number.ts";
import { solMint } from "../format/quote.ts";
import { Key } from "./key.tsx";
import { SortHeader } from "./sort_header.tsx";
import { Age, QuoteAmount } from "./values.tsx";

export function BoardTable({ rows, measure }: { rows: readonly BoardRow[]; measure: "net" | "losses" }) {
  const heads: readonly [string, string, ("wide" | "wider")?][] = [
    ["#", "Rank"],
    ["Wallet", "Wallet"],
    [measure === "net" ? "PnL (SOL)" : "Losses (SOL)", measure === "net" ? "Sum of what it realized" : "Sum of its losses"],
    ["Sells", "Sells that realized something", "wide"],
    ["Losing", "Sells at a loss"],
    ["Avg loss", "Average of its losses in SOL", "wide"],
    ["Trades", "All its trades in the window", "wider"],
    ["Tokens", "Tokens it ever traded", "wider"],
    ["Coverage", "How much of what it sold was seen bought", "wider"],
    ["Last loss", "Time since its last loss", "wide"],
  ];
  return (
    <div class="table-frame">
      <table class="board">
        <caption class="hidden">Wallets by {measure === "net" ? "realized PnL" : "losses"}</caption>
        <thead>
          <tr>{heads.map(([name, title, from]) => <SortHeader key={name} name={name} title={title} from={from} start={name === "Wallet"} order={null} onSort={null} />)}</tr>
        </thead>
        <tbody>
          {rows.map((x) => (
            <tr key={x.wallet}>
              <td class="number faint">{x.rank}</td>
              <th scope="row"><Key value={x.wallet} href={`/wallet/${x.wallet}`} what="wallet" ends={5} copy /></th>
              <td><QuoteAmount units={x.pnl_lamports} mint={solMint} signed /></td>
              <td class="wide number">{count(x.realizations)}</td>
              <td class="number">{count(x.losses)}</td>
              <td class="wide"><QuoteAmount units={x.avg_loss_lamports} mint={solMint} signed /></td>
              <td class="wider number">{count(x.trades)}</td>
              <td class="wider number">{count(x.tokens)}</td>
              <td class="wider number">{share(x.coverage)}</td>
              <td class="wide"><Age at={x.last_loss_at} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
