// Rooms: who is in them, what they hear, and how a snapshot and the stream
// become one.
//
// A room listens to its channels before it fetches a snapshot. What comes in
// between is laid over the snapshot, and the client joins the room in the same
// turn in which it gets that: it misses nothing. A snapshot may hold more than
// the stream has brought so far; the client (or the room, after a hole) is then
// passed over until the stream is beyond it: it gets nothing twice. It may also
// hold for a moment before the room began to listen, as answers of the API come
// from caches: the room asks once more when none can be that old, and tells what
// was missing.

import { Refused } from "./errors.mjs";
import { Bucket } from "./bucket.mjs";
import { kind_of } from "./messages.mjs";
import { compare, position_of } from "./sequence.mjs";
import { candle_row, history_max, is_answer, position_id, trades_max, with_positions } from "./snapshots.mjs";
import { Turns } from "./turns.mjs";

/** After this a room goes on without Redis: a hole is told when it is back. */
const subscribe_wait_ms = 3_000;
const refresh_pause_ms = 1_000;
const refresh_pause_max_ms = 30_000;
const refreshes_max = 8;
/** The node answers with what it made up to half a second ago, and took some time
 * to make: what is asked for this long after a moment holds for that moment. */
const answer_age_max_ms = 1_500;
/** Of all clients together, and those that nobody is in for a moment. */
const rooms_max = 50_000;
/** Candles that changed of late: more than a chart in the cache may lack. */
const recent_candles_max = 128;
const sampled_per_second = 20;
const positions_heard_max = 1_000;

/** @typedef {import("socket.io").Socket} Socket */
/** @typedef {import("./messages.mjs").Message} Message */
/** @typedef {import("./delivery.mjs").Delivered} Delivered */

/**
 * What rooms share.
 * @typedef {object} Parts
 * @property {import("./hub.mjs").ChannelHub} hub
 * @property {import("./snapshots.mjs").Snapshots} snapshots
 * @property {import("./delivery.mjs").Delivery} delivery
 * @property {import("./metrics.mjs").Metrics} metrics
 * @property {number} recovery_ms
 */

/** What was fetched for a snapshot. `whole`: false when a part was not to be had.
 * `seq`: the stream up to it is in the snapshot.
 * @typedef {{ seq: string, whole: boolean, [part: string]: any }} Fetched */

/** Passes on what comes, and makes snapshots; a subclass for each kind of room. */
class Room {
  /** @type {import("./hub.mjs").Subscription[]} */
  #subscriptions = [];
  /** Members, and those who are on their way in. @type {Set<string>} */
  members = new Set();
  /** id of a member -> what its snapshot holds beyond the stream. @type {Map<string, bigint>} */
  #ahead = new Map();
  /** What a snapshot for all members held. */
  #floor = 0n;
  #refreshing = false;
  #refresh_again = false;
  /** @type {NodeJS.Timeout | null} */
  #check = null;
  /** What members were told that may be too old; the first of several.
   * @type {Fetched | null} */
  #unchecked = null;
  closed = false;
  /** Of a room that nobody is in. @type {NodeJS.Timeout | null} */
  linger = null;

