// What goes to clients, and what does not when they read too slowly.
//
// A message for a room is encoded once for all members. A member for whom more
// than `buffer_size` waits leaves this fast path: of each state only the newest
// waits for it, events (trades, new tokens) are left out, which the `prev` of
// the next one tells. When it has read on, it gets what waits and is back; when
// it does not for `behind_ms`, it is disconnected and may come again.

import { SessionAwareAdapter } from "socket.io-adapter";

const pump_ms = 50;
/** What a recovering client may have missed: packets and bytes in memory. */
const recovery_packets_max = 20_000;
const recovery_bytes_max = 64 << 20;
/** Clients that are gone and may come back. */
const sessions_max = 20_000;

/** @typedef {import("socket.io").Socket} Socket */

/**
 * @typedef {object} Delivered one event for clients
 * @property {string} event
 * @property {string | null} key newer ones with this key replace older ones that wait;
 *   null: left out for those who are behind
 * @property {any} payload
 * @property {number} bytes about the length of its text
 */

/** Lengths of payloads that were sent, for the adapter. @type {WeakMap<object, number>} */
const lengths = new WeakMap();

/** The adapter that keeps packets for clients that come back, with a bound. */
export class BoundedSessionAdapter extends SessionAwareAdapter {
  /** @type {number[]} of each kept packet */
  #bytes = [];
  #sum = 0;

  /** @param {any} session */
  persistSession(session) {
    const { sessions } = /** @type {any} */ (this);
    if (sessions.size >= sessions_max) sessions.delete(sessions.keys().next().value);
    super.persistSession(session);
  }

