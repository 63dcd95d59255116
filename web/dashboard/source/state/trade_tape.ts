import type { Trade } from "../api/types.ts";

export interface TapeRow {
  key: string;
  trade: Trade;
  /** Decoded, but its slot is not sealed: it may end up on no chain. */
  unconfirmed: boolean;
}

/** A tick whose slot is this far behind the durable trades never became one. */
const lostAfterSlots = 32;

/**
 * The newest trades of a token, newest first. A tick stands in it as
 * unconfirmed until the durable trade with the same place on chain replaces
 * it. A trade that was replaced by a snapshot is not doubled.
 */
export class TradeTape {
  private rows: TapeRow[] = [];
  private sealedSlot = 0;

  constructor(private readonly rowsMax = 150) {}

  list(): readonly TapeRow[] {
    return this.rows;
  }

  /** A tick. Repeats, and what is durable already, change nothing. */
  addTick(trade: Trade): void {
    const key = keyOf(trade);
    if (trade.slot + lostAfterSlots > this.sealedSlot && !this.rows.some((x) => x.key === key))
      this.insert({ key, trade, unconfirmed: true });
  }

  /** Durable trades, in any order; `isWhole` when they are the newest of all. */
  addTrades(trades: readonly Trade[], isWhole = false): void {
    // A snapshot tells which trades there are: what it lacks was taken back, or
    // lies beyond a hole. What is newer came by the stream meanwhile.
    const newest = trades.reduce<Trade | null>((a, b) => (a && compareTrades(a, b) > 0 ? a : b), null);
    if (isWhole && newest)
      this.rows = this.rows.filter((x) => x.unconfirmed || compareTrades(x.trade, newest) > 0);
    for (const trade of trades) {
      const key = keyOf(trade);
      this.rows = this.rows.filter((x) => x.key !== key);
      this.insert({ key, trade, unconfirmed: false });
      this.sealedSlot = Math.max(this.sealedSlot, trade.slot);
    }
    this.rows = this.rows.filter((x) => !x.unconfirmed || x.trade.slot + lostAfterSlots > this.sealedSlot);
  }

  private insert(row: TapeRow): void {
    const at = this.rows.findIndex((x) => compareTrades(row.trade, x.trade) > 0);
    this.rows.splice(at < 0 ? this.rows.length : at, 0, row);
    // A new array, so that who compares references sees the change.
    this.rows = this.rows.slice(0, this.rowsMax);
  }
}

/** The place on chain, which is the identity of a trade. */
export function keyOf(x: Trade): string {
  return `${x.slot}/${x.tx_index}/${x.ix_path}`;
}

/** Order on chain: negative when `left` came first. */
export function compareTrades(left: Trade, right: Trade): number {
  return left.slot - right.slot || left.tx_index - right.tx_index || left.ix_path - right.ix_path;
}
