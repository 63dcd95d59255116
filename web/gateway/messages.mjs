// Messages of docs/reference/redis.md: what is let in. Nothing here trusts its
// input: a message that passes has every field that the gateway reads, of the
// right type; fields that it does not read go through as they are.

import { Refused } from "./errors.mjs";

export const intervals = ["1s", "1m", "5m", "15m", "1h", "24h"];
export const windows = ["24h", "7d", "all"];

/** A board of 100 wallets has about 50 KB. */
const message_length_max = 1 << 20;
const depth_max = 8;
const digits = /^(0|[1-9][0-9]{0,38})$/;
const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const address_max = 1n << 256n;

/**
 * @typedef {object} Message
 * @property {1} v
 * @property {string} type
 * @property {string} fence
 * @property {string} seq
 * @property {number} rev
 * @property {string} prev
 * @property {number} slot
 * @property {number} ts
 * @property {any} data
 */

/** @typedef {{ type: string, key: string | null, interval: string | null }} Kind */

/**
 * Tells whether this is the base58 text of 32 bytes: a mint or a wallet.
 * @param {unknown} x
 * @returns {x is string}
 */
export function is_address(x) {
  if (typeof x !== "string" || x.length < 32 || x.length > 44) return false;
  let value = 0n;
  let zeros = 0;
  for (const letter of x) {
    const digit = alphabet.indexOf(letter);
    if (digit < 0) return false;
    if (value === 0n && digit === 0) zeros += 1;
    value = value * 58n + BigInt(digit);
  }
  if (value >= address_max) return false;
  const bytes = value === 0n ? 0 : Math.ceil(value.toString(16).length / 2);
  return zeros + bytes === 32;
}

/**
 * What a channel carries; null when the contract has no such channel.
 * @param {string} channel without prefix
 * @returns {Kind | null}
 */
export function kind_of(channel) {
  if (channel === "market") return { type: "market", key: null, interval: null };
  const [first, key, interval, ...rest] = channel.split(":");
  if (rest.length || key === undefined) return null;
  if (first === "candle")
    return is_address(key) && intervals.includes(interval)
      ? { type: "candle", key, interval } : null;
  if (interval !== undefined) return null;
  if (first === "trade" || first === "token" || first === "wallet")
    return is_address(key) ? { type: first, key, interval: null } : null;
  if (first === "leaderboard")
    return windows.includes(key) ? { type: "leaderboard", key, interval: null } : null;
  if (channel === "tokens:new") return { type: "token_new", key: null, interval: null };
  if (channel === "tokens:graduated") return { type: "graduation", key: null, interval: null };
  return null;
}

/** @param {unknown} x @returns {x is Record<string, any>} */
export const is_object = (x) => typeof x === "object" && x !== null && !Array.isArray(x);
/** @param {unknown} x */
const is_count = (x) => Number.isSafeInteger(x) && Number(x) >= 0;
/** @param {unknown} x */
const is_number = (x) => typeof x === "number" && Number.isFinite(x);
/** @param {unknown} x */
const is_rows = (x) => Array.isArray(x) && x.length <= 1000 && x.every(is_object);

/**
 * Nested no deeper than this: what walks over it later needs no guard.
 * @param {unknown} x @param {number} levels @returns {boolean}
 */
function is_shallow(x, levels) {
  if (typeof x !== "object" || x === null) return true;
  return levels > 0 && Object.values(x).every((y) => is_shallow(y, levels - 1));
}

/**
 * What must hold for `data` of each type.
 * @type {Record<string, (data: Record<string, any>, kind: Kind) => boolean>}
 */
const data_checks = {
  trade: (x, { key }) => x.mint === key && is_count(x.slot) && is_count(x.tx_index)
    && is_count(x.ix_path) && is_address(x.wallet),
  candle: (x, { key, interval }) => x.mint === key && x.interval === interval
    && is_count(x.time) && [x.open, x.high, x.low, x.close].every(is_number),
  token: (x, { key }) => x.mint === key && (x.chart_rev === undefined || is_count(x.chart_rev)),
  wallet: (x, { key }) => x.wallet === key && is_rows(x.positions),
  leaderboard: (x, { key }) => x.window === key && is_rows(x.net) && is_rows(x.losses),
  token_new: (x) => is_address(x.mint),
  graduation: (x) => is_address(x.mint),
  market: (x) => [x.by_volume, x.by_market_cap, x.graduating, x.created, x.graduated].every(is_rows),
};

/**
 * Reads a message of a channel of this kind; throws Refused ("malformed").
 * @param {Kind} kind
 * @param {string} text
 * @returns {Message}
 */
export function parse_message(kind, text) {
  if (text.length > message_length_max) throw new Refused("malformed", "too long");
  let x;
  try {
    x = JSON.parse(text);
  } catch {
    throw new Refused("malformed", "no JSON");
  }
  if (!is_object(x) || x.v !== 1 || x.type !== kind.type)
    throw new Refused("malformed", "not of this version and type");
  if (![x.fence, x.seq, x.prev].every((y) => typeof y === "string" && digits.test(y))
      || ![x.rev, x.slot, x.ts].every(is_count) || BigInt(x.prev) > BigInt(x.seq))
    throw new Refused("malformed", "numbers of the envelope");
  if (!is_object(x.data) || !is_shallow(x.data, depth_max) || !data_checks[kind.type](x.data, kind))
    throw new Refused("malformed", "data");
  return /** @type {Message} */ (x);
}
