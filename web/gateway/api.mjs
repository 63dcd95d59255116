// Calls of the node's HTTP API: with a time limit, a limit of size, a small
// cache, and one call for all who ask the same at the same time.

import { Refused } from "./errors.mjs";
import { is_object } from "./messages.mjs";
import { Turns } from "./turns.mjs";

const entries_max = 1_000;
const cache_bytes_max = 64 << 20;
const answer_bytes_max = 8 << 20;
/** Calls at a time; more wait. The node has its own limits. */
const calls_max = 32;
const waiting_max = 1_000;

/** @typedef {{ at: number, bytes: number, answer: any }} Entry */

export class NodeApi {
  /** @type {Map<string, Entry>} oldest use first */
  #cache = new Map();
  #cache_bytes = 0;
  /** @type {Map<string, Promise<any>>} */
  #flights = new Map();
  #turns = new Turns(calls_max, waiting_max);

  /**
   * @param {object} parts
   * @param {string} parts.base without a slash at its end
   * @param {string | null} parts.key
   * @param {number} parts.timeout_ms
   * @param {import("./metrics.mjs").Metrics} parts.metrics
   * @param {typeof fetch} [parts.fetch]
   * @param {() => number} [parts.now_ms]
   */
  constructor({ base, key, timeout_ms, metrics, fetch: fetcher = fetch, now_ms = () => performance.now() }) {
    this.base = base;
    this.headers = { accept: "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) };
    this.timeout_ms = timeout_ms;
    this.metrics = metrics;
    this.fetch = fetcher;
    this.now_ms = now_ms;
  }

  /**
   * The JSON of GET /api/v1{path}. Throws Refused: what the node refused, or
   * "unavailable". Whoever gets it must not change it: others have it, too.
   * @param {string} path beginning with a slash; parts from outside are encoded
   * @param {Record<string, string | number | null | undefined>} [query]
   * @param {number} [ttl_ms] how old an answer from the cache may be; 0: a call is made
   * @returns {Promise<any>}
   */
  async get(path, query = {}, ttl_ms = 1_000) {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== null && value !== undefined) parameters.set(name, String(value));
    const target = parameters.size ? `${path}?${parameters}` : path;
    const found = this.#cache.get(target);
    if (found && this.now_ms() - found.at < ttl_ms) {
      this.metrics.cache.inc({ result: "hit" });
      this.#cache.delete(target);
      this.#cache.set(target, found);
      return found.answer;
    }
    this.metrics.cache.inc({ result: "miss" });
    // A call that is under way may have been answered before what the caller
    // knows of happened: only who takes an old answer may share it.
    const flight = ttl_ms > 0 ? this.#flights.get(target) : undefined;
    if (flight) return flight;
    const own = this.#turns.run(() => this.#call(target)).finally(() => {
      if (this.#flights.get(target) === own) this.#flights.delete(target);
    });
    this.#flights.set(target, own);
    return own;
  }

  /** @param {string} target */
  async #call(target) {
    const at = this.now_ms();
    try {
      const { status, text } = await this.#fetch(target);
      this.metrics.api.observe({ code: String(status) }, (this.now_ms() - at) / 1000);
      return this.#read(target, status, text, at);
    } catch (error) {
      if (error instanceof Refused) throw error;
      this.metrics.api.observe({ code: "none" }, (this.now_ms() - at) / 1000);
      throw new Refused("unavailable", "the node did not answer");
    }
  }

  /** @param {string} target */
  async #fetch(target) {
    const response = await this.fetch(`${this.base}/api/v1${target}`, {
      headers: this.headers, redirect: "error", signal: AbortSignal.timeout(this.timeout_ms),
    });
    const parts = [];
    let bytes = 0;
    for await (const part of response.body ?? []) {
      bytes += part.byteLength;
      if (bytes > answer_bytes_max) throw new Error("the answer is too long");
      parts.push(part);
    }
    return { status: response.status, text: Buffer.concat(parts).toString("utf8") };
  }

  /** @param {string} target @param {number} status @param {string} text @param {number} at */
  #read(target, status, text, at) {
    if (status === 404) throw new Refused("not_found", "the node does not know it");
    if (status === 400) throw new Refused("invalid_parameter", "the node refused a parameter");
    if (status === 429) throw new Refused("too_many_requests", "the node has too many requests");
    if (status !== 200) throw new Refused("unavailable", "the node cannot answer");
    const answer = JSON.parse(text);
    if (!is_object(answer) || !("data" in answer)) throw new Error("not an answer of the API");
    this.#keep(target, { at, bytes: text.length, answer });
    return answer;
  }

  /** @param {string} target @param {Entry} entry */
  #keep(target, entry) {
    this.#cache_bytes -= this.#cache.get(target)?.bytes ?? 0;
    this.#cache.delete(target);
    this.#cache.set(target, entry);
    this.#cache_bytes += entry.bytes;
    for (const [name, x] of this.#cache) {
      if (this.#cache.size <= entries_max && this.#cache_bytes <= cache_bytes_max) break;
      this.#cache.delete(name);
      this.#cache_bytes -= x.bytes;
    }
  }
}
