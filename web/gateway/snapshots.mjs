// What was before a stream: from the keys of Redis, else from the node's API.
// docs/reference/redis.md and docs/reference/http.md name every field.

import { Refused } from "./errors.mjs";
import { intervals, is_object, parse_message, kind_of } from "./messages.mjs";

/** How many candles a history has. */
export const history_max = 1_440;
/** How many trades a snapshot has. */
export const trades_max = 50;
const positions_max = 100;
const window_names = ["5m", "15m", "1h", "6h", "24h"];
/** An old chart is as good as a new one when what came since is laid over it. */
const history_ttl_ms = 2_000;

/** @param {string | undefined} x */
const text_or_null = (x) => (x === undefined || x === "" ? null : x);
/** @param {string | undefined} x */
const number_or_null = (x) => (x === undefined || x === "" || !Number.isFinite(Number(x)) ? null : Number(x));

/**
 * The `token` object that the three hashes of a token hold; what they do not
 * hold is null.
 * @param {string} mint
 * @param {Record<string, string>} head `token:MINT`
 * @param {Record<string, string>} metrics `token:MINT:metrics`
 * @param {Record<string, string>} day `token:MINT:24h`
 */
export function token_of_hashes(mint, head, metrics, day) {
  /** @param {string} name */
  const window = (name) => ({
    volume_quote: text_or_null(metrics[`volume_${name}`]),
    volume_usd: name === "24h" ? number_or_null(day.volume_usd) : null,
    trades: number_or_null(metrics[`trades_${name}`]),
    buys: number_or_null(metrics[`buys_${name}`]),
    sells: number_or_null(metrics[`sells_${name}`]),
    wallets: number_or_null(metrics[`wallets_${name}`]),
    price_change: number_or_null(metrics[`price_change_${name}`]),
    since_launch: null,
  });
  const last_trade_at = text_or_null(head.last_trade_at);
  return {
    mint,
    quote_mint: text_or_null(head.quote_mint),
    program: text_or_null(head.program),
    pool: text_or_null(head.pool),
    name: text_or_null(head.name),
    symbol: text_or_null(head.symbol),
    uri: text_or_null(head.uri),
    creator: text_or_null(head.creator),
    created_at: text_or_null(head.created_at),
    decimals: null,
    graduated: head.graduated === "true",
    graduated_at: null,
    price: number_or_null(head.latest_price_sol),
    price_usd: number_or_null(head.latest_price_usd),
    market_cap: text_or_null(head.latest_market_cap),
    market_cap_usd: number_or_null(head.latest_market_cap_usd),
    liquidity: text_or_null(metrics.liquidity),
    liquidity_usd: number_or_null(metrics.liquidity_usd),
    liquidity_basis: text_or_null(metrics.liquidity_basis),
    progress: number_or_null(metrics.progress),
    reserves: null,
    trades: number_or_null(head.trades),
    reserve_breaks: null,
    last_trade_at,
    last_trade_at_unix: last_trade_at === null || Number.isNaN(Date.parse(last_trade_at))
      ? null : Date.parse(last_trade_at) / 1000,
    last_trade_type: text_or_null(head.last_trade_type),
    holders_traded: number_or_null(metrics.holders_traded),
    score: number_or_null(metrics.score),
    score_seed: number_or_null(metrics.score_seed),
    windows: Object.fromEntries(window_names.map((x) => [x, window(x)])),
    chain_time: null,
    chart_rev: null,
  };
}

const candle_fields = ["time", "open", "high", "low", "close", "volume", "volume_quote",
  "volume_token", "buy_volume_quote", "sell_volume_quote", "trades", "buys", "sells", "wallets",
  "closed", "complete"];

/**
 * A row of a history, of a candle of the API or of Redis.
 * @param {Record<string, any>} x
 */
export const candle_row = (x) => Object.fromEntries(candle_fields.map((name) => [name, x[name] ?? null]));

