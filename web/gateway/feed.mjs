// A stream of messages for one reader that may be slow: bounded, and what is
// left out can be told.

/**
 * @template T
 * @implements {AsyncIterableIterator<T>}
 */
export class Feed {
  /** @type {T[]} */
  #items = [];
  /** @type {((x: IteratorResult<T>) => void) | null} */
  #reader = null;
  #ended = false;

  /**
   * @param {object} parts
   * @param {number} parts.size of what waits; the oldest go first. 1: the newest state
   * @param {() => void} [parts.on_end] called once
   * @param {() => void} [parts.on_drop]
   */
  constructor({ size, on_end = () => {}, on_drop = () => {} }) {
    this.size = size;
    this.on_end = on_end;
    this.on_drop = on_drop;
  }

  /** @param {T} x */
  push(x) {
    if (this.#ended) return;
    if (this.#reader) {
      const read = this.#reader;
      this.#reader = null;
      read({ value: x, done: false });
      return;
    }
    this.#items.push(x);
    if (this.#items.length > this.size) {
      this.#items.shift();
      this.on_drop();
    }
  }

  /** @returns {Promise<IteratorResult<T>>} */
  async next() {
    if (this.#items.length) return { value: /** @type {T} */ (this.#items.shift()), done: false };
    if (this.#ended) return { value: undefined, done: true };
    return new Promise((resolve) => (this.#reader = resolve));
  }

  /** @returns {Promise<IteratorResult<T>>} */
  async return() {
    if (!this.#ended) {
      this.#ended = true;
      this.#items = [];
      this.#reader?.({ value: undefined, done: true });
      this.#reader = null;
      this.on_end();
    }
    return { value: undefined, done: true };
  }

  /** @param {unknown} error @returns {Promise<IteratorResult<T>>} */
  async throw(error) {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
