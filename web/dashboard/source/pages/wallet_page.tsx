import { useEffect, useState } from "preact/hooks";
import { query } from "../api/client.ts";
import type { Answer, Ledger, ListAnswer, PositionRow, Trade, WalletDetail } from "../api/types.ts";
import { Choice } from "../components/choice.tsx";
import { Key } from "../components/key.tsx";
import { PnlCurve } from "../components/pnl_curve.tsx";
import { PositionTable } from "../components/position_table.tsx";
import type { PositionQuery } from "../components/position_table.tsx";
import { Empty, Failure, Skeleton } from "../components/states.tsx";
import { TimeTravel } from "../components/time_travel.tsx";
import { WalletSummary } from "../components/wallet_summary.tsx";
import { WalletTrades } from "../components/wallet_trades.tsx";
import { isAddress, shortKey } from "../format/text.ts";
import { navigate, place } from "../router.ts";
import { noFeed, reached, useLive } from "../state/live.ts";
import { useLoaded } from "../state/loaded.ts";
import { useThrottled } from "../state/throttle.ts";
import { useTitle } from "../state/title.ts";

const reloadAtMostEveryMs = 2_000;
const lists = ["positions", "trades"] as const;

export function WalletPage({ address }: { address: string }) {
  useTitle(isAddress(address) ? `Wallet ${shortKey(address)}` : "Not found");
  if (!isAddress(address))
    return <Malformed />;
  const slot = new URLSearchParams(place.value.search).get("as_of");
  const travel = (to: number | null) => navigate(`/wallet/${address}${query({ as_of: to })}`);
  const asOf = slot !== null && /^\d{1,15}$/.test(slot) ? Number(slot) : null;
  return (
    <>
      <div class="toolbar">
        <h1>Wallet</h1>
        <Key value={address} what="wallet" ends={8} copy />
        <TimeTravel slot={asOf} onTravel={travel} />
      </div>
      {asOf === null ? <Now address={address} /> : <Then address={address} slot={asOf} />}
    </>
  );
}

function Malformed() {
  useLive([], noFeed);
  return <Empty>This is no address of a wallet. <a href="/">Go to the market</a>.</Empty>;
}

/** The ledger as it is, live. */
function Now({ address }: { address: string }) {
  const [asked, setAsked] = useState<PositionQuery>({ status: "all", sortBy: "last_trade_at", order: "desc", cursors: [] });
  const [list, setList] = useState<(typeof lists)[number]>("positions");
  const [tradeCursors, setTradeCursors] = useState<string[]>([]);
  const detail = useLoaded<Answer<WalletDetail>>(`/wallets/${address}`);
  const positions = useLoaded<ListAnswer<PositionRow>>(list !== "positions" ? null : `/wallets/${address}/positions${query({
    status: asked.status, sortBy: asked.sortBy, order: asked.order, limit: 50, cursor: asked.cursors.at(-1) ?? null,
  })}`);
  const trades = useLoaded<ListAnswer<Trade>>(list !== "trades" ? null
    : `/wallets/${address}/trades${query({ limit: 50, cursor: tradeCursors.at(-1) ?? null })}`);

  // The message lacks what depends on prices and the curve: all is asked for.
  const reload = useThrottled(() => {
    void detail.reload();
    void positions.reload();
    void trades.reload();
  }, reloadAtMostEveryMs);
  const topic = `wallet:${address}`;
  useLive([topic], { message: reload, refetch: reload });
  const seq = detail.answer?.as_of.seq;
  useEffect(() => {
    if (seq !== undefined && !reached(topic, seq))
      reload();
  }, [seq]);

  const wallet = detail.answer?.data ?? null;
  if (!wallet && detail.error)
    return detail.error.status === 404
      ? <Empty>No trade of this wallet was seen yet. This page begins with the first one.</Empty>
      : <Failure error={detail.error} onRetry={() => void detail.reload()} />;
  return (
    <>
      {wallet ? <WalletSummary wallet={wallet} unrealized={wallet.unrealized} /> : <Skeleton lines={6} />}
      <PnlCurve points={wallet?.curve ?? null} loading={!wallet} />
      <section class="panel" aria-label="Positions and trades">
        <div class="toolbar tight">
          <Choice label="Lists" words={lists} names={{ positions: "Positions", trades: "Trades" }} value={list} onChange={(x) => setList(x)} />
        </div>
        {list === "positions" && (
          <PositionTable answer={positions.answer} error={positions.error} query={asked} onChange={setAsked}
            onRetry={() => void positions.reload()} />
        )}
        {list === "trades" && (
          <WalletTrades answer={trades.answer} error={trades.error} cursors={tradeCursors} onChange={setTradeCursors}
            onRetry={() => void trades.reload()} />
        )}
      </section>
    </>
  );
}

/** The ledger as it was after a slot, folded from the journal. */
function Then({ address, slot }: { address: string; slot: number }) {
  useLive([], noFeed);
  const ledger = useLoaded<Answer<Ledger>>(`/wallets/${address}/ledger${query({ as_of: slot })}`);
  const wallet = ledger.answer?.data ?? null;
  return (
    <>
      <p class="banner then" role="status">As of slot {slot}: later trades are left out.</p>
      {ledger.error && (ledger.error.code === "below_retention"
        ? <Empty>The journal does not reach back to slot {slot} any more.</Empty>
        : ledger.error.status === 404
          ? <Empty>No trade of this wallet was seen up to this slot.</Empty>
          : <Failure error={ledger.error} onRetry={() => void ledger.reload()} />)}
      {!wallet && !ledger.error && <Skeleton lines={8} />}
      {wallet && <WalletSummary wallet={wallet} unrealized={null} />}
      {wallet && (
        <section class="panel" aria-label="Positions">
          <PositionTable positions={wallet.positions} />
        </section>
      )}
    </>
  );
}
