import type { Message } from "./types.ts";

/** What to do with a message of a channel. */
export type Verdict =
  /** Take it. */
  | "take"
  /** Take it, and fetch the snapshot again: messages are missing before it. */
  | "hole"
  /** It repeats what is known. */
  | "repeat";

/**
 * The rules for consumers of docs/reference/redis.md for one channel: tells
 * new messages from repetitions, and notices missing ones.
 *
 * Most snapshots over HTTP are as of a position in the journal and have no
 * `rev`: such a one drops facts (trades, `rev` 0) up to it and no states, as a
 * state of the same trades may be newer (a window moved on).
 */
export class Splice {
  private fence = 0n;
  private seq: bigint | null = null;
  private rev = 0;
  private floor = 0n;
  private floorRev = 0;
  // `prev` of the first message that was taken after the last hole.
  private runStart: bigint | null = null;

  /**
   * A snapshot that was fetched reflects all rows up to `seq`, `rev`. Gives
   * false when it is so old (a cache told it) that messages between it and the
   * stream are missing: then it must be fetched again.
   */
  setSnapshot(seq: string, rev = 0): boolean {
    const parsed = parsePosition(seq);
    if (parsed !== null && parsed >= this.floor) {
      this.floor = parsed;
      this.floorRev = rev;
    }
    return this.isContinued();
  }

  /** Whether a snapshot was taken that the messages since then continue. */
  isCovered(): boolean {
    return this.floor > 0n && this.isContinued();
  }

  judge(message: Message): Verdict {
    const seq = parsePosition(message.seq);
    if (seq === null)
      return "take"; // a tick
    const fence = parsePosition(message.fence) ?? 0n;
    if (fence < this.fence)
      return "repeat";
    this.fence = fence;
    const rev = message.rev ?? 0;
    if (this.seq !== null && this.isKnown(message, seq, rev))
      return "repeat";
    if (seq <= this.floor && rev <= this.floorRev)
      return "repeat";
    const previous = parsePosition(message.prev) ?? 0n;
    const reached = this.seq !== null && this.seq > this.floor ? this.seq : this.floor;
    // Nothing was seen yet: the snapshot that is about to be fetched has it.
    const hole = (this.seq !== null || this.floor > 0n) && previous > reached;
    if (hole || this.runStart === null)
      this.runStart = previous;
    this.seq = seq;
    this.rev = rev;
    return hole ? "hole" : "take";
  }

  private isContinued(): boolean {
    return this.runStart === null || this.floor >= this.runStart;
  }

  private isKnown(message: Message, seq: bigint, rev: number): boolean {
    const last = this.seq ?? 0n;
    if (seq !== last)
      return seq < last;
    // Candles that one trade closed and opened share their numbers.
    return message.type === "candle" ? rev < this.rev : rev <= this.rev;
  }
}

/** A position of the journal, or null when the text is none. */
export function parsePosition(text: string | undefined | null): bigint | null {
  return typeof text === "string" && /^[0-9]{1,20}$/.test(text) ? BigInt(text) : null;
}
