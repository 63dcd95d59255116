import { useEffect, useRef, useState } from "preact/hooks";
import { getJson, query } from "../api/client.ts";
import type { ListAnswer, SearchHit } from "../api/types.ts";
import { isAddress } from "../format/text.ts";
import { navigate } from "../router.ts";
import { addressOf, SearchRow } from "./search_row.tsx";

const waitMs = 150;
const shownMax = 8;

/** The search of the header: "/" focuses it, arrows choose, Enter goes there. */
export function SearchBox() {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [hits, setHits] = useState<SearchHit[]>([]);
  const [chosen, setChosen] = useState(-1);
  const [open, setOpen] = useState(false);

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const target = event.target as Element | null;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || target?.closest("input, textarea, select"))
        return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);

  useEffect(() => {
    const words = text.trim();
    setChosen(-1);
    if (words === "") {
      setHits([]);
      return;
    }
    const own = new AbortController();
    const timer = window.setTimeout(() => {
      getJson<ListAnswer<SearchHit>>(`/search${query({ q: words, limit: shownMax })}`, own.signal)
        .then((answer) => {
          if (!own.signal.aborted)
            setHits(answer.data.filter((x) => addressOf(x) !== null).slice(0, shownMax));
        })
        // The page of results tells what went wrong; here are no suggestions.
        .catch(() => {
          if (!own.signal.aborted)
            setHits([]);
        });
    }, waitMs);
    return () => {
      window.clearTimeout(timer);
      own.abort();
    };
  }, [text]);

  const leave = () => {
    setOpen(false);
    input.current?.blur();
  };
  const go = (address: string) => {
    leave();
    navigate(address);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        event.preventDefault();
        setOpen(true);
        // The place before the first is the text itself.
        const places = hits.length + 1;
        const step = event.key === "ArrowDown" ? 1 : places - 1;
        setChosen((x) => ((x + 1 + step) % places) - 1);
        break;
      }
      case "Escape":
        leave();
        break;
    }
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const hit = hits[chosen];
    const words = text.trim();
    if (hit)
      go(addressOf(hit)!);
    else if (words !== "")
      go(isAddress(words) && hits.length === 1 ? addressOf(hits[0]!)! : `/search${query({ q: words })}`);
  };

  const shown = open && hits.length > 0;
  return (
    <form class="search-box" role="search" onSubmit={onSubmit}>
      <input
        ref={input}
        type="search"
        role="combobox"
        list={undefined}
        aria-label="Search tokens and wallets"
        aria-expanded={shown}
        aria-controls="search-hits"
        aria-autocomplete="list"
        aria-activedescendant={shown && chosen >= 0 ? `search-hit-${chosen}` : undefined}
        placeholder="Search token or wallet"
        autocomplete="off"
        spellcheck={false}
        maxLength={64}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
      <ul id="search-hits" role="listbox" aria-label="Suggestions" hidden={!shown}>
        {hits.map((hit, i) => (
          <li
            key={addressOf(hit)}
            id={`search-hit-${i}`}
            role="option"
            aria-selected={i === chosen}
            // Before the input loses the focus and the list goes.
            onPointerDown={(event) => {
              event.preventDefault();
              go(addressOf(hit)!);
            }}
          >
            <SearchRow hit={hit} />
          </li>
        ))}
      </ul>
    </form>
  );
}
