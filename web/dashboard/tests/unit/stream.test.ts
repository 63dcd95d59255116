import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs } from "../../source/api/backoff.ts";
import { parseMessage, Stream, topicsMax } from "../../source/api/stream.ts";

/** An EventSource that does what the test says. */
class FakeSource {
  readyState = 0;
  private readonly listeners = new Map<string, ((event: unknown) => void)[]>();
  constructor(readonly url: string) {}
  addEventListener(type: string, action: (event: unknown) => void) {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), action]);
  }
  close() {
    this.readyState = 2;
  }
  emit(type: string, data: unknown = {}) {
    for (const action of this.listeners.get(type) ?? [])
      action({ data: JSON.stringify(data) });
  }
  fail(closed: boolean) {
    this.readyState = closed ? 2 : 0;
    this.emit("error");
  }
}

function setUp() {
  const sources: FakeSource[] = [];
  const timers = new Map<number, { ms: number; action: () => void }>();
  const log: string[] = [];
  let timer = 0;
  const sut = new Stream(
    {
      message: (x) => log.push(`message ${x.channel}`),
      restart: (x) => log.push(`restart ${[...x]}`),
      refetch: (x) => log.push(`refetch ${[...x]}`),
      state: (x) => log.push(x.kind),
    },
    {
      open: (url) => {
        const source = new FakeSource(url);
        sources.push(source);
        return source as unknown as EventSource;
      },
      clock: () => 0,
      chance: () => 0,
      after: (ms, action) => {
        timers.set(++timer, { ms, action });
        return timer;
      },
      cancel: (x) => void timers.delete(x),
    },
  );
  const fire = (ms: number) => {
    const [id, x] = [...timers].find(([, x]) => x.ms === ms) ?? assert.fail(`no timer of ${ms} ms`);
    timers.delete(id);
    x.action();
  };
  const take = () => log.splice(0);
  return { sut, sources, fire, take, timers };
}

const data = (channel: string) => ({ channel, v: 1, type: "trade", slot: 1, ts: 1, data: {} });

test("fetches snapshots when the stream is ready", () => {
  const { sut, sources, take } = setUp();
  sut.setTopics(["trade:A", "market"]);
  assert.equal(sources[0]!.url, "/api/v1/stream?topics=trade%3AA,market");
  sources[0]!.emit("ready");
  assert.deepEqual(take(), ["restart trade:A,market", "connecting", "open", "refetch trade:A,market"]);
});

test("other topics: the old connection tells until the new one is ready", () => {
  const { sut, sources, take } = setUp();
  sut.setTopics(["a"]);
  sources[0]!.emit("ready");
  take();
  sut.setTopics(["a", "b"]);
  sources[0]!.emit("trade", data("a"));
  assert.equal(sources[0]!.readyState, 0);
  sources[1]!.emit("trade", data("b"));
  sources[1]!.emit("ready");
  assert.equal(sources[0]!.readyState, 2);
  // Only what is new lacks a snapshot.
  assert.deepEqual(take(), ["message a", "message b", "open", "refetch b"]);
});

test("what the old connection tells of topics that were left is dropped", () => {
  const { sut, sources, take } = setUp();
  sut.setTopics(["a"]);
  sources[0]!.emit("ready");
  sut.setTopics(["b"]);
  take();
  sources[0]!.emit("trade", data("a"));
  assert.deepEqual(take(), []);
});

test("the same topics in another order change nothing", () => {
  const { sut, sources } = setUp();
  sut.setTopics(["a", "b"]);
  sut.setTopics(["b", "a"]);
  assert.equal(sources.length, 1);
});

test("no topics close the stream", () => {
  const { sut, sources, take, timers } = setUp();
  sut.setTopics(["a"]);
  sut.setTopics([]);
  assert.equal(sources[0]!.readyState, 2);
  assert.equal(timers.size, 0);
  assert.equal(take().at(-1), "idle");
});

test("a short cut is left to EventSource, which sends Last-Event-ID", () => {
  const { sut, sources, take } = setUp();
  sut.setTopics(["a"]);
  sources[0]!.emit("ready");
  take();
  sources[0]!.fail(false);
  sources[0]!.emit("ready");
  assert.deepEqual(take(), ["down", "open"]);
  assert.equal(sources.length, 1);
});

test("a reset begins anew", () => {
  const { sut, sources, take } = setUp();
  sut.setTopics(["a"]);
  sources[0]!.emit("ready");
  take();
  sources[0]!.emit("reset");
  assert.deepEqual(take(), ["restart a", "refetch a"]);
});

test("a longer cut: waits that grow, then a new connection and snapshots", () => {
  const { sut, sources, take, fire } = setUp();
  sut.setTopics(["a"]);
  sources[0]!.emit("ready");
  take();
  for (let i = 0; i < 4; ++i)
    sources[0]!.fail(false);
  assert.equal(sources[0]!.readyState, 2);
  fire(1_000);
  sources[1]!.fail(true);
  fire(2_000);
  sources[2]!.emit("ready");
  assert.deepEqual(take().slice(-4), ["restart a", "connecting", "open", "refetch a"]);
});

test("a refused connection does not disturb the one that tells", () => {
  const { sut, sources, take, fire } = setUp();
  sut.setTopics(["a"]);
  sources[0]!.emit("ready");
  sut.setTopics(["b"]);
  take();
  sources[1]!.fail(true);
  assert.deepEqual(take(), []);
  fire(1_000);
  sources[2]!.emit("ready");
  assert.deepEqual(take(), ["open", "refetch b"]);
});

test("a connection that never gets ready is given up", () => {
  const { sut, sources, fire } = setUp();
  sut.setTopics(["a"]);
  fire(20_000);
  assert.equal(sources[0]!.readyState, 2);
  fire(1_000);
  assert.equal(sources.length, 2);
});

test("what one did not ask for, and what is no message, is dropped", () => {
  const { sut, sources, take } = setUp();
  sut.setTopics(Array.from({ length: 200 }, (_, i) => `t${i}`));
  assert.equal(sources[0]!.url.split(",").length, topicsMax);
  take();
  sources[0]!.emit("trade", data("other"));
  sources[0]!.emit("trade", 5);
  sources[0]!.emit("trade", { channel: "t1" });
  assert.deepEqual(take(), []);
  assert.equal(parseMessage("{"), null);
  assert.equal(parseMessage("null"), null);
});

test("waits double up to a limit, and differ between clients", () => {
  assert.deepEqual([1, 2, 3, 9, 99].map((x) => backoffMs(x, 0)), [1_000, 2_000, 4_000, 30_000, 30_000]);
  assert.equal(backoffMs(3, 0.999) >= 2_000, true);
  assert.equal(backoffMs(3, 0.5), 3_000);
});
