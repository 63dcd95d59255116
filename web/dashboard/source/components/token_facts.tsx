import type { Token } from "../api/types.ts";
import { exactAmount, shortAmount } from "../format/amount.ts";
import { shownLink } from "../format/link.ts";
import { count, share } from "../format/number.ts";
import { tokenDecimals } from "../format/quote.ts";
import { Copy } from "./copy.tsx";
import { Key } from "./key.tsx";
import { Age, QuoteAmount } from "./values.tsx";

const bases: Readonly<Record<Token["liquidity_basis"], string>> = {
  none: "not known",
  curve_real_quote: "money on the curve",
  pool_twice_money: "twice the money of the pool",
};

/** What the token is: its curve, keys, reserves, and what may be wrong. */
export function TokenFacts({ token, complete }: { token: Token; complete: boolean }) {
  const decimals = tokenDecimals(token.decimals);
  return (
    <section class="panel" aria-label="Facts">
      {token.reserve_breaks > 0 && (
        <p class="note warn" role="note">
          The reserves show {token.reserve_breaks === 1 ? "one place" : `${count(token.reserve_breaks)} places`} where
          trades are missing: sums and candles may be too low.
        </p>
      )}
      {!complete && <p class="note warn" role="note">A gap of the journal is open: trades of this token may be missing.</p>}
      <Curve token={token} />
      <dl class="facts">
        <div><dt>Liquidity is</dt><dd>{bases[token.liquidity_basis]}</dd></div>
        <div>
          <dt>Reserves</dt>
          <dd>
            <span class="number" title={exactAmount(token.reserves.base, decimals)}>{shortAmount(token.reserves.base, decimals)}</span>
            <span class="faint"> / </span>
            <QuoteAmount units={token.reserves.quote} mint={token.quote_mint} unit />
          </dd>
        </div>
        <div><dt>Trades ever</dt><dd class="number">{count(token.trades)}</dd></div>
        <div><dt>Last trade</dt><dd><Age at={token.last_trade_at} /></dd></div>
        {token.creator && <div><dt>Creator</dt><dd><Key value={token.creator} href={`/wallet/${token.creator}`} what="creator" copy /></dd></div>}
        {token.pool && <div><dt>Pool</dt><dd><Key value={token.pool} what="pool" copy /></dd></div>}
        <div><dt>Quote</dt><dd><Key value={token.quote_mint} what="quote mint" copy /></dd></div>
        {token.score !== null && <div><dt>Score</dt><dd class="number">{token.score.toFixed(2)}</dd></div>}
        <Link uri={token.uri} />
      </dl>
    </section>
  );
}

function Curve({ token }: { token: Token }) {
  if (token.graduated)
    return <p class="note">Graduated <Age at={token.graduated_at} /> ago: it left its curve for a pool.</p>;
  if (token.progress === null)
    return null;
  const percent = Math.max(0, Math.min(1, token.progress));
  return (
    <div class="curve">
      <p class="label"><span>Bonding curve</span><span class="number">{share(token.progress)}</span></p>
      <progress max={1} value={percent} aria-label="Progress of the bonding curve" />
    </div>
  );
}

// Whoever made the token wrote it. It is never fetched; following it is up to
// the reader, who sees where it leads.
function Link({ uri }: { uri: string | null }) {
  const link = shownLink(uri);
  if (!link)
    return null;
  return (
    <div class="link">
      <dt>Metadata</dt>
      <dd>
        {link.href
          ? <a href={link.href} target="_blank" rel="noopener noreferrer nofollow ugc" title="Written by the maker of the token">{link.text}</a>
          : <bdi>{link.text}</bdi>}
        <Copy text={link.whole} what="metadata address" />
      </dd>
    </div>
  );
}
