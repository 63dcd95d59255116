import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Answer, Token, TokenDetail, Trade } from "../api/types.ts";
import type { ListAnswer } from "../api/types.ts";
import { Choice } from "../components/choice.tsx";
import { HolderTable } from "../components/holder_table.tsx";
import { Empty, Failure, Skeleton } from "../components/states.tsx";
import { TokenChart } from "../components/token_chart.tsx";
import { TokenFacts } from "../components/token_facts.tsx";
import { TokenHeader } from "../components/token_header.tsx";
import { TokenWindows } from "../components/token_windows.tsx";
import { TradeTable } from "../components/trade_table.tsx";
import { harmless, isAddress, shortKey } from "../format/text.ts";
import { solMint } from "../format/quote.ts";
import { useChartFeed } from "../state/chart_feed.ts";
import type { ChartChoice } from "../state/chart_feed.ts";
import { noFeed, reached, useLive } from "../state/live.ts";
import { useLoaded } from "../state/loaded.ts";
import { browserFrames, RowBatch } from "../state/row_batch.ts";
import { useThrottled } from "../state/throttle.ts";
import { useTitle } from "../state/title.ts";
import { TradeTape } from "../state/trade_tape.ts";
import type { TapeRow } from "../state/trade_tape.ts";

const holdersEveryMs = 10_000;
const retryStaleMs = 1_000;
const lists = ["trades", "holders"] as const;

export function TokenPage({ mint }: { mint: string }) {
  return isAddress(mint) ? <Page mint={mint} /> : <Malformed />;
}

function Malformed() {
  useTitle("Not found");
  useLive([], noFeed);
  return <Empty>This is no address of a token. <a href="/">Go to the market</a>.</Empty>;
}

function Page({ mint }: { mint: string }) {
  const detail = useLoaded<Answer<TokenDetail>>(`/tokens/${mint}`);
  const [live, setLive] = useState<Token | null>(null);
  const token = newer(detail.answer?.data ?? null, live);
  const [choice, setChoice] = useState<ChartChoice>({ interval: "1m", unit: "price", fill: true });
  const chart = useChartFeed(mint, choice, token);
  const tape = useTape(mint);
  const [list, setList] = useState<(typeof lists)[number]>("trades");
  useTitle(harmless(token?.symbol, 12).text || shortKey(mint));

  const states = useMemo(() => new RowBatch<Token>((x) => setLive(x.get(mint) ?? null), browserFrames), [mint]);
  const reloadDetail = useThrottled(() => void detail.reload(), retryStaleMs);
  useEffect(() => {
    if (detail.answer)
      reached(`token:${mint}`, detail.answer.as_of.seq);
    // The first trade will make it known.
    if (detail.error?.status === 404 && live)
      reloadDetail();
  }, [detail.answer, live]);
  useEffect(() => {
    const timer = window.setInterval(() => {
      if (!document.hidden)
        void detail.reload();
    }, holdersEveryMs);
    return () => window.clearInterval(timer);
  }, [detail.reload]);

  useLive([`token:${mint}`, `trade:${mint}`, `tick:${mint}`, chart.topic], {
    message(message) {
      switch (message.type) {
        case "token":
          states.put(mint, message.data as Token);
          break;
        case "trade":
          tape.addTrade(message.data as Trade);
          break;
        case "tick":
          tape.addTick(message.data as Trade);
          break;
        case "candle":
          chart.message(message);
          break;
      }
    },
    refetch(topics) {
      if (topics.has(chart.topic))
        chart.reload();
      if (topics.has(`trade:${mint}`))
        tape.reload();
      if (topics.has(`token:${mint}`))
        reloadDetail();
    },
  });

  if (!token && detail.error)
    return detail.error.status === 404
      ? <Empty>No trade of <bdi>{shortKey(mint, 8)}</bdi> was seen yet. This page begins with the first one.</Empty>
      : <Failure error={detail.error} onRetry={() => void detail.reload()} />;
  const quoteMint = token?.quote_mint ?? solMint;
  return (
    <div class="token-page">
      {token ? <TokenHeader token={token} /> : <Skeleton lines={2} />}
      <div class="token-main">
        <TokenChart feed={chart} choice={choice} quoteMint={quoteMint} onChange={setChoice} />
        <section class="panel" aria-label="Trades and holders">
          <div class="toolbar tight">
            <Choice label="Lists" words={lists} names={{ trades: "Trades", holders: "Top holders" }} value={list} onChange={(x) => setList(x)} />
          </div>
          {list === "trades" && <TradeTable rows={tape.rows} error={tape.error} onRetry={tape.reload} decimals={token?.decimals ?? null} />}
          {list === "holders" && token && (
            <HolderTable rows={detail.answer?.data.holders ?? null} token={token} />
          )}
        </section>
      </div>
      <aside class="token-side" aria-label="About the token">
        {token && <TokenWindows token={token} />}
        {token && <TokenFacts token={token} complete={detail.answer?.data.complete ?? true} />}
        {!token && <Skeleton lines={12} />}
      </aside>
    </div>
  );
}

/** The state whose windows end later. */
function newer<Left extends Token>(left: Left | null, right: Token | null): Token | null {
  if (!left || !right)
    return left ?? right;
  return (right.chain_time ?? "") >= (left.chain_time ?? "") ? right : left;
}

/** The newest trades: fetched, and followed by the stream. */
function useTape(mint: string) {
  const topic = `trade:${mint}`;
  const loaded = useLoaded<ListAnswer<Trade>>(`/tokens/${mint}/trades?limit=100`);
  const tape = useRef(new TradeTape());
  const [rows, setRows] = useState<readonly TapeRow[] | null>(null);
  const frames = useMemo(() => new RowBatch<true>(() => setRows(tape.current.list()), browserFrames), []);
  useEffect(() => {
    if (!loaded.answer)
      return;
    tape.current.addTrades(loaded.answer.data, true);
    setRows(tape.current.list());
    if (reached(topic, loaded.answer.as_of.seq))
      return;
    const timer = window.setTimeout(() => void loaded.reload(), retryStaleMs);
    return () => window.clearTimeout(timer);
  }, [loaded.answer]);
  return {
    rows,
    error: loaded.error,
    reload: () => void loaded.reload(),
    addTrade(trade: Trade) {
      tape.current.addTrades([trade]);
      frames.put("all", true);
    },
    addTick(trade: Trade) {
      tape.current.addTick(trade);
      frames.put("all", true);
    },
  };
}
