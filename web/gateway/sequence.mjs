// The rules for consumers of docs/reference/redis.md, for one channel.

/** @typedef {import("./messages.mjs").Message} Message */
/** @typedef {{ seq: bigint, rev: number }} Position */

/**
 * Below 0, 0 or above 0 as `x` is before, at or behind `y`.
 * @param {Position} x @param {Position} y
 */
export function compare(x, y) {
  if (x.seq !== y.seq) return x.seq < y.seq ? -1 : 1;
  return x.rev - y.rev;
}

/** @param {{ seq: string, rev: number }} message @returns {Position} */
export const position_of = (message) => ({ seq: BigInt(message.seq), rev: message.rev });

/**
 * Rules 2 and 3: repetitions are dropped, holes are told. Fences (rule 1) hold
 * over all channels and are their owner's business.
 */
export class Sequence {
  /** @type {Position | null} */
  last = null;
  /** Candles that came with the last numbers: several may share them. */
  #times = new Set();

  /**
   * Takes the next message. `hole` is never told for the first one: whoever
   * subscribes fetches what was before.
   * @param {Message} message
   * @returns {"new" | "hole" | "repetition"}
   */
  take(message) {
    const now = position_of(message);
    const order = this.last === null ? 1 : compare(now, this.last);
    if (order < 0) return "repetition";
    if (order === 0) {
      if (message.type !== "candle" || this.#times.has(message.data.time)) return "repetition";
      this.#times.add(message.data.time);
      return "new";
    }
    const hole = this.last !== null && BigInt(message.prev) > this.last.seq;
    this.last = now;
    this.#times.clear();
    if (message.type === "candle") this.#times.add(message.data.time);
    return hole ? "hole" : "new";
  }

  /** Forgets everything: another store publishes now. */
  reset() {
    this.last = null;
    this.#times.clear();
  }
}
