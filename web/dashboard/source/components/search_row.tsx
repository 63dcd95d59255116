import type { SearchHit } from "../api/types.ts";
import { shortAmount } from "../format/amount.ts";
import { sol } from "../format/quote.ts";
import { isAddress, shortKey } from "../format/text.ts";
import { Name } from "./name.tsx";

/** Where a hit leads, null when it is none. */
export function addressOf(hit: SearchHit): string | null {
  const key = hit.kind === "wallet" ? hit.wallet : hit.mint;
  return key && isAddress(key) ? `/${hit.kind}/${key}` : null;
}

export function SearchRow({ hit }: { hit: SearchHit }) {
  if (hit.kind === "wallet")
    return (
      <span class="search-row">
        <span class="badge">wallet</span>
        <span class="key">{shortKey(hit.wallet ?? "", 8)}</span>
      </span>
    );
  return (
    <span class="search-row">
      <span class="badge">token</span>
      <Name name={hit.symbol} mint={hit.mint ?? ""} length={12} strong />
      <Name name={hit.name} mint="" length={28} />
      <span class="key faint">{shortKey(hit.mint ?? "")}</span>
      <span class="end number">
        <span class="faint">MC</span> {shortAmount(hit.market_cap, sol.decimals)}
        <span class="volume">{" "}<span class="faint">Vol</span> {shortAmount(hit.volume_24h, sol.decimals)}</span>
      </span>
    </span>
  );
}
