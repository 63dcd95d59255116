// What Socket.IO clients may ask for, and the limits that they meet.

import { Bucket } from "./bucket.mjs";
import { public_error, Refused } from "./errors.mjs";
import { log } from "./log.mjs";
import { intervals, is_address, is_object, windows } from "./messages.mjs";
import { rows_of } from "./snapshots.mjs";

/** Wrong requests in a row after which a client is disconnected. */
const refusals_max = 200;
const query_length_max = 64;
const results_max = 50;

/** @typedef {import("socket.io").Socket} Socket */

/** @param {unknown} x @param {string} field @returns {string} */
function address(x, field) {
  const value = is_object(x) ? x[field] : x;
  if (!is_address(value)) throw new Refused("invalid_parameter", `${field}: not a base58 address`);
  return value;
}

/** @param {unknown} x @param {string[]} otherwise */
function chosen_intervals(x, otherwise) {
  const value = is_object(x) && x.intervals !== undefined ? x.intervals : otherwise;
  if (!Array.isArray(value) || value.length > intervals.length || !value.every((y) => intervals.includes(y)))
    throw new Refused("invalid_parameter", `intervals: a list of ${intervals.join(", ")}`);
  return [...new Set(value)];
}

/**
 * The rooms that each topic names.
 * @type {Record<string, (x: unknown, otherwise: string[]) => string[]>}
 */
const topics = {
  token: (x, otherwise) => {
    const mint = address(x, "mint");
    return [`token:${mint}`, ...chosen_intervals(x, otherwise).map((y) => `candles:${mint}:${y}`)];
  },
  wallet: (x) => [`wallet:${address(x, "wallet")}`],
  leaderboard: (x) => {
    const window = is_object(x) ? x.window : x;
    if (typeof window !== "string" || !windows.includes(window))
      throw new Refused("invalid_parameter", `window: one of ${windows.join(", ")}`);
    return [`leaderboard:${window}`];
  },
  market: () => ["market:global"],
};

/**
 * @param {unknown} x
 * @returns {{ q: string, limit: number }}
 */
function read_search(x) {
  const { q, limit = 20 } = is_object(x) ? x : { q: x };
  if (typeof q !== "string" || q.trim() === "" || q.length > query_length_max)
    throw new Refused("invalid_parameter", `q: a text of 1 to ${query_length_max} characters`);
  if (!Number.isInteger(limit) || limit < 1 || limit > results_max)
    throw new Refused("invalid_parameter", `limit: 1 to ${results_max}`);
  return { q: q.trim(), limit };
}

/** One client. `data.rooms` are those it asked for: they outlive its connection
 * when it recovers. */
class Client {
  /** @param {Socket} socket @param {Parts} parts */
  constructor(socket, parts) {
    this.socket = socket;
    this.parts = parts;
    this.rooms = /** @type {Set<string>} */ (socket.data.rooms ??= new Set());
    this.bucket = new Bucket(parts.events_per_second, 2 * parts.events_per_second);
    this.refusals = 0;
  }

  /** Takes it in; what it recovered goes on. */
  start() {
    const { socket } = this;
    for (const topic of Object.keys(topics)) {
      this.#on(`subscribe:${topic}`, (x) => this.#subscribe(topics[topic](x, ["1m"])));
      this.#on(`unsubscribe:${topic}`, (x) => this.#unsubscribe(topics[topic](x, intervals)));
    }
    this.#on("search:tokens", (x) => this.#search(x));
    socket.onAny((event) => {
      if (!socket.listenerCount(event)) this.#refuse("other", undefined, event,
        new Refused("not_found", "no such event"));
    });
    // Not "disconnecting": the rooms that recovery keeps are read after that.
    socket.on("disconnect", (reason) => this.#leave_all(reason));
    for (const name of socket.recovered ? this.rooms : []) {
      this.parts.rooms.rejoin(socket, name);
      // What it did not get while it was behind is in no packet that is kept.
      if (socket.data.was_behind) this.parts.rooms.join(socket, name).catch(() => {});
    }
    socket.data.was_behind = false;
  }

