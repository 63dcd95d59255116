import assert from "node:assert/strict";
import { test } from "node:test";
import { Bucket, Buckets } from "../../../web/gateway/bucket.mjs";
import { Feed } from "../../../web/gateway/feed.mjs";
import { UsageError, read_options, usage } from "../../../web/gateway/options.mjs";
import { find_page } from "../../../web/gateway/pages.mjs";
import { Turns } from "../../../web/gateway/turns.mjs";
import { settle } from "./samples.mjs";

test("a bucket gives its burst, then its rate", () => {
  const now = { ms: 0 };
  const sut = new Bucket(10, 20, () => now.ms);
  const take = (n) => Array.from({ length: n }, () => sut.take()).filter(Boolean).length;
  assert.equal(take(30), 20);
  now.ms += 500;
  assert.equal(take(30), 5);
  now.ms += 1e6;
  assert.equal(take(30), 20);
});

test("buckets are one per key, and bounded", () => {
  const sut = new Buckets(1, 1, 3, () => 0);
  assert.deepEqual(["a", "a", "b"].map((x) => sut.take(x)), [true, false, true]);
  for (const x of ["c", "d", "e"]) sut.take(x);
  assert.equal(sut.size, 3);
});

test("a feed keeps the newest for a slow reader, and ends once", async () => {
  let ended = 0;
  let dropped = 0;
  const sut = new Feed({ size: 2, on_end: () => (ended += 1), on_drop: () => (dropped += 1) });
  for (const x of [1, 2, 3]) sut.push(x);
  assert.deepEqual([(await sut.next()).value, (await sut.next()).value, dropped], [2, 3, 1]);
  const waiting = sut.next();
  sut.push(4);
  assert.equal((await waiting).value, 4);
  const last = sut.next();
  await sut.return();
  await sut.return();
  assert.deepEqual(await last, { value: undefined, done: true });
  assert.equal(ended, 1);
});

test("turns are handed over: nobody comes in between, and few may wait", async () => {
  const sut = new Turns(1, 2);
  const ends = [];
  const work = () => sut.run(() => new Promise((resolve) => ends.push(resolve)));
  const all = [work(), work()];
  ends[0]();
  await settle();
  all.push(work(), work());
  await settle();
  assert.equal(ends.length, 2);
  await assert.rejects(work(), (error) => error.code === "unavailable");
  for (const i of [1, 2, 3]) {
    ends[i]();
    await settle();
  }
  await Promise.all(all);
});

const needed = ["--redis", "redis://h:1", "--api", "http://h:2/"];

test("options have defaults, and secrets come from the environment", () => {
  const sut = read_options(needed, { PUMPSCOPE_REDIS_PASSWORD: "p", PUMPSCOPE_API_KEY: "k" });
  assert.deepEqual([sut.api, sut.listen, sut.cors, sut.redis_password, sut.api_key],
    ["http://h:2", { host: "127.0.0.1", port: 8090 }, "*", "p", "k"]);
  assert.deepEqual(read_options([...needed, "--cors", "https://a.example,http://b.example:1"]).cors,
    ["https://a.example", "http://b.example:1"]);
  assert.match(usage, /--rooms-max N/);
});

test("everything that is wrong is told at once", () => {
  const tell = (...words) => {
    try {
      read_options(words);
    } catch (error) {
      assert.ok(error instanceof UsageError);
      return error.message;
    }
    return assert.fail("nothing is wrong");
  };
  assert.match(tell("--listen", "8090", "--rooms-max", "0"), /--redis is required[^]*--api is required[^]*--listen[^]*--rooms-max/);
  const password = tell("--redis", "redis://u:secret@h", "--api", "http://h");
  assert.ok(/no password/.test(password) && !password.includes("secret"));
  assert.match(tell(...needed, "--unknown"), /unknown/);
  assert.match(tell(...needed, "--behind-seconds", "soon"), /behind-seconds/);
});

test("no path leads to anything else than the pages", () => {
  const pages = new Map([["/index.html", "index"], ["/assets/a.js", "script"]]);
  assert.equal(find_page(pages, "/"), "index");
  assert.equal(find_page(pages, "/token/x"), "index");
  assert.equal(find_page(pages, "/assets/a.js"), "script");
  for (const x of ["/../etc/passwd", "/%2e%2e/etc/passwd.txt", "/assets/b.js", "/%ff", "/%"])
    assert.equal(find_page(pages, x), undefined, x);
});
