import { useState } from "preact/hooks";
import { windowNames } from "../api/types.ts";
import type { Token, WindowName } from "../api/types.ts";
import { change, count } from "../format/number.ts";
import { SideBar } from "./side_bar.tsx";
import { Change, Value } from "./values.tsx";

/** What happened within a window that one chooses. */
export function TokenWindows({ token }: { token: Token }) {
  const [name, setName] = useState<WindowName>("24h");
  const x = token.windows[name];
  return (
    <section class="panel" aria-label="Windows">
      <div class="windows" role="group" aria-label="Window">
        {windowNames.map((word) => (
          <button key={word} type="button" aria-pressed={word === name} onClick={() => setName(word)}
            aria-label={`${word}: ${change(token.windows[word].price_change)}`}>
            <span class="faint">{word}</span>
            <Change value={token.windows[word].price_change} young={token.windows[word].since_launch} />
          </button>
        ))}
      </div>
      <dl class="facts">
        <div><dt>Volume</dt><dd><Value units={x.volume_quote} usd={x.volume_usd} mint={token.quote_mint} /></dd></div>
        <div><dt>Trades</dt><dd class="number">{count(x.trades)}</dd></div>
        <div><dt>Wallets</dt><dd class="number">{count(x.wallets)}</dd></div>
      </dl>
      <p class="label"><span>Buys</span><span>Sells</span></p>
      <SideBar buys={x.buys} sells={x.sells} />
      {x.since_launch && <p class="note">Younger than this window: changes are since launch.</p>}
    </section>
  );
}
