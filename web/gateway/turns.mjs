// So many at a time; others wait for their turn.

import { Refused } from "./errors.mjs";

export class Turns {
  #running = 0;
  /** @type {((x: null) => void)[]} */
  #waiting = [];

  /** @param {number} running_max @param {number} waiting_max beyond it: Refused */
  constructor(running_max, waiting_max) {
    this.running_max = running_max;
    this.waiting_max = waiting_max;
  }

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async run(work) {
    if (this.#running < this.running_max) this.#running += 1;
    else if (this.#waiting.length < this.waiting_max)
      await new Promise((resolve) => this.#waiting.push(resolve));
    else throw new Refused("unavailable", "too many wait");
    try {
      return await work();
    } finally {
      // Handed over, so that nobody comes in between.
      const next = this.#waiting.shift();
      if (next) next(null);
      else this.#running -= 1;
    }
  }
}