/**
 * An answer of the API in the envelope of Redis. It has no number of a channel:
 * with "0", whatever comes by the stream follows it.
 * @param {string} type @param {any} answer @param {any} data
 * @returns {import("./messages.mjs").Message}
 */
function message_of_answer(type, answer, data) {
  const slot = answer.as_of?.slot;
  return { v: 1, type, fence: "0", seq: "0", rev: 0, prev: "0",
    slot: Number.isSafeInteger(slot) ? slot : 0, ts: Date.now(), data };
}

/** Tells whether a message was made of an answer of the API.
 * @param {import("./messages.mjs").Message} x */
export const is_answer = (x) => x.fence === "0";

/**
 * The position in the journal that an answer holds for; "0" when it does not tell.
 * @param {any} answer
 */
export function seq_of(answer) {
  const seq = answer?.as_of?.seq;
  return typeof seq === "string" && /^(0|[1-9][0-9]{0,38})$/.test(seq) ? seq : "0";
}

/** @param {any} answer @returns {Record<string, any>[]} */
export const rows_of = (answer) => (Array.isArray(answer.data) ? answer.data.filter(is_object) : []);

/** What tells positions of a wallet apart. @param {Record<string, any>} x */
export const position_id = (x) => `${x.mint} ${x.quote_mint}`;

/**
 * A wallet's message with the positions of both lists; of one that is in both,
 * the first.
 * @param {import("./messages.mjs").Message} message
 * @param {Record<string, any>[]} positions @param {Record<string, any>[]} others
 * @returns {import("./messages.mjs").Message}
 */
export function with_positions(message, positions, others) {
  const known = new Set(positions.map(position_id));
  const all = [...positions, ...others.filter((x) => !known.has(position_id(x)))].slice(0, positions_max);
  return { ...message, data: { ...message.data, positions: all } };
}

export class Snapshots {
  /**
   * @param {object} parts
   * @param {import("ioredis").Redis} parts.reader
   * @param {string} parts.prefix
   * @param {import("./api.mjs").NodeApi} parts.api
   * @param {import("./metrics.mjs").Metrics} parts.metrics
   */
  constructor({ reader, prefix, api, metrics }) {
    this.reader = reader;
    this.prefix = prefix;
    this.api = api;
    this.metrics = metrics;
  }

