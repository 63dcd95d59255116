// Rate limits: token buckets, alone and one per client.

/** Gives `rate` tokens per second, and holds `burst` at most. */
export class Bucket {
  /** @param {number} rate @param {number} burst @param {() => number} now_ms */
  constructor(rate, burst, now_ms = () => performance.now()) {
    this.rate = rate;
    this.burst = burst;
    this.now_ms = now_ms;
    this.tokens = burst;
    this.at = now_ms();
  }

  /** Takes one token; false when there is none. */
  take() {
    const now = this.now_ms();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.at) / 1000) * this.rate);
    this.at = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

/** A bucket for each key; at most `keys_max`: the one used longest ago goes, and
 * comes back full. */
export class Buckets {
  /** @type {Map<string, Bucket>} */
  #buckets = new Map();

  /** @param {number} rate @param {number} burst @param {number} keys_max
   * @param {() => number} [now_ms] */
  constructor(rate, burst, keys_max, now_ms) {
    this.make = () => new Bucket(rate, burst, now_ms);
    this.keys_max = keys_max;
  }

  /** @param {string} key */
  take(key) {
    const bucket = this.#buckets.get(key) ?? this.make();
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.keys_max)
      this.#buckets.delete(/** @type {string} */ (this.#buckets.keys().next().value));
    return bucket.take();
  }

  get size() {
    return this.#buckets.size;
  }
}