  /** @param {any} packet @param {any} options */
  broadcast(packet, options) {
    const kept = /** @type {any} */ (this).packets;
    const before = kept.length;
    super.broadcast(packet, options);
    // The base class drops what is too old, from time to time.
    while (this.#bytes.length > before) this.#sum -= /** @type {number} */ (this.#bytes.shift());
    if (kept.length > before) {
      const bytes = lengths.get(packet.data[1]) ?? 256;
      this.#bytes.push(bytes);
      this.#sum += bytes;
    }
    if (kept.length > recovery_packets_max || this.#sum > recovery_bytes_max) {
      // A quarter at once: moving an array costs what it holds.
      const gone = Math.ceil(kept.length / 4);
      kept.splice(0, gone);
      for (const x of this.#bytes.splice(0, gone)) this.#sum -= x;
    }
  }
}

/** What waits for one client. */
class Outbox {
  /** Handed to the transport, which has not written it yet. */
  #in_flight = 0;
  /** Handed to Engine.IO since. */
  #queued = 0;
  /** States that wait until it has read on. @type {Map<string, Delivered>} */
  held = new Map();
  held_bytes = 0;
  behind_since_ms = 0;

  /** @param {Socket} socket */
  constructor(socket) {
    this.socket = socket;
    socket.conn.on("flush", () => {
      this.#in_flight = this.#queued;
      this.#queued = 0;
    });
  }

  get behind() {
    return this.behind_since_ms > 0;
  }

  /** Bytes that were sent and not written to the network. */
  get waiting() {
    return this.socket.conn.transport.writable ? 0 : this.#in_flight + this.#queued;
  }

  /** Counts what is about to be emitted. @param {number} bytes */
  count(bytes) {
    this.#queued += bytes;
  }

  /** @param {Delivered} x */
  hold(x) {
    const key = /** @type {string} */ (x.key);
    this.held_bytes += x.bytes - (this.held.get(key)?.bytes ?? 0);
    this.held.delete(key);
    this.held.set(key, x);
  }

  /** The one that waits longest. */
  next() {
    const [[key, x]] = this.held;
    this.held.delete(key);
    this.held_bytes -= x.bytes;
    return x;
  }
}

export class Delivery {
  /** @type {Map<string, Outbox>} by id of the socket */
  #outboxes = new Map();
  /** @type {Set<Outbox>} */
  #behind = new Set();

  /**
   * @param {object} parts
   * @param {import("socket.io").Server} parts.io
   * @param {number} parts.buffer_size
   * @param {number} parts.behind_ms
   * @param {import("./metrics.mjs").Metrics} parts.metrics
   * @param {() => number} [parts.now_ms]
   */
  constructor({ io, buffer_size, behind_ms, metrics, now_ms = () => performance.now() }) {
    this.io = io;
    this.buffer_size = buffer_size;
    this.behind_ms = behind_ms;
    this.metrics = metrics;
    this.now_ms = now_ms;
    this.timer = setInterval(() => this.pump(), pump_ms);
    this.timer.unref();
  }

  stop() {
    clearInterval(this.timer);
  }

  /** @param {Socket} socket */
  add(socket) {
    this.#outboxes.set(socket.id, new Outbox(socket));
  }

  /**
   * Tells whether it was behind: then what it recovers is not all.
   * @param {Socket} socket
   */
  remove(socket) {
    const outbox = this.#outboxes.get(socket.id);
    this.#outboxes.delete(socket.id);
    if (!outbox || !this.#behind.delete(outbox)) return false;
    this.metrics.clients_behind.set(this.#behind.size);
    return true;
  }

  /**
   * To everyone in a room.
   * @param {string} room
   * @param {Delivered} x
   * @param {string[]} [others] ids of sockets that have it already
   */
  to_room(room, x, others = []) {
    const except = [...others];
    for (const id of this.io.sockets.adapter.rooms.get(room) ?? []) {
      const outbox = this.#outboxes.get(id);
      if (!outbox || others.includes(id)) continue;
      if (this.#takes(outbox, x)) outbox.count(x.bytes);
      else {
        this.#put_aside(outbox, x);
        except.push(id);
      }
    }
    lengths.set(x.payload, x.bytes);
    this.io.to(room).except(except).emit(x.event, x.payload);
  }

  /** To one client. @param {Socket} socket @param {Delivered} x */
  to_socket(socket, x) {
    const outbox = this.#outboxes.get(socket.id);
    if (!outbox) return;
    if (this.#takes(outbox, x)) this.#emit(outbox, x);
    else this.#put_aside(outbox, x);
  }

  /** Whether something small may be answered directly. @param {Socket} socket */
  is_behind(socket) {
    return this.#outboxes.get(socket.id)?.behind ?? true;
  }

  /** @param {Outbox} outbox @param {Delivered} x */
  #takes(outbox, x) {
    if (outbox.behind) return false;
    const waiting = outbox.waiting;
    return waiting === 0 || waiting + x.bytes <= this.buffer_size;
  }

  /** @param {Outbox} outbox @param {Delivered} x */
  #emit(outbox, x) {
    outbox.count(x.bytes);
    lengths.set(x.payload, x.bytes);
    outbox.socket.emit(x.event, x.payload);
  }

  /** @param {Outbox} outbox @param {Delivered} x */
  #put_aside(outbox, x) {
    if (!outbox.behind) {
      outbox.behind_since_ms = this.now_ms();
      this.#behind.add(outbox);
      this.metrics.clients_behind.set(this.#behind.size);
    }
    if (x.key === null) this.metrics.left_out.inc({ event: x.event });
    else outbox.hold(x);
  }

  /** Gives those who are behind what fits, and sends away who stays behind. */
  pump() {
    const now = this.now_ms();
    for (const outbox of this.#behind) {
      while (outbox.held.size && outbox.waiting <= this.buffer_size / 2)
        this.#emit(outbox, outbox.next());
      if (!outbox.held.size && outbox.waiting <= this.buffer_size / 2) {
        outbox.behind_since_ms = 0;
        this.#behind.delete(outbox);
      } else if (now - outbox.behind_since_ms > this.behind_ms
                 || outbox.held_bytes > 4 * this.buffer_size + (4 << 20)) {
        this.metrics.cut.inc({ reason: "slow" });
        // Its connection only, and not politely, as it would not read that either:
        // the client comes again, and gets snapshots.
        /** @type {any} */ (outbox.socket.conn.transport).socket.terminate();
        this.#behind.delete(outbox);
        outbox.held.clear();
      }
    }
    this.metrics.clients_behind.set(this.#behind.size);
  }
}
