import { useState } from "preact/hooks";
import { query } from "../api/client.ts";
import { boardWindows } from "../api/types.ts";
import type { BoardRow, Boards, BoardWindow, ListAnswer } from "../api/types.ts";
import { BoardTable } from "../components/board_table.tsx";
import { Choice } from "../components/choice.tsx";
import { Empty, Failure, Skeleton } from "../components/states.tsx";
import { navigate, place } from "../router.ts";
import { useLive } from "../state/live.ts";
import { useLoaded } from "../state/loaded.ts";
import { useThrottled } from "../state/throttle.ts";
import { useTitle } from "../state/title.ts";

const reloadAtMostEveryMs = 5_000;
const measures = ["net", "losses"] as const;
type Measure = (typeof measures)[number];

/** The board of those who lost or won most. */
export function BoardPage({ board }: { board: "losers" | "winners" }) {
  useTitle(board === "losers" ? "Losers" : "Winners");
  const words = new URLSearchParams(place.value.search);
  const window = boardWindows.find((x) => x === words.get("window")) ?? "24h";
  const by: Measure = board === "losers" && words.get("by") === "losses" ? "losses" : "net";
  const key = `/leaderboards/${board}${query({ window, by, limit: 100 })}`;
  const fetched = useLoaded<ListAnswer<BoardRow>>(key);
  const [live, setLive] = useState<{ key: string; rows: BoardRow[] } | null>(null);
  const reload = useThrottled(() => void fetched.reload(), reloadAtMostEveryMs);

  useLive([`leaderboard:${window}`], {
    message(message) {
      const boards = message.data as Boards;
      if (message.type !== "leaderboard" || boards.window !== window)
        return;
      // The message has the losers; winners are asked for.
      if (board === "losers")
        setLive({ key, rows: boards[by] });
      else
        reload();
    },
    refetch: reload,
  });

  const change = (to: { window?: BoardWindow; by?: Measure }) =>
    navigate(`/${board}${query({ window: to.window ?? window, by: board === "losers" ? to.by ?? by : null })}`, true);
  const rows = live?.key === key ? live.rows : fetched.answer?.data ?? null;
  return (
    <>
      <div class="toolbar">
        <h1>{board === "losers" ? "Losers" : "Winners"}</h1>
        <Choice label="Window" words={boardWindows} value={window} onChange={(x) => change({ window: x })} />
        {board === "losers" && (
          <Choice label="Measure" words={measures} names={{ net: "Net PnL", losses: "Losses only" }} value={by}
            onChange={(x) => change({ by: x })} />
        )}
      </div>
      {fetched.error && <Failure error={fetched.error} onRetry={() => void fetched.reload()} />}
      {rows && rows.length > 0 && <BoardTable rows={rows} measure={by} />}
      {rows && rows.length === 0 && <Empty>Nobody has realized {board === "losers" ? "a loss" : "a profit"} in this window yet.</Empty>}
      {!rows && !fetched.error && <Skeleton lines={14} />}
    </>
  );
}