  /**
   * The last message of a channel whose key holds it: wallet, leaderboard,
   * market. Null: there is none, or Redis is away.
   * @param {string} channel
   */
  async #stored(channel) {
    const text = await this.reader.get(this.prefix + channel).catch(() => null);
    if (text === null) return null;
    try {
      return parse_message(/** @type {any} */ (kind_of(channel)), text);
    } catch {
      this.metrics.refused.inc({ reason: "malformed" });
      return null;
    }
  }

  /** @template T @param {string} kind @param {() => Promise<T>} fetch @returns {Promise<T>} */
  async #counted(kind, fetch) {
    try {
      const result = await fetch();
      this.metrics.snapshots.inc({ kind, result: "ok" });
      return result;
    } catch (error) {
      const code = error instanceof Refused ? error.code : "unavailable";
      this.metrics.snapshots.inc({ kind, result: code });
      throw error;
    }
  }

  /**
   * The newest state of a token as a `token` message; throws Refused.
   * @param {string} mint
   */
  token(mint) {
    return this.#counted("token", async () => {
      const key = `${this.prefix}token:${mint}`;
      // Redis is away: the API may know it all the same.
      const [head, metrics, day] = await Promise.all([key, `${key}:metrics`, `${key}:24h`].map((x) =>
        this.reader.hgetall(x).catch(() => /** @type {Record<string, string>} */ ({}))));
      if (/^\d{1,39}$/.test(head.seq ?? "") && /^\d{1,15}$/.test(head.rev ?? ""))
        return /** @type {import("./messages.mjs").Message} */ ({ v: 1, type: "token",
          fence: head.fence ?? "0", seq: head.seq, rev: Number(head.rev), prev: "0",
          slot: number_or_null(head.slot) ?? 0, ts: Date.now(),
          data: token_of_hashes(mint, head, metrics, day) });
      return this.#token_of_api(mint);
    });
  }

  /** @param {string} mint */
  async #token_of_api(mint) {
    const answer = await this.api.get(`/tokens/${mint}`);
    const { holders, ...data } = answer.data;
    return message_of_answer("token", answer, data);
  }

  /**
   * A token with all fields that the node knows: of the API, else of the keys.
   * @param {string} mint
   */
  async whole_token(mint) {
    try {
      return await this.#token_of_api(mint);
    } catch (error) {
      if (error instanceof Refused && error.code === "not_found") throw error;
      return this.token(mint);
    }
  }

  /**
   * The newest trades of a token, newest first, and what they hold for.
   * @param {string} mint @param {boolean} fresh
   */
  trades(mint, fresh) {
    return this.#counted("trades", async () => {
      const answer = await this.api.get(`/tokens/${mint}/trades`, { limit: trades_max }, fresh ? 0 : 1_000);
      return { seq: seq_of(answer), complete: answer.complete === true, trades: rows_of(answer) };
    });
  }

  /**
   * The newest candles of a token, oldest first, and what they hold for.
   * @param {string} mint @param {string} interval one of `intervals` @param {boolean} fresh
   */
  history(mint, interval, fresh) {
    return this.#counted("history", async () => {
      // All there is: the chart's default ends at a day.
      const query = { interval, limit: history_max, ...(interval === intervals[0] ? {} : { from: 0 }) };
      const answer = await this.api.get(`/tokens/${mint}/chart`, query, fresh ? 0 : history_ttl_ms);
      const data = is_object(answer.data) ? answer.data : {};
      const candles = Array.isArray(data.candles) ? data.candles : [];
      return {
        seq: seq_of(answer),
        complete: answer.complete === true,
        quote_mint: data.quote_mint ?? null,
        gaps: Array.isArray(data.gaps) ? data.gaps : [],
        candles: candles.filter((/** @type {any} */ x) => is_object(x) && Number.isSafeInteger(x.time)),
      };
    });
  }

  /**
   * A wallet as a `wallet` message with its positions: those of the key are only
   * what its last message touched, so the API adds the others.
   * @param {string} wallet @param {boolean} fresh
   */
  wallet(wallet, fresh) {
    return this.#counted("wallet", async () => {
      const stored = await this.#stored(`wallet:${wallet}`);
      const [head, positions] = await Promise.allSettled([
        stored ? null : this.api.get(`/wallets/${wallet}`),
        this.api.get(`/wallets/${wallet}/positions`, { limit: positions_max }, fresh ? 0 : 1_000),
      ]);
      if (head.status === "rejected") throw head.reason;
      const message = stored ?? message_of_answer("wallet", head.value,
        { ...head.value.data, positions: [] });
      const others = positions.status === "fulfilled" ? rows_of(positions.value) : [];
      return with_positions(message, message.data.positions, others);
    });
  }

  /** A board as a `leaderboard` message. @param {string} window one of `windows` */
  leaderboard(window) {
    return this.#counted("leaderboard", async () => {
      const stored = await this.#stored(`leaderboard:${window}`);
      if (stored) return stored;
      const [net, losses] = await Promise.all(["net", "losses"].map((by) =>
        this.api.get("/leaderboards/losers", { window, by })));
      return message_of_answer("leaderboard", net, { window, chain_time: net.as_of?.chain_time ?? null,
        net: rows_of(net), losses: rows_of(losses) });
    });
  }

  /** The market as a `market` message. */
  market() {
    return this.#counted("market", async () => {
      const stored = await this.#stored("market");
      if (stored) return stored;
      const answer = await this.api.get("/market");
      return message_of_answer("market", answer, answer.data);
    });
  }
}
