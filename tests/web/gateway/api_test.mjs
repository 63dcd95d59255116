import assert from "node:assert/strict";
import { test } from "node:test";
import { NodeApi } from "../../../web/gateway/api.mjs";
import { Snapshots, token_of_hashes } from "../../../web/gateway/snapshots.mjs";
import { board, counted, FakeRedis, metrics, mint, settle, wallet } from "./samples.mjs";

function make(answer = () => Response.json({ as_of: { slot: 1, seq: "7" }, complete: true, data: [] })) {
  const now = { ms: 0 };
  const asked = [];
  const registry = metrics();
  const sut = new NodeApi({ base: "http://node", key: "KEY", timeout_ms: 1_000, metrics: registry, now_ms: () => now.ms,
    fetch: async (url, options) => {
      asked.push([String(url), options.headers.authorization]);
      return answer(url);
    } });
  return { sut, now, asked, registry };
}

const refused = (code) => (error) => error.code === code;

test("one call for all who ask the same, and its answer for a while", async () => {
  const { sut, now, asked } = make();
  await Promise.all([sut.get("/x", { a: 1, b: null }), sut.get("/x", { a: 1 })]);
  assert.deepEqual(asked, [["http://node/api/v1/x?a=1", "Bearer KEY"]]);
  now.ms = 999;
  await sut.get("/x", { a: 1 });
  assert.equal(asked.length, 1);
  now.ms = 1_000;
  await sut.get("/x", { a: 1 });
  assert.equal(asked.length, 2);
  await sut.get("/x", { a: 1 }, 0);
  assert.equal(asked.length, 3);
});

test("what goes wrong is told by its code, and not kept", async () => {
  let status = 404;
  const { sut, asked } = make(() => new Response("{}", { status }));
  for (const [x, code] of [[404, "not_found"], [400, "invalid_parameter"], [429, "too_many_requests"],
    [503, "unavailable"], [200, "unavailable"]]) {
    status = x;
    await assert.rejects(sut.get("/x"), refused(code));
  }
  assert.equal(asked.length, 5);
  const { sut: broken } = make(() => Promise.reject(new Error("no route")));
  await assert.rejects(broken.get("/x"), refused("unavailable"));
  const { sut: endless } = make(() => new Response(new ReadableStream({
    pull: (x) => x.enqueue(new Uint8Array(1 << 20)) })));
  await assert.rejects(endless.get("/x"), refused("unavailable"));
});

test("at most 32 calls run at a time; the others get their turn", async () => {
  const gates = [];
  const { sut } = make(() => new Promise((resolve) =>
    gates.push(() => resolve(Response.json({ data: gates.length })))));
  const all = Array.from({ length: 50 }, (_, i) => sut.get(`/${i}`));
  await settle();
  assert.equal(gates.length, 32);
  for (let i = 0; i < 50; i += 1) {
    gates[i]();
    await settle();
    // One goes, one comes.
    assert.equal(gates.length, Math.min(50, 33 + i));
  }
  assert.equal((await Promise.all(all)).length, 50);
});

test("the cache has a bound", async () => {
  const { sut, asked } = make();
  for (let i = 0; i < 1_001; i += 1) await sut.get(`/${i}`);
  await sut.get("/1000");
  assert.equal(asked.length, 1_001);
  await sut.get("/0");
  assert.equal(asked.length, 1_002);
});

test("hashes become a token; what they do not tell is null", () => {
  const x = token_of_hashes(mint, { name: "", latest_price_sol: "1e-8", graduated: "true", last_trade_at: "2026-01-01T00:00:00Z" },
    { trades_5m: "3", price_change_5m: "-0.5" }, { volume_usd: "" });
  assert.deepEqual([x.name, x.price, x.graduated, x.last_trade_at_unix, x.windows["5m"].trades,
    x.windows["5m"].price_change, x.windows["24h"].volume_usd, x.reserves], [null, 1e-8, true, 1767225600, 3, -0.5, null, null]);
});

test("keys of Redis come first, the API when there is none or it is broken", async () => {
  const { sut: api, asked, registry } = make((url) => Response.json({ as_of: { slot: 9, seq: "70" }, complete: true,
    data: String(url).includes("/positions") ? [{ mint, quote_mint: "q", units: "5" }] : String(url).includes("losers") ? [{ rank: 1 }] : { wallet, mint } }));
  const reader = new FakeRedis();
  const sut = new Snapshots({ reader, prefix: "p:", api, metrics: registry });
  reader.keys.set("p:leaderboard:24h", JSON.stringify(board({ seq: "5" })));
  assert.equal((await sut.leaderboard("24h")).seq, "5");
  assert.equal(asked.length, 0);
  for (const x of ["{", JSON.stringify(board({}, { window: "7d" }))]) {
    reader.keys.set("p:leaderboard:24h", x);
    const found = await sut.leaderboard("24h");
    assert.deepEqual([found.seq, found.data.losses], ["0", [{ rank: 1 }]]);
  }
  assert.equal(await counted(registry, "redis_messages_dropped_total", { reason: "malformed" }), 2);
  assert.deepEqual((await sut.wallet(wallet)).data.positions.map((x) => x.units), ["5"]);
  assert.equal((await sut.token(mint)).fence, "0");
  reader.keys.set(`p:token:${mint}`, { seq: "8", rev: "2", fence: "1", slot: "3", name: "N" });
  const known = await sut.token(mint);
  assert.deepEqual([known.seq, known.rev, known.data.name], ["8", 2, "N"]);
});