  /** @param {string} event @param {(argument: unknown) => Promise<object>} answer */
  #on(event, answer) {
    this.socket.on(event, async (...words) => {
      const last = words.at(-1);
      const acknowledge = typeof last === "function" ? words.pop() : undefined;
      try {
        if (!this.bucket.take()) throw new Refused("too_many_requests", "slow down");
        const result = await answer(words[0]);
        this.refusals = 0;
        this.parts.metrics.requests.inc({ event, result: "ok" });
        acknowledge?.({ ok: true, ...result });
      } catch (error) {
        this.#refuse(event, acknowledge, event, error);
      }
    });
  }

  /**
   * @param {string} label of the metric: never what the client made up
   * @param {((answer: object) => void) | undefined} acknowledge
   * @param {string} event @param {unknown} error
   */
  #refuse(label, acknowledge, event, error) {
    if (!(error instanceof Refused)) log("error", "gateway failed to serve a client", { event: label, error: String(error) });
    const told = public_error(error);
    this.parts.metrics.requests.inc({ event: label, result: told.code });
    // What the node cannot do now is not the client's fault.
    if (told.code !== "unavailable" && told.code !== "gone") this.refusals += 1;
    if (this.refusals > refusals_max) {
      this.parts.metrics.cut.inc({ reason: "refusals" });
      this.socket.disconnect(true);
      return;
    }
    if (acknowledge) acknowledge({ ok: false, error: told });
    // One that does not read gets no more to read.
    else if (!this.parts.delivery.is_behind(this.socket))
      this.parts.delivery.to_socket(this.socket,
        { event: "error", key: null, payload: { ...told, event: event.slice(0, 64) }, bytes: 200 });
  }

  /** @param {string[]} names */
  async #subscribe(names) {
    const added = names.filter((x) => !this.rooms.has(x));
    if (this.rooms.size + added.length > this.parts.rooms_max)
      throw new Refused("too_many_rooms", `a client may be in ${this.parts.rooms_max} rooms`);
    for (const name of added) this.rooms.add(name);
    try {
      const whole = await Promise.all(names.map((x) => this.parts.rooms.join(this.socket, x)));
      return { rooms: names, whole: whole.every(Boolean) };
    } catch (error) {
      for (const name of added)
        if (!this.socket.rooms.has(name)) this.rooms.delete(name);
      throw error;
    }
  }

  /** @param {string[]} names */
  async #unsubscribe(names) {
    const left = names.filter((x) => this.rooms.delete(x));
    for (const name of left) this.parts.rooms.leave(this.socket, name, false);
    return { rooms: left };
  }

  /** @param {unknown} x */
  async #search(x) {
    const { q, limit } = read_search(x);
    const results = rows_of(await this.parts.api.get("/search", { q, limit }, 5_000));
    this.parts.delivery.to_socket(this.socket, { event: "search:results", key: "search",
      payload: { q, results }, bytes: 100 + 300 * results.length });
    return { q, results };
  }

  /** @param {string} reason */
  #leave_all(reason) {
    const may_return = !["client namespace disconnect", "server namespace disconnect"].includes(reason);
    this.socket.data.was_behind = this.parts.delivery.remove(this.socket);
    for (const name of this.rooms) this.parts.rooms.leave(this.socket, name, may_return);
  }
}

/**
 * @typedef {object} Parts
 * @property {import("./rooms.mjs").Rooms} rooms
 * @property {import("./api.mjs").NodeApi} api
 * @property {import("./delivery.mjs").Delivery} delivery
 * @property {import("./metrics.mjs").Metrics} metrics
 * @property {number} rooms_max
 * @property {number} events_per_second
 */

/**
 * Serves all clients of a server.
 * @param {import("socket.io").Server} io @param {Parts} parts
 */
export function serve_clients(io, parts) {
  io.on("connection", (socket) => {
    parts.delivery.add(socket);
    parts.metrics.clients.set(io.engine.clientsCount);
    socket.conn.on("close", () => parts.metrics.clients.set(io.engine.clientsCount));
    new Client(socket, parts).start();
  });
}
