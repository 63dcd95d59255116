// A running node, as its clients meet it: every route answers what the OpenAPI
// document says, refuses what it should, and the live stream goes on from there.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import test from "node:test";

const require = createRequire(`${process.env.PUMPSCOPE_TEST_PACKAGES}/package.json`);
const { Ajv2020 } = require("ajv/dist/2020.js");
const add_formats = require("ajv-formats").default;

const root = `http://${process.env.PUMPSCOPE_TEST_API}`;
const get = (path, headers = {}) => fetch(root + path, { headers });
const get_json = async (path) => (await get(path)).json();

/** What is asked again and again until it holds. */
async function until(what, check) {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    const last = await check();
    if (last) return last;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come`);
}

const document = await get_json("/openapi.json");
const ajv = new Ajv2020({ strict: false, allErrors: true });
add_formats(ajv);
ajv.addSchema(document, "openapi");

/** Validates an answer against what the document says of its path. */
function expect_valid(path, answer) {
  const pointer = path.replaceAll("~", "~0").replaceAll("/", "~1");
  const where = `openapi#/paths/${pointer}/get/responses/200/content/application~1json/schema`;
  const validate = ajv.getSchema(where);
  assert.ok(validate, `no schema of ${path}`);
  assert.ok(validate(answer), `${path}: ${JSON.stringify(validate.errors?.slice(0, 3))}`);
}

// A market with trades, a loser, and somebody who holds something.
const token = await until("a token with trades", async () => {
  // 503 while the node is starting.
  const { data = [] } = await get_json("/api/v1/tokens?limit=1");
  return data[0]?.trades > 50 && data[0];
});
const loser = await until("a loser", async () =>
  (await get_json("/api/v1/leaderboards/losers")).data?.[0]);

test("the document is OpenAPI 3.1", async () => {
  const { Validator } = await import(
    require.resolve("@seriousme/openapi-schema-validator"));
  const result = await new Validator().validate(document);
  assert.ok(result.valid, JSON.stringify(result.errors)?.slice(0, 500));
  assert.equal(document.openapi, "3.1.0");
});

const mint = token.mint;
const wallet = loser.wallet;
const good = {
  "/api/v1/tokens": ["", "?limit=3&sortBy=market_cap&order=asc", "?minLiquidity=0.1&maxAge=1h&program=pump",
    "?search=SIM&page=2&limit=2", "?quote=any&graduated=false&minVolume=1&minMarketCap=1&minLiquidityUsd=1"],
  "/api/v1/tokens/{mint}": [mint],
  "/api/v1/tokens/{mint}/chart": [`${mint}`, `${mint}?interval=1s&fill=prev&limit=30`, `${mint}?interval=24h&unit=market_cap`,
    `${mint}?interval=5m&open=false`],
  "/api/v1/tokens/{mint}/trades": [`${mint}?limit=5`, `${mint}?side=sell&minQuote=0.01`],
  "/api/v1/tokens/{mint}/holders": [mint],
  "/api/v1/wallets/{wallet}": [wallet],
  "/api/v1/wallets/{wallet}/positions": [wallet, `${wallet}?status=closed&sortBy=realized&order=asc&limit=1`],
  "/api/v1/wallets/{wallet}/trades": [`${wallet}?limit=5`],
  "/api/v1/wallets/{wallet}/ledger": [wallet, `${wallet}?as_of=450000003`],
  "/api/v1/leaderboards/{side}": ["losers", "winners?window=7d&by=losses", "losers?window=all&limit=5"],
  "/api/v1/market": [""],
  "/api/v1/trades": ["?limit=5", "?after=3&limit=2"],
  "/api/v1/search": ["?q=SIM", `?q=${mint}`, `?q=${wallet.slice(0, 6)}`, "?q=%25_%27%22*"],
  "/api/v1/status": [""],
  "/api/v1/gaps": [""],
};

for (const [path, variants] of Object.entries(good)) {
  test(`GET ${path} answers what the document says`, async () => {
    for (const variant of variants) {
      const [key, query = ""] = variant.startsWith("?") ? ["", variant.slice(1)] : variant.split("?");
      const url = path.replace(/\{\w+\}/, key) + (query && `?${query}`);
      const response = await get(url);
      const answer = await response.json();
      assert.equal(response.status, 200, `${url}: ${JSON.stringify(answer)}`);
      expect_valid(path, answer);
    }
  });
}

test("all documented paths are tried", () => {
  const others = ["/api/v1/stream", "/udf/config", "/udf/symbols", "/udf/history", "/udf/time", "/udf/search"];
  assert.deepEqual(Object.keys(document.paths).sort(), [...Object.keys(good), ...others].sort());
});

