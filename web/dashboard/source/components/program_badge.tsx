import type { Token } from "../api/types.ts";
import { share } from "../format/number.ts";

/** Where the token trades: on its curve, how far that is, or in a pool. */
export function ProgramBadge({ token }: { token: Token }) {
  if (token.graduated)
    return <span class="badge pool" title="Graduated: trades in a PumpSwap pool">AMM</span>;
  return token.program === "pump_amm"
    ? <span class="badge pool" title="Trades in a PumpSwap pool">AMM</span>
    : <span class="badge" title={`On its bonding curve, ${share(token.progress)}`}>curve</span>;
}
