import { useRef } from "preact/hooks";
import { query } from "../api/client.ts";
import type { ListAnswer, SearchHit } from "../api/types.ts";
import { addressOf, SearchRow } from "../components/search_row.tsx";
import { Empty, Failure, Skeleton } from "../components/states.tsx";
import { harmless } from "../format/text.ts";
import { place } from "../router.ts";
import { noFeed, useLive } from "../state/live.ts";
import { useLoaded } from "../state/loaded.ts";
import { useTitle } from "../state/title.ts";

/** All hits of a search; arrows move between them. */
export function SearchPage() {
  const words = (new URLSearchParams(place.value.search).get("q") ?? "").trim().slice(0, 64);
  const shown = harmless(words, 64).text;
  useTitle(shown === "" ? "Search" : `Search: ${shown}`);
  useLive([], noFeed);
  const found = useLoaded<ListAnswer<SearchHit>>(words === "" ? null : `/search${query({ q: words, limit: 50 })}`);
  const list = useRef<HTMLUListElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const links = [...(list.current?.querySelectorAll("a") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    const next = event.key === "ArrowDown" ? links[at + 1] : event.key === "ArrowUp" ? links[at - 1] : undefined;
    if (next) {
      event.preventDefault();
      next.focus();
    }
  };
  const hits = found.answer?.data.filter((x) => addressOf(x) !== null) ?? [];
  return (
    <>
      <h1>{shown === "" ? "Search" : <>Results for “<bdi>{shown}</bdi>”</>}</h1>
      {words === "" && <Empty>Press <kbd>/</kbd> and type a name, a symbol, or the beginning of an address.</Empty>}
      {found.error && <Failure error={found.error} onRetry={() => void found.reload()} />}
      {words !== "" && !found.answer && !found.error && <Skeleton lines={6} />}
      {found.answer && hits.length === 0 && <Empty>Nothing matches. Names are searched by their letters, addresses by their beginning.</Empty>}
      {hits.length > 0 && (
        <ul class="hits" ref={list} onKeyDown={onKeyDown}>
          {hits.map((x) => (
            <li key={addressOf(x)}><a href={addressOf(x)!}><SearchRow hit={x} /></a></li>
          ))}
        </ul>
      )}
    </>
  );
}