  /** @param {Rooms} rooms @param {string} name @param {string[]} channels */
  constructor(rooms, name, channels) {
    this.rooms = rooms;
    this.parts = rooms.parts;
    this.name = name;
    this.#subscriptions = channels.map((channel) => this.parts.hub.listen(channel, {
      message: (message, bytes) => this.take(message, bytes),
      hole: (reason) => this.on_hole(message_type(channel), reason),
    }));
    this.ready = this.#wait();
  }

  async #wait() {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    await Promise.race([
      Promise.all(this.#subscriptions.map((x) => x.ready)),
      new Promise((resolve) => (timer = setTimeout(resolve, subscribe_wait_ms))),
    ]);
    clearTimeout(timer);
  }

  /** Ends it. */
  close() {
    this.closed = true;
    clearTimeout(this.linger ?? undefined);
    clearTimeout(this.#check ?? undefined);
    for (const x of this.#subscriptions) x.close();
  }

  /**
   * What a snapshot needs from outside. `fresh`: not from our cache; `after_hole`:
   * what the stream told before may be too old.
   * @param {boolean} _fresh @param {boolean} _after_hole @returns {Promise<Fetched>}
   */
  async fetch(_fresh, _after_hole) {
    throw new Error("a kind of room fetches");
  }

  /** The snapshot as of now. @param {Fetched} _fetched @returns {Delivered[]} */
  compose(_fetched) {
    throw new Error("a kind of room composes");
  }

  /**
   * Whether `told` and the stream since then lack something of what was fetched.
   * @param {Fetched} _told @param {Fetched} _fetched
   */
  lacks(_told, _fetched) {
    return false;
  }

  /** @param {Message} _message @param {number} _bytes */
  take(_message, _bytes) {
    throw new Error("a kind of room takes");
  }

  /** @param {string} _type of the channel @param {string} _reason */
  on_hole(_type, _reason) {
    this.refresh();
  }

  /**
   * Gives a client the snapshot, and the stream from then on. Tells whether the
   * snapshot was whole; if not, the room gets one when it can be had.
   * @param {Socket} socket @param {() => boolean} wanted still, when it is there
   */
  async join(socket, wanted) {
    await this.ready;
    const fetched = await this.fetch(false, false);
    if (!wanted() || this.closed) throw new Refused("gone", "left meanwhile");
    for (const x of this.compose(fetched)) this.parts.delivery.to_socket(socket, x);
    socket.join(this.name);
    this.#ahead.set(socket.id, BigInt(fetched.seq));
    if (!fetched.whole) this.refresh();
    else if (!this.#is_checked) this.#check_later(fetched);
    return fetched.whole;
  }

  /** Whether an answer was told that was asked for long enough after the room
   * began to listen, or after a hole: caches hold none that is older then. */
  #is_checked = false;

  #forget_check() {
    clearTimeout(this.#check ?? undefined);
    this.#check = null;
    this.#unchecked = null;
    this.#is_checked = false;
  }

  /** @param {Fetched} told */
  #check_later(told) {
    const first = (this.#unchecked ??= told);
    this.#check ??= setTimeout(async () => {
      this.#check = null;
      const fetched = await this.rooms.turns.run(() => this.fetch(true, false)).catch(() => null);
      // After a hole it is another snapshot that is checked.
      if (this.closed || this.#unchecked !== first) return;
      if (!fetched?.whole) {
        this.refresh();
        return;
      }
      this.#unchecked = null;
      this.#is_checked = true;
      if (this.lacks(first, fetched)) this.#tell_all(fetched);
    }, answer_age_max_ms).unref();
  }

  /** @param {Fetched} fetched */
  #tell_all(fetched) {
    const seq = BigInt(fetched.seq);
    if (seq > this.#floor) this.#floor = seq;
    for (const x of this.compose(fetched)) this.parts.delivery.to_room(this.name, x);
  }

  /** @param {string} id of a socket */
  leave(id) {
    this.members.delete(id);
    this.#ahead.delete(id);
  }

  /**
   * A message of the stream, for all whose snapshots do not hold it.
   * @param {Message} message @param {Delivered} x
   */
  pass_on(message, x) {
    const seq = BigInt(message.seq);
    if (seq <= this.#floor) return;
    const others = [];
    for (const [id, up_to] of this.#ahead)
      if (seq <= up_to) others.push(id);
      else this.#ahead.delete(id);
    this.parts.delivery.to_room(this.name, x, others);
  }

  /** A new snapshot for all members: messages were missing. Tries until it has
   * one, or nobody is left. */
  async refresh() {
    this.#refresh_again = true;
    if (this.#refreshing) return;
    this.#refreshing = true;
    let pause = refresh_pause_ms;
    let told = false;
    while (this.#refresh_again && !this.closed) {
      this.#refresh_again = false;
      await this.ready;
      // All rooms may need it at once: a few at a time.
      const fetched = await this.rooms.turns.run(() => this.fetch(true, true)).catch(() => null);
      if (this.closed) break;
      // A part is told once; the whole is told when it can be had.
      if (fetched && (fetched.whole || !told)) {
        told = true;
        this.#tell_all(fetched);
        // It may be from before the hole.
        this.#forget_check();
        if (fetched.whole) this.#check_later(fetched);
      }
      const whole = fetched?.whole ?? false;
      if (!whole) this.#refresh_again = true;
      if (this.#refresh_again) {
        await new Promise((resolve) => setTimeout(resolve, pause).unref());
        pause = whole ? refresh_pause_ms : Math.min(2 * pause, refresh_pause_max_ms);
      }
    }
    this.#refreshing = false;
  }

  /** Another store publishes: its numbers begin anew. */
  forget_numbers() {
    this.#floor = 0n;
    this.#ahead.clear();
  }
}

/** @param {string} channel */
const message_type = (channel) => /** @type {any} */ (kind_of(channel)).type;

/** The key of a trade. @param {any} x */
const place_of = (x) => `${x.slot} ${x.tx_index} ${x.ix_path}`;

/** Of two states of a candle the newer one has more: one that closes has no more
 * trades than before. @param {any} x */
const age_of = (x) => 2 * Number(x.trades) + (x.closed === true ? 1 : 0);

/** @param {any} x */
const length_of = (x) => JSON.stringify(x).length;

/** One channel whose messages are whole states: wallet, leaderboard, market. */
class StateRoom extends Room {
  /** Newest of stream and snapshots: everyone in the room has it. @type {Message | null} */
  state = null;

  /** @param {Rooms} rooms @param {string} name @param {string} channel
   * @param {string} event @param {(fresh: boolean) => Promise<Message>} fetch_state
   * @param {string[]} more channels */
  constructor(rooms, name, channel, event, fetch_state, more = []) {
    super(rooms, name, [channel, ...more]);
    this.channel = channel;
    this.event = event;
    this.fetch_state = fetch_state;
  }

  /** What a join can use without asking anyone: after a message of the stream,
   * only the next one is newer. */
  get is_known() {
    return this.state !== null;
  }

  /** @override @param {boolean} fresh @param {boolean} after_hole @returns {Promise<Fetched>} */
  async fetch(fresh, after_hole) {
    if (this.is_known && !after_hole) return { seq: "0", whole: true };
    try {
      const found = await this.fetch_state(fresh);
      const before = this.state;
      this.state = this.merged(found, after_hole);
      // A refresh tells the room anyway.
      if (before && this.state !== before && !fresh) this.tell(this.state, length_of(this.state));
      return { seq: "0", whole: true };
    } catch (error) {
      // That nobody knows anything of it yet is no failure.
      return { seq: "0", whole: error instanceof Refused && error.code === "not_found" };
    }
  }

  /** The newer of `state` and what was fetched. @param {Message} found @param {boolean} after_hole */
  merged(found, after_hole) {
    if (!this.state) return found;
    // An answer of the API is newer than what came before a hole.
    if (is_answer(found)) return after_hole ? found : this.state;
    return compare(position_of(found), position_of(this.state)) > 0 ? found : this.state;
  }

  /** @override @returns {Delivered[]} */
  compose(/** @type {Fetched} */ _fetched) {
    return this.state ? [this.delivered(this.state, length_of(this.state))] : [];
  }

  /** @param {Message} message @param {number} bytes @returns {Delivered} */
  delivered(message, bytes) {
    return { event: this.event, key: this.channel, payload: message, bytes };
  }

  /** To the whole room: states know no ones that are ahead.
   * @param {Message} message @param {number} bytes */
  tell(message, bytes) {
    this.parts.delivery.to_room(this.name, this.delivered(message, bytes));
  }

  /** @override @param {Message} message @param {number} bytes */
  take(message, bytes) {
    // A snapshot was ahead of the stream: everyone has what this tells.
    if (this.state && compare(position_of(message), position_of(this.state)) <= 0) return;
    this.state = message;
    this.tell(message, bytes);
  }

  /** @override @param {string} type @param {string} reason */
  on_hole(type, reason) {
    if (reason === "store") {
      this.forget_numbers();
      this.state = null;
    }
    // After the newest message nothing is missing: it is whole.
    if (reason !== "prev") this.refresh();
  }
}

/** A wallet: its messages hold only the positions that changed; the room knows
 * the others, too, and tells all. */
class WalletRoom extends StateRoom {
  /** Positions that the stream told: no answer is newer. @type {Set<string>} */
  #heard = new Set();

  /** @override */
  get is_known() {
    return false;
  }

  /** @override @param {boolean} fresh @param {boolean} after_hole @returns {Promise<Fetched>} */
  async fetch(fresh, after_hole) {
    const text = () => JSON.stringify(this.state?.data.positions.map((/** @type {any} */ x) => JSON.stringify(x)).sort());
    const before = text();
    const fetched = await super.fetch(fresh, after_hole);
    return { ...fetched, has_more: before !== text() };
  }

  /** @override @param {Fetched} _told @param {Fetched} fetched */
  lacks(_told, fetched) {
    return fetched.has_more;
  }

  /** @override @param {Message} found @param {boolean} after_hole */
  merged(found, after_hole) {
    const base = super.merged(found, after_hole);
    if (!this.state) return base;
    const known = this.state.data.positions;
    if (base !== this.state) return with_positions(base, found.data.positions, known);
    const heard = known.filter((/** @type {any} */ x) => this.#heard.has(position_id(x)));
    const newest = with_positions(base, heard, found.data.positions);
    return with_positions(newest, newest.data.positions, known);
  }

  /** @override @param {Message} message @param {number} bytes */
  take(message, bytes) {
    for (const x of message.data.positions) this.#heard.add(position_id(x));
    const others = this.state?.data.positions ?? [];
    super.take(with_positions(message, message.data.positions, others), bytes + 600 * others.length);
    if (this.#heard.size > positions_heard_max) this.#heard.clear();
  }

  /** @override @param {string} type @param {string} reason */
  on_hole(type, reason) {
    this.#heard.clear();
    super.on_hole(type, reason);
    if (reason === "prev") this.refresh();
  }
}

/** The market, new and graduated tokens, and a sample of all trades. */
class MarketRoom extends StateRoom {
  /** @param {Rooms} rooms @param {string} name */
  constructor(rooms, name) {
    super(rooms, name, "market", "market:snapshot", () => rooms.parts.snapshots.market(),
      ["tokens:new", "tokens:graduated"]);
    this.bucket = new Bucket(sampled_per_second, sampled_per_second);
    this.end_sample = this.parts.hub.sample_trades((channel, text) => this.sample(channel, text));
  }

  /** @override */
  close() {
    this.end_sample();
    super.close();
  }

  /** @param {string} channel @param {string} text */
  sample(channel, text) {
    if (!this.bucket.take()) return;
    const kind = kind_of(channel);
    const message = kind?.type === "trade" ? this.parts.hub.parse(kind, text) : null;
    if (message)
      this.parts.delivery.to_room(this.name,
        { event: "market:trade", key: null, payload: message, bytes: text.length });
  }

  /** @override @param {Message} message @param {number} bytes */
  take(message, bytes) {
    if (message.type === "market") return super.take(message, bytes);
    const event = message.type === "token_new" ? "token:new" : "graduation";
    this.pass_on(message, { event, key: null, payload: message, bytes });
  }
}

/** A token: its state, and each of its trades. */
class TokenRoom extends StateRoom {
  /** Newest last. @type {Message[]} */
  #recent = [];
  /** @type {number | null} */
  #chart_rev = null;

  /** @param {Rooms} rooms @param {string} mint */
  constructor(rooms, mint) {
    super(rooms, `token:${mint}`, `token:${mint}`, "token", () => rooms.parts.snapshots.token(mint),
      [`trade:${mint}`]);
    this.mint = mint;
  }

  /** @override @param {boolean} fresh @param {boolean} after_hole @returns {Promise<Fetched>} */
  async fetch(fresh, after_hole) {
    const [state, trades] = await Promise.allSettled(
      [super.fetch(fresh, after_hole), this.parts.snapshots.trades(this.mint, fresh)]);
    const found = state.status === "fulfilled" && state.value.whole;
    if (trades.status === "fulfilled") return { ...trades.value, whole: found };
    const unknown = trades.reason instanceof Refused && trades.reason.code === "not_found";
    return { seq: "0", whole: found && unknown, complete: false, trades: [] };
  }

  /** @override @param {Fetched} fetched @returns {Delivered[]} */
  compose(fetched) {
    const before = fetched.trades;
    const known = new Set(before.map(place_of));
    const since = this.#recent.map((x) => x.data).filter((x) => !known.has(place_of(x))).reverse();
    const trades = [...since, ...before]
      .sort((x, y) => y.slot - x.slot || y.tx_index - x.tx_index || y.ix_path - x.ix_path)
      .slice(0, trades_max);
    const last = this.#recent.at(-1)?.seq ?? "0";
    const seq = BigInt(fetched.seq) > BigInt(last) ? fetched.seq : last;
    const state = this.state;
    const payload = {
      v: 1, type: "token:snapshot", mint: this.mint,
      fence: state?.fence ?? "0", seq: state?.seq ?? "0", rev: state?.rev ?? 0, slot: state?.slot ?? 0,
      ts: Date.now(), trades_seq: seq === "0" ? null : seq, complete: fetched.complete === true,
      token: state?.data ?? null, trades,
    };
    return [{ event: "token:snapshot", key: `snapshot:${this.mint}`, payload,
      bytes: 2_000 + 900 * trades.length }];
  }

  /** @override @param {Fetched} told @param {Fetched} fetched */
  lacks(told, fetched) {
    const known = new Set([...told.trades, ...this.#recent.map((x) => x.data)].map(place_of));
    return fetched.trades.some((/** @type {any} */ x) => !known.has(place_of(x)));
  }

  /** @override @param {Message} message @param {number} bytes */
  take(message, bytes) {
    if (message.type === "trade") {
      this.#recent.push(message);
      if (this.#recent.length > trades_max) this.#recent.shift();
      this.pass_on(message, { event: "trade", key: null, payload: message, bytes });
      return;
    }
    super.take(message, bytes);
    // Its history was folded again: charts that were told are not true any more.
    const chart_rev = message.data.chart_rev ?? 0;
    if (this.#chart_rev !== null && chart_rev > this.#chart_rev) this.rooms.refresh_charts(this.mint);
    this.#chart_rev = chart_rev;
  }

  /** @override @param {string} type @param {string} reason */
  on_hole(type, reason) {
    if (reason === "store") this.#recent = [];
    super.on_hole(type, reason);
    if (type === "trade" && reason === "prev") this.refresh();
  }
}

/** Candles of a token in one interval. */
class CandleRoom extends Room {
  /** Newest message of each candle that changed of late. @type {Map<number, Message>} */
  #recent = new Map();
  /** Rises when one had to be forgotten. */
  #forgotten = 0;

  /** @param {Rooms} rooms @param {string} mint @param {string} interval */
  constructor(rooms, mint, interval) {
    super(rooms, `candles:${mint}:${interval}`, [`candle:${mint}:${interval}`]);
    this.mint = mint;
    this.interval = interval;
  }

  /** @override @param {boolean} fresh @returns {Promise<Fetched>} */
  async fetch(fresh) {
    try {
      const before = this.#forgotten;
      let history = await this.parts.snapshots.history(this.mint, this.interval, fresh);
      // What changed meanwhile was too much to keep: only a newer chart has it.
      if (before !== this.#forgotten)
        history = await this.parts.snapshots.history(this.mint, this.interval, true);
      return { ...history, whole: true };
    } catch (error) {
      const unknown = error instanceof Refused && error.code === "not_found";
      return { seq: "0", whole: unknown, complete: false, quote_mint: null, gaps: [], candles: [] };
    }
  }

  /** @override @param {Fetched} fetched @returns {Delivered[]} */
  compose(fetched) {
    // What is no history must not replace one.
    if (!fetched.whole) return [];
    const rows = new Map(fetched.candles.map((/** @type {any} */ x) => [x.time, candle_row(x)]));
    const as_of = BigInt(fetched.seq);
    for (const [time, message] of this.#recent) {
      // The chart may hold for less than it says of a candle that is open: more
      // trades are newer, whatever the numbers are.
      const row = rows.get(time);
      if (!row || BigInt(message.seq) >= as_of || age_of(message.data) > age_of(row))
        rows.set(time, candle_row(message.data));
    }
    const candles = [...rows.values()].sort((x, y) => x.time - y.time).slice(-history_max);
    const [any] = this.#recent.values();
    const payload = {
      v: 1, type: "token:history", mint: this.mint, interval: this.interval,
      quote_mint: fetched.quote_mint ?? any?.data.quote_mint ?? null, seq: fetched.seq, ts: Date.now(),
      complete: fetched.complete === true, gaps: fetched.gaps, candles,
    };
    return [{ event: "token:history", key: this.name, payload, bytes: 500 + 450 * candles.length }];
  }

  /** @override @param {Fetched} told @param {Fetched} fetched */
  lacks(told, fetched) {
    const known = new Map(told.candles.map((/** @type {any} */ x) => [x.time, age_of(x)]));
    for (const [time, { data }] of this.#recent) known.set(time, Math.max(known.get(time) ?? 0, age_of(data)));
    return fetched.candles.some((/** @type {any} */ x) => age_of(x) > (known.get(x.time) ?? 0));
  }

  /** @override @param {Message} message @param {number} bytes */
  take(message, bytes) {
    const time = message.data.time;
    this.#recent.delete(time);
    this.#recent.set(time, message);
    if (this.#recent.size > recent_candles_max) {
      const [oldest] = this.#recent.keys();
      this.#recent.delete(oldest);
      this.#forgotten += 1;
    }
    // Also to those whose history is ahead: a candle whose history was folded
    // again is newer than its `seq` tells, and none may be missed.
    this.parts.delivery.to_room(this.name,
      { event: "candle", key: `${this.name}:${time}`, payload: message, bytes });
  }

  /** @override @param {string} type @param {string} reason */
  on_hole(type, reason) {
    // What was heard before the hole may be older than a chart that tells a lower
    // `seq` than it holds: only the message that told the hole is not.
    const newest = reason === "prev" ? [...this.#recent].at(-1) : undefined;
    this.#recent.clear();
    if (newest) this.#recent.set(...newest);
    super.on_hole(type, reason);
  }
}

/** All rooms of a gateway. */
export class Rooms {
  /** @type {Map<string, Room>} */
  #rooms = new Map();
  /** For what loads the servers. */
  turns = new Turns(refreshes_max, rooms_max);

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  get size() {
    return this.#rooms.size;
  }

  /** @param {string} name made by the functions below @returns {Room} */
  #make(name) {
    const [kind, key, interval] = name.split(":");
    const { snapshots } = this.parts;
    if (kind === "token") return new TokenRoom(this, key);
    if (kind === "candles") return new CandleRoom(this, key, interval);
    if (kind === "wallet") return new WalletRoom(this, name, name, "wallet", (fresh) => snapshots.wallet(key, fresh));
    if (kind === "leaderboard")
      return new StateRoom(this, name, name, "leaderboard", () => snapshots.leaderboard(key));
    return new MarketRoom(this, name);
  }

  /** @param {string} name */
  #enter(name) {
    let room = this.#rooms.get(name);
    if (!room) {
      if (this.#rooms.size >= rooms_max) throw new Refused("unavailable", "too many rooms are open");
      room = this.#make(name);
      this.#rooms.set(name, room);
      this.parts.metrics.rooms.set(this.#rooms.size);
    }
    clearTimeout(room.linger ?? undefined);
    room.linger = null;
    return room;
  }

  /**
   * Lets a client in; resolves when it has the snapshot, with whether that was
   * whole.
   * @param {Socket} socket @param {string} name
   */
  async join(socket, name) {
    const room = this.#enter(name);
    room.members.add(socket.id);
    try {
      return await room.join(socket, () => socket.connected && room.members.has(socket.id));
    } catch (error) {
      if (!socket.rooms.has(name)) this.#remove(room, socket.id, 0);
      throw error;
    }
  }

  /** A client that came back and has what it missed. @param {Socket} socket @param {string} name */
  rejoin(socket, name) {
    this.#enter(name).members.add(socket.id);
  }

  /**
   * @param {Socket} socket @param {string} name
   * @param {boolean} may_return the room goes on for as long as the client may recover
   */
  leave(socket, name, may_return) {
    socket.leave(name);
    const room = this.#rooms.get(name);
    if (room) this.#remove(room, socket.id, may_return ? this.parts.recovery_ms : 0);
  }

  /** @param {Room} room @param {string} id @param {number} linger_ms */
  #remove(room, id, linger_ms) {
    room.leave(id);
    if (room.members.size) return;
    clearTimeout(room.linger ?? undefined);
    room.linger = setTimeout(() => {
      this.#rooms.delete(room.name);
      room.close();
      this.parts.metrics.rooms.set(this.#rooms.size);
    }, linger_ms);
  }

  /** @param {string} mint */
  refresh_charts(mint) {
    for (const room of this.#rooms.values())
      if (room instanceof CandleRoom && room.mint === mint) room.refresh();
  }

  stop() {
    for (const room of this.#rooms.values()) room.close();
    this.#rooms.clear();
  }
}
