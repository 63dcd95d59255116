// The channels of Redis that somebody listens to: subscribed with the first
// listener, left a while after the last one. Checks every message, drops what is
// repeated or comes from a node that was replaced, and tells holes.

import { public_error } from "./errors.mjs";
import { log } from "./log.mjs";
import { kind_of, parse_message } from "./messages.mjs";
import { Sequence } from "./sequence.mjs";

/** Names in one SUBSCRIBE. */
const subscribe_batch = 500;
const probe_ms = 5_000;
const refused_pause_ms = 1_000;

/** @typedef {import("./messages.mjs").Message} Message */

/**
 * @typedef {object} Listener
 * @property {(message: Message, bytes: number) => void} message `bytes`: length of its text
 * @property {(reason: "prev" | "reconnect" | "store") => void} [hole] messages before the
 *   last one, or before now, are missing: fetch a snapshot
 */

/**
 * @typedef {object} Channel
 * @property {string} name without prefix
 * @property {import("./messages.mjs").Kind} kind
 * @property {Set<Listener>} listeners
 * @property {Sequence} sequence
 * @property {Promise<boolean>} subscribed whether Redis confirmed it
 * @property {NodeJS.Timeout | null} linger runs when nobody listens
 */

/** @typedef {{ ready: Promise<boolean>, close: () => void }} Subscription */

export class ChannelHub {
  /** @type {Map<string, Channel>} */
  #channels = new Map();
  /** Highest fence of all messages (rule 1). */
  #fence = 0n;
  /** @type {string | null} */
  #store = null;
  /** @type {Set<(channel: string, text: string) => void>} */
  #samplers = new Set();
  #connected_before = false;
  #asking_owner = false;
  #up = false;
  /** @type {NodeJS.Timeout | null} */
  #probe = null;

