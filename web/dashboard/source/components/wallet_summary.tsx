import type { ComponentChildren } from "preact";
import type { Amount, WalletDetail, WalletTotals } from "../api/types.ts";
import { unknown } from "../format/amount.ts";
import { change, count, share } from "../format/number.ts";
import { solMint } from "../format/quote.ts";
import { Age, Change, QuoteAmount } from "./values.tsx";

interface Properties {
  wallet: WalletTotals;
  /** null: not known, e.g. at a slot of the past. */
  unrealized: WalletDetail["unrealized"];
}

/** The totals of a wallet against SOL. */
export function WalletSummary({ wallet: x, unrealized }: Properties) {
  const sol = (units: string | null | undefined, signed = true) => <QuoteAmount units={units} mint={solMint} signed={signed} unit />;
  return (
    <section class="panel" aria-label="Ledger">
      <dl class="cards">
        <Card name="Realized" hint="By average cost, after fees" main>{sol(x.realized)}</Card>
        <Card name="Realized, FIFO" hint="First bought, first sold">{sol(x.realized_fifo)}</Card>
        <Card name="Realized, gross" hint="Before fees">{sol(x.realized_gross)}</Card>
        <Card name="Unrealized, mark" hint="Holdings at the last price">{sol(unrealized?.mark)}</Card>
        <Card name="Unrealized, exit" hint="If all were sold now, with its effect on the price">{sol(unrealized?.exit)}</Card>
        <Card name="ROI" hint="Realized over what was invested"><Change value={x.roi} /></Card>
        <Card name="Win rate" hint="Share of realizations above zero">
          <span class="number">{share(x.win_rate)}</span> <small class="faint number">{count(x.wins)} / {count(x.realizations)}</small>
        </Card>
        <Card name="Longest loss streak" hint="Losing realizations in a row; the worst sum of such a run">
          <span class="number">{count(x.loss_streak_max)}</span> <small>{sol(lossOf(x.loss_streak_worst))}</small>
        </Card>
        <Card name="Invested">{sol(x.invested, false)}</Card>
        <Card name="Proceeds">{sol(x.proceeds, false)}</Card>
        <Card name="Volume">{sol(x.volume, false)}</Card>
        <Card name="Trades / tokens"><span class="number">{count(x.trades)} / {count(x.tokens)}</span></Card>
        <Card name="Coverage" hint="How much of what it sold was seen bought; the rest came by transfer or before our time">
          <span class={x.coverage < 0.9 ? "number warn" : "number"}>{share(x.coverage)}</span>
        </Card>
        <Card name="Risk"><span class="number">{x.risk?.toFixed(2) ?? unknown}</span></Card>
        <Card name="Last trade"><Age at={x.last_trade_at} /></Card>
      </dl>
      {x.coverage < 0.9 && (
        <p class="note warn">
          {change(1 - x.coverage).replace("+", "")} of what this wallet sold was never seen bought. It counts neither as profit nor as loss.
        </p>
      )}
    </section>
  );
}

function Card({ name, hint, main = false, children }: { name: string; hint?: string; main?: boolean; children: ComponentChildren }) {
  return <div class={main ? "main" : undefined} title={hint}><dt>{name}</dt><dd>{children}</dd></div>;
}

/** What a run of losses cost is told without a sign. */
function lossOf(units: Amount): Amount {
  return units === "0" || units.startsWith("-") ? units : `-${units}`;
}