test("what is wrong is refused and named", async () => {
  const bad = [
    ["/api/v1/tokens?limit=0", 400, "limit"], ["/api/v1/tokens?limit=x", 400, "limit"],
    ["/api/v1/tokens?sortBy=name", 400, "sortBy"], ["/api/v1/tokens?cursor=1", 400, "cursor"],
    ["/api/v1/tokens?minLiquidity=-1", 400, "minLiquidity"], ["/api/v1/tokens/xyz", 400, "mint"],
    [`/api/v1/tokens/${wallet}`, 404, "token"], [`/api/v1/wallets/${mint}`, 404, "wallet"],
    [`/api/v1/tokens/${mint}/chart?interval=2m`, 400, "interval"],
    [`/api/v1/tokens/${mint}/chart?from=9&to=1`, 400, "from"],
    ["/api/v1/leaderboards/others", 404, "boards"], ["/api/v1/search?q=", 400, "q "],
    ["/api/v1/stream?topics=", 400, "topics"], ["/api/v1/stream?topics=trade:x", 400, "topics"],
    ["/api/v1/nothing", 404, "path"],
  ];
  const validate = ajv.getSchema("openapi#/components/schemas/Problem");
  for (const [path, status, word] of bad) {
    const response = await get(path);
    const problem = await response.json();
    assert.equal(response.status, status, path);
    assert.equal(response.headers.get("content-type"), "application/problem+json", path);
    assert.ok(validate(problem), path);
    assert.ok(problem.detail.includes(word), `${path}: ${problem.detail}`);
  }
});

test("pages of tokens have every token once", async () => {
  const all = (await get_json("/api/v1/tokens?sortBy=created_at&order=asc&limit=200")).data.slice(0, 20);
  const paged = [];
  let cursor = "";
  while (paged.length < all.length) {
    const { data, meta } = await get_json(`/api/v1/tokens?sortBy=created_at&order=asc&limit=7${cursor}`);
    paged.push(...data);
    if (!meta.next) break;
    cursor = `&cursor=${meta.next}`;
  }
  const mints = (x) => x.slice(0, all.length).map((y) => y.mint);
  assert.deepEqual(mints(paged), mints(all));
});

test("a pull has every position of the journal, and candles are its trades", async () => {
  const rows = [];
  let after = "0";
  for (;;) {
    const { data, meta } = await get_json(`/api/v1/trades?after=${after}&limit=2000`);
    rows.push(...data);
    if (meta.next === after) break;
    after = meta.next;
  }
  const trades = rows.filter((x) => !x.void && x.mint === mint);
  assert.ok(trades.length > 50);
  // The same trades by the list of the token, the newest first.
  const listed = [];
  let cursor = "";
  while (listed.length < trades.length) {
    const { data, meta } = await get_json(`/api/v1/tokens/${mint}/trades?limit=500${cursor}`);
    listed.push(...data);
    if (!meta.next) break;
    cursor = `&cursor=${meta.next}`;
  }
  const key = (x) => `${x.slot} ${x.tx_index} ${x.ix_path}`;
  const known = new Set(listed.map(key));
  assert.deepEqual(trades.filter((x) => !known.has(key(x))), []);
  // Closed minutes of one venue add up.
  const { data: chart } = await get_json(`/api/v1/tokens/${mint}/chart?interval=1m&open=false`);
  const on_curve = trades.filter((x) => x.program === "pump");
  for (const bar of chart.candles.filter((x) => x.closed)) {
    const mine = on_curve.filter((x) => Math.floor(x.block_time_unix / 60) * 60 === bar.time);
    if (mine.length !== trades.filter((x) => Math.floor(x.block_time_unix / 60) * 60 === bar.time).length) continue;
    assert.equal(bar.trades, mine.length);
    const volume = mine.reduce((sum, x) => sum + BigInt(x.quote_units), 0n);
    assert.equal(bar.volume_quote, volume.toString());
  }
});

test("a ledger as of a slot is the fold of the trades up to it", async () => {
  const { data: now } = await get_json(`/api/v1/wallets/${wallet}/ledger`);
  const { data: trades } = await get_json(`/api/v1/wallets/${wallet}/trades?limit=500`);
  const slots = [...new Set(trades.map((x) => x.slot))].sort((x, y) => x - y);
  assert.equal(now.trades >= trades.length, true);
  for (const slot of [slots[0] - 1, slots[0], slots.at(-1)]) {
    const { data, as_of } = await get_json(`/api/v1/wallets/${wallet}/ledger?as_of=${slot}`);
    assert.equal(as_of.slot, slot);
    assert.equal(data.trades, trades.filter((x) => x.slot <= slot).length);
  }
});

