/// A queue that gives what is in it as batches, to one reader.
export class Batches {
  #items = [];
  #closed = false;
  #wake = () => {};

  /// A batch has at most `size` items, and waits for them until the oldest has
  /// waited for `wait_ms`.
  constructor(size, wait_ms) {
    this.size = size;
    this.wait_ms = wait_ms;
  }

  get length() {
    return this.#items.length;
  }

  push(...items) {
    const was_empty = this.#items.length === 0;
    this.#items.push(...items);
    if (was_empty || this.#items.length >= this.size) this.#wake();
  }

  close() {
    this.#closed = true;
    this.#wake();
  }

  /// The next batch; null when the queue is closed and empty.
  async next() {
    while (!this.#items.length && !this.#closed) await this.#sleep();
    if (this.#items.length < this.size && this.wait_ms > 0 && !this.#closed) {
      const end = performance.now() + this.wait_ms;
      while (this.#items.length < this.size && !this.#closed
          && performance.now() < end)
        await this.#sleep(Math.ceil(end - performance.now()));
    }
    return this.#items.length ? this.#items.splice(0, this.size) : null;
  }

  #sleep(limit_ms) {
    return new Promise((resolve) => {
      const timer = limit_ms === undefined
        ? undefined : setTimeout(resolve, Math.max(1, limit_ms));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
