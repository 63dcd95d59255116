import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { BoundedSessionAdapter, Delivery } from "../../../web/gateway/delivery.mjs";
import { counted, metrics } from "./samples.mjs";

/** A Socket.IO socket down to its transport: `stall` and `flow` stand for a
 * peer that does not read, and reads again. */
class FakeSocket {
  got = [];
  terminated = false;

  constructor(id) {
    this.id = id;
    this.conn = Object.assign(new EventEmitter(), { transport: { writable: true,
      socket: { terminate: () => (this.terminated = true) } } });
  }

  emit(event, payload) {
    this.got.push([event, payload]);
    if (this.conn.transport.writable) {
      this.conn.emit("flush");
      this.conn.transport.writable = !this.stalls;
    }
  }

  stall() {
    this.stalls = true;
  }

  flow() {
    this.stalls = false;
    this.conn.transport.writable = true;
  }
}

function make() {
  const now = { ms: 1_000 };
  const members = new Map();
  const sockets = new Map();
  const io = {
    sockets: { adapter: { rooms: members } },
    to: (room) => ({ except: (ids) => ({ emit: (event, payload) => {
      for (const id of members.get(room) ?? []) if (!ids.includes(id)) sockets.get(id).emit(event, payload);
    } }) }),
  };
  const registry = metrics();
  const sut = new Delivery({ io, buffer_size: 1_000, behind_ms: 30_000, metrics: registry, now_ms: () => now.ms });
  sut.stop();
  const client = (id, room = "r") => {
    const socket = new FakeSocket(id);
    sockets.set(id, socket);
    members.set(room, (members.get(room) ?? new Set()).add(id));
    sut.add(socket);
    return socket;
  };
  return { sut, client, now, registry };
}

const state = (n, bytes = 400) => ({ event: "token", key: "token:x", payload: { n }, bytes });
const event = (n, bytes = 400) => ({ event: "trade", key: null, payload: { n }, bytes });
const numbers = (socket, name) => socket.got.filter(([x]) => x === name).map(([, x]) => x.n);

test("a client that reads gets everything", () => {
  const { sut, client } = make();
  const a = client("a");
  for (let n = 0; n < 100; n += 1) sut.to_room("r", event(n));
  assert.equal(numbers(a, "trade").length, 100);
});

test("of what waits for a slow client only the newest states stay, and no trade", async () => {
  const { sut, client, registry } = make();
  const [slow, quick] = [client("slow"), client("quick")];
  slow.stall();
  for (let n = 0; n < 50; n += 1) {
    sut.to_room("r", state(n));
    sut.to_room("r", event(n));
  }
  assert.equal(numbers(quick, "token").length, 50);
  assert.equal(numbers(quick, "trade").length, 50);
  // 1,000 bytes: what is on its way and what fits behind it.
  assert.ok(slow.got.length <= 3, `${slow.got.length}`);
  slow.flow();
  sut.pump();
  assert.equal(numbers(slow, "token").at(-1), 49);
  assert.ok(!numbers(slow, "trade").includes(49));
  sut.to_room("r", event(50));
  assert.equal(numbers(slow, "trade").at(-1), 50);
  assert.ok(await counted(registry, "client_messages_dropped_total", { event: "trade" }) >= 48);
});

test("one message that is longer than the buffer passes when nothing waits", () => {
  const { sut, client } = make();
  const a = client("a");
  sut.to_socket(a, state(1, 50_000));
  assert.deepEqual(numbers(a, "token"), [1]);
});

test("who stays behind is cut; who comes back in time is not", async () => {
  const { sut, client, now, registry } = make();
  const [never, late] = [client("never"), client("late")];
  for (const x of [never, late]) x.stall();
  for (let n = 0; n < 5; n += 1) sut.to_room("r", state(n));
  now.ms += 30_000;
  sut.pump();
  assert.ok(!never.terminated);
  late.flow();
  now.ms += 1;
  sut.pump();
  assert.ok(never.terminated);
  assert.ok(!late.terminated);
  assert.equal(await counted(registry, "clients_disconnected_total", { reason: "slow" }), 1);
});

test("what is held has a bound, too", () => {
  const { sut, client } = make();
  const a = client("a");
  a.stall();
  sut.to_socket(a, state(0));
  for (let n = 0; n < 10; n += 1)
    sut.to_socket(a, { event: "token:history", key: `h${n}`, payload: { n }, bytes: 1 << 20 });
  sut.pump();
  assert.ok(a.terminated);
});

test("what a client was behind by is known when it goes", () => {
  const { sut, client } = make();
  const [a, b] = [client("a"), client("b")];
  a.stall();
  for (let n = 0; n < 5; n += 1) sut.to_room("r", state(n));
  assert.equal(sut.remove(a), true);
  assert.equal(sut.remove(b), false);
});

test("packets for recovery are bounded", () => {
  const namespace = { server: { encoder: { encode: () => [] }, opts: { connectionStateRecovery: { maxDisconnectionDuration: 1e6 } } }, sockets: new Map() };
  const sut = new BoundedSessionAdapter(namespace);
  const send = () => sut.broadcast({ type: 2, data: ["trade", {}] }, { rooms: new Set(["r"]), except: new Set(), flags: {} });
  for (let i = 0; i < 50_000; i += 1) send();
  assert.ok(sut.packets.length <= 20_000);
  assert.ok(sut.packets.length >= 15_000);
});

test("sessions for recovery are bounded: the one that left first goes", () => {
  const namespace = { server: { encoder: { encode: () => [] }, opts: { connectionStateRecovery: { maxDisconnectionDuration: 1e6 } } }, sockets: new Map() };
  const sut = new BoundedSessionAdapter(namespace);
  for (let i = 0; i < 20_001; i += 1) sut.persistSession({ pid: `p${i}`, sid: "s", rooms: [], data: {} });
  assert.equal(sut.sessions.size, 20_000);
  assert.ok(!sut.sessions.has("p0") && sut.sessions.has("p20000"));
});