test("answers are tagged, compressed and used again", async () => {
  const first = await get("/api/v1/gaps", { "accept-encoding": "identity" });
  const tag = first.headers.get("etag");
  assert.ok(tag);
  const list = await get("/api/v1/tokens?limit=50", { "accept-encoding": "gzip" });
  assert.equal(list.headers.get("content-encoding"), "gzip");
  assert.match(list.headers.get("cache-control"), /max-age=10/);
  assert.equal(list.headers.get("access-control-allow-origin"), "*");
  await list.text();
  const page = await get("/openapi.json");
  const again = await get("/openapi.json", { "if-none-match": page.headers.get("etag") });
  assert.equal(again.status, 304);
});

/** Reads server-sent events until `enough(events)`. */
async function read_events(path, enough, headers = {}) {
  const abort = new AbortController();
  const response = await fetch(root + path, { headers, signal: abort.signal });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const events = [];
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body) {
      text += decoder.decode(chunk, { stream: true });
      const parts = text.split("\n\n");
      text = parts.pop();
      for (const part of parts) {
        const event = Object.fromEntries(part.split("\n").filter((x) => x && !x.startsWith(":"))
          .map((x) => [x.slice(0, x.indexOf(":")), x.slice(x.indexOf(":") + 2)]));
        if (event.event) events.push({ ...event, data: JSON.parse(event.data) });
      }
      if (enough(events)) break;
    }
  } finally {
    abort.abort();
  }
  return events;
}

test("the stream begins with what is, goes on live, and resumes", async () => {
  const path = `/api/v1/stream?topics=market,token:${mint},trades`;
  const first = await read_events(path, (x) => x.filter((y) => y.event === "market").length > 2);
  const ready = first.findIndex((x) => x.event === "ready");
  assert.ok(ready > 0, "snapshots before ready");
  assert.deepEqual(first.slice(0, ready).map((x) => x.event).sort(), ["market", "token"]);
  const boards = first.filter((x) => x.event === "market");
  for (let i = 1; i < boards.length; i += 1) {
    assert.equal(boards[i].data.prev, boards[i - 1].data.seq);
    assert.equal(boards[i].data.channel, "market");
  }
  const last = first.at(-1).id;
  const second = await read_events(path, (x) => x.some((y) => y.event === "market"), { "last-event-id": last });
  assert.ok(!second.some((x) => x.event === "reset"));
  assert.equal(second.find((x) => x.event === "market").data.prev, boards.at(-1).data.seq);
  const foreign = await read_events(path, (x) => x.some((y) => y.event === "ready"), { "last-event-id": "elsewhere-5" });
  assert.equal(foreign[0].event, "reset");
});

test("TradingView's feed has the bars of the chart", async () => {
  const config = await get_json("/udf/config");
  assert.ok(config.supported_resolutions.includes("1"));
  const symbol = await get_json(`/udf/symbols?symbol=${mint}`);
  assert.equal(symbol.ticker, mint);
  assert.ok((await get_json("/udf/search?query=SIM&limit=5")).length > 0);
  assert.match(await (await get("/udf/time")).text(), /^\d+$/);
  const now = Number(await (await get("/udf/time")).text());
  const bars = await get_json(`/udf/history?symbol=${mint}&resolution=1&from=${now - 3600}&to=${now + 60}`);
  assert.equal(bars.s, "ok");
  for (const name of ["o", "h", "l", "c", "v"]) assert.equal(bars[name].length, bars.t.length);
  const { data } = await get_json(`/api/v1/tokens/${mint}/chart?interval=1m`);
  assert.equal(bars.t[0], data.candles[0].time);
  assert.equal(bars.o[0], data.candles[0].open);
  const nothing = await get_json("/udf/history?symbol=x&resolution=1");
  assert.equal(nothing.s, "error");
});

test("operators see health and metrics", async () => {
  assert.equal((await get_json("/healthz")).status, "ok");
  assert.equal((await get_json("/readyz")).ready, true);
  assert.equal((await get_json("/api/health")).status, "ok");
  const text = await (await get("/metrics")).text();
  for (const name of ["build_info", "trades_total", "sse_clients", "http_request_duration_seconds_bucket"])
    assert.match(text, new RegExp(`^pumpscope_${name}`, "m"));
  // Nothing that grows without bound is a label.
  assert.ok(!text.includes(mint) && !text.includes(wallet));
});