  /**
   * @param {object} parts
   * @param {import("ioredis").Redis} parts.subscriber with autoResubscribe off; the hub's alone
   * @param {import("ioredis").Redis} parts.reader
   * @param {string} parts.prefix
   * @param {number} parts.linger_ms
   * @param {import("./metrics.mjs").Metrics} parts.metrics
   */
  constructor({ subscriber, reader, prefix, linger_ms, metrics }) {
    this.subscriber = subscriber;
    this.reader = reader;
    this.prefix = prefix;
    this.linger_ms = linger_ms;
    this.metrics = metrics;
    this.pattern = `${prefix.replace(/[\\*?[\]^-]/g, "\\$&")}trade:*`;
    subscriber.on("ready", () => this.#resubscribe());
    subscriber.on("close", () => this.#set_up(false));
    subscriber.on("message", (channel, text) => this.take(channel, text));
    subscriber.on("pmessage", (_, channel, text) => this.#sample(channel, text));
  }

  /** Whether the subscriptions stand. */
  get up() {
    return this.#up;
  }

  /** Subscribed channels, also those that nobody listens to for the moment. */
  get size() {
    return this.#channels.size;
  }

  /** Connects, and goes on trying. A link that is dead without a word is found
   * by a probe. */
  start() {
    this.subscriber.connect().catch(() => {});
    this.#probe = setInterval(() => {
      if (this.subscriber.status === "ready")
        this.subscriber.ping().catch(() => this.subscriber.disconnect(true));
    }, probe_ms);
    this.#probe.unref();
  }

  stop() {
    clearInterval(this.#probe ?? undefined);
    for (const channel of this.#channels.values()) clearTimeout(channel.linger ?? undefined);
    this.#channels.clear();
    this.subscriber.disconnect();
  }

  /**
   * Listens to a channel of the contract. What is published after `ready`
   * resolved with true is heard, or told as a hole. False: Redis is away; a hole
   * is told when it is back.
   * @param {string} name @param {Listener} listener @returns {Subscription}
   */
  listen(name, listener) {
    let channel = this.#channels.get(name);
    if (!channel) {
      const kind = kind_of(name);
      if (!kind) throw new Error("no such channel");
      channel = { name, kind, listeners: new Set(), sequence: new Sequence(), linger: null,
        subscribed: this.#subscribe([name]) };
      this.#channels.set(name, channel);
      this.metrics.channels.set(this.#channels.size);
    }
    const joined = channel;
    clearTimeout(joined.linger ?? undefined);
    joined.linger = null;
    joined.listeners.add(listener);
    return {
      ready: joined.subscribed,
      close: () => {
        if (joined.listeners.delete(listener) && !joined.listeners.size) this.#leave_later(joined);
      },
    };
  }

  /**
   * Hears of all trades, unparsed: for samples. No order, no holes.
   * @param {(channel: string, text: string) => void} sampler
   * @returns {() => void} ends it
   */
  sample_trades(sampler) {
    this.#samplers.add(sampler);
    if (this.#samplers.size === 1) this.subscriber.psubscribe(this.pattern).catch(() => {});
    return () => {
      if (this.#samplers.delete(sampler) && !this.#samplers.size)
        this.subscriber.punsubscribe(this.pattern).catch(() => {});
    };
  }

  /**
   * Reads a message; null when it is none, which is counted.
   * @param {import("./messages.mjs").Kind} kind @param {string} text
   */
  parse(kind, text) {
    try {
      return parse_message(kind, text);
    } catch (error) {
      this.metrics.refused.inc({ reason: public_error(error).code });
      return null;
    }
  }

  /**
   * What Redis brought: any bytes whatever.
   * @param {string} full_name with prefix @param {string} text
   */
  take(full_name, text) {
    const channel = this.#channels.get(full_name.slice(this.prefix.length));
    if (!channel) return;
    const message = this.parse(channel.kind, text);
    if (!message) return;
    const fence = BigInt(message.fence);
    if (fence < this.#fence) {
      this.metrics.refused.inc({ reason: "replaced" });
      this.#ask_owner();
      return;
    }
    this.#fence = fence;
    const order = channel.sequence.take(message);
    if (order === "repetition") {
      this.metrics.refused.inc({ reason: "repetition" });
      return;
    }
    this.metrics.messages.inc({ type: message.type });
    this.#tell(channel, (x) => x.message(message, text.length));
    if (order === "hole") this.#tell_hole(channel, "prev");
  }

  /** @param {Channel} channel @param {(listener: Listener) => void} call */
  #tell(channel, call) {
    for (const listener of channel.listeners) {
      try {
        call(listener);
      } catch (error) {
        // Our own mistake, and one message: the others must not suffer.
        this.metrics.refused.inc({ reason: "failed" });
        log("error", "hub failed to pass on", { channel: channel.kind.type, error: String(error) });
      }
    }
  }

  /** @param {Channel} channel @param {"prev" | "reconnect" | "store"} reason */
  #tell_hole(channel, reason) {
    this.metrics.holes.inc({ reason });
    this.#tell(channel, (x) => x.hole?.(reason));
  }

  /** @param {string} channel @param {string} text */
  #sample(channel, text) {
    for (const sampler of this.#samplers) sampler(channel.slice(this.prefix.length), text);
  }

  /** @param {string[]} names @returns {Promise<boolean>} */
  async #subscribe(names) {
    try {
      await this.subscriber.subscribe(...names.map((x) => this.prefix + x));
      return true;
    } catch (error) {
      // It is on the list: the next connection subscribes it.
      if (this.subscriber.status === "ready")
        log("warning", "redis refused a subscription", { error: String(error) });
      return false;
    }
  }

  /** @param {Channel} channel */
  #leave_later(channel) {
    channel.linger = setTimeout(() => {
      this.#channels.delete(channel.name);
      this.metrics.channels.set(this.#channels.size);
      this.subscriber.unsubscribe(this.prefix + channel.name).catch(() => {});
    }, this.linger_ms);
  }

  /** @param {boolean} up */
  #set_up(up) {
    if (this.#up !== up)
      log(up ? "info" : "warning", up ? "redis is connected" : "redis is away; trying again");
    this.#up = up;
    this.metrics.redis_up.set(up ? 1 : 0);
  }

  /** A new connection knows no channel; what was published meanwhile is lost. */
  async #resubscribe() {
    const channels = [...this.#channels.values()];
    if (this.#samplers.size) this.subscriber.psubscribe(this.pattern).catch(() => {});
    const names = channels.map((x) => x.name);
    for (let i = 0; i < names.length; i += subscribe_batch)
      if (!await this.#subscribe(names.slice(i, i + subscribe_batch))) {
        // Cut again, or refused (rights?): a new connection, a new try.
        setTimeout(() => this.subscriber.disconnect(true), refused_pause_ms).unref();
        return;
      }
    this.#set_up(true);
    await this.#read_owner();
    const reason = this.#connected_before ? "reconnect" : null;
    this.#connected_before = true;
    for (const channel of channels) {
      channel.subscribed = Promise.resolve(true);
      if (reason) this.#tell_hole(channel, reason);
    }
  }

  /** Asks once, however many messages wonder. */
  async #ask_owner() {
    if (this.#asking_owner) return;
    this.#asking_owner = true;
    await this.#read_owner();
    setTimeout(() => (this.#asking_owner = false), 1_000).unref();
  }

  /** Fences of another store begin anew: so does everything here. */
  async #read_owner() {
    const text = await this.reader.get(`${this.prefix}pumpscope:owner`).catch(() => null);
    const found = /^(\d{1,20}):(\d{1,39})$/.exec(text ?? "");
    if (!found) return;
    const known = this.#store;
    this.#store = found[1];
    if (known === null || known === found[1]) return;
    log("warning", "another store publishes now", { fence: found[2] });
    this.#fence = BigInt(found[2]);
    for (const channel of this.#channels.values()) {
      channel.sequence.reset();
      this.#tell_hole(channel, "store");
    }
  }
}
