import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { query } from "../api/client.ts";
import type { ListAnswer, Market, Token } from "../api/types.ts";
import { Choice } from "../components/choice.tsx";
import { MarketFilters } from "../components/market_filters.tsx";
import { MarketTable } from "../components/market_table.tsx";
import { MarketTotals } from "../components/market_totals.tsx";
import { Pager } from "../components/pager.tsx";
import { Empty, Failure, Skeleton } from "../components/states.tsx";
import { navigate, place } from "../router.ts";
import { useLive } from "../state/live.ts";
import { useLoaded } from "../state/loaded.ts";
import { fromAddress, hasFilters, listOf, rowsPerPage, tabs, toAddress, toParameters, withSort, withTab } from "../state/market_query.ts";
import type { MarketQuery, Tab } from "../state/market_query.ts";
import { useThrottled } from "../state/throttle.ts";
import { useTitle } from "../state/title.ts";
import { useTokenRows } from "../state/token_rows.ts";

const tabNames: Readonly<Record<Tab, string>> = {
  volume: "Volume",
  market_cap: "Market cap",
  new: "New",
  graduating: "Graduating",
  graduated: "Graduated",
};

/** The list is asked again this often, and sooner when the market says so. */
const reloadEveryMs = 10_000;
const reloadAtMostEveryMs = 3_000;

/** Kept between visits, so that coming back shows something at once. */
const market = signal<Market | null>(null);

export function MarketPage() {
  useTitle("Market");
  const asked = fromAddress(place.value.search);
  const list = useLoaded<ListAnswer<Token>>(`/tokens${query(toParameters(asked))}`);
  const rows = useTokenRows(list.answer?.data ?? null, asked.sortBy, asked.order);
  const reload = useThrottled(() => void list.reload(), reloadAtMostEveryMs);
  const topics = useMemo(
    () => ["market", "tokens:new", "tokens:graduated", ...rows.mints.map((x) => `token:${x}`)],
    [rows.mints],
  );

  useLive(topics, {
    message(message) {
      switch (message.type) {
        case "token":
          rows.put(message.data as Token);
          break;
        case "market":
          market.value = message.data as Market;
          if (isBehind(market.peek()!, asked, rows.mints))
            reload();
          break;
        case "token_new":
          if (asked.sortBy === "created_at")
            reload();
          break;
        case "graduation":
          if (asked.sortBy === "graduated_at")
            reload();
          break;
      }
    },
    // Rows are whole in each message; what may have changed is which there are.
    refetch(fetched) {
      if (fetched.has("market") && list.answer)
        reload();
    },
  });

  useEffect(() => {
    const timer = window.setInterval(() => {
      if (!document.hidden)
        reload();
    }, reloadEveryMs);
    return () => window.clearInterval(timer);
  }, [reload]);

  const change = (x: MarketQuery, replace = false) => navigate(toAddress(x), replace);
  return (
    <>
      <h1 class="hidden">Market</h1>
      <MarketTotals market={market} />
      <div class="toolbar">
        <Choice label="List" words={tabs} names={tabNames} value={asked.tab} onChange={(tab) => change(withTab(asked, tab))} />
        <MarketFilters value={asked} onChange={(x) => change({ ...x, page: 1 }, true)} />
      </div>
      {list.error && <Failure error={list.error} onRetry={() => void list.reload()} />}
      {rows.order.length > 0 && (
        <MarketTable
          rows={rows.order}
          query={asked}
          busy={!list.answer}
          onSort={(key) => change(withSort(asked, key))}
          onHold={rows.hold}
        />
      )}
      {rows.order.length === 0 && !list.answer && !list.error && <Skeleton lines={14} />}
      {list.answer && list.answer.data.length === 0 && (
        <Empty>
          {hasFilters(asked)
            ? <>No token matches these filters. <button type="button" onClick={() => change(withTab(fromAddress(""), asked.tab))}>Clear filters</button></>
            : "No token was traded yet. Rows appear with the first trade."}
        </Empty>
      )}
      <Pager
        page={asked.page}
        hasMore={list.answer?.meta.hasMore ?? false}
        onChange={(page) => change({ ...asked, page })}
      />
    </>
  );
}

/** Whether the head of the market's list has tokens that the page lacks. */
function isBehind(x: Market, asked: MarketQuery, mints: readonly string[]): boolean {
  if (asked.page !== 1 || hasFilters(asked) || toAddress(asked) !== toAddress(withTab(asked, asked.tab)))
    return false;
  const shown = new Set(mints);
  return listOf(x, asked.tab).slice(0, Math.floor(rowsPerPage / 2)).some((row) => !shown.has(row.mint));
}
