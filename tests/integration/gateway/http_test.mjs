// GraphQL, pages, the proxy, health, and how a gateway ends.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { board, message, mint, token, trade } from "../../web/gateway/samples.mjs";
import { connect_client, connect_redis, load, start_api, start_gateway, until } from "./lab.mjs";

const prefix = "http:";
const { createClient } = load("graphql-ws");
const { WebSocket } = load("ws");
const { buildClientSchema, getIntrospectionQuery } = load("graphql");
let redis;
let api;
let gateway;
let pages;

before(async () => {
  redis = connect_redis();
  api = await start_api({ [`/tokens/${mint}`]: null, "/search": [{ kind: "token", mint, name: "proxied" }] });
  pages = fs.mkdtempSync(path.join(os.tmpdir(), "pumpscope-pages-"));
  fs.mkdirSync(path.join(pages, "assets"));
  fs.writeFileSync(path.join(pages, "index.html"), "<title>pages</title>");
  fs.writeFileSync(path.join(pages, "assets", "a.js"), "a".repeat(5_000));
  fs.writeFileSync(path.join(pages, ".secret"), "secret");
  gateway = await start_gateway(["--api", api.url, "--prefix", prefix, "--pages", pages, "--drain-seconds", "0.5",
    "--cors", "https://good.example", "--requests-per-second", "1000"]);
  await redis.hset(`${prefix}token:${mint}`, { seq: "5", rev: "1", fence: "1", slot: "9", name: "Coin", latest_price_sol: "0.5" });
  await redis.set(`${prefix}leaderboard:24h`, JSON.stringify(board({}, { net: [{ rank: 1, wallet: mint, pnl_lamports: "-5" }] })));
});

after(async () => {
  await gateway.kill();
  api.close();
  redis.disconnect();
  fs.rmSync(pages, { recursive: true });
});

const post = (body, headers = {}) => fetch(`${gateway.url}/graphql`, { method: "POST",
  headers: { "content-type": "application/json", ...headers }, body: typeof body === "string" ? body : JSON.stringify(body) });
const ask = async (query, variables) => (await post({ query, variables })).json();

test("GraphQL answers from keys while the node's API does not", async () => {
  const { data, errors } = await ask(`query ($mint: Address!) {
    token(mint: $mint) { name price { quote } }
    leaderboard { rank wallet pnl_lamports }
  }`, { mint });
  assert.equal(errors, undefined);
  assert.deepEqual([data.token.name, data.token.price.quote], ["Coin", 0.5]);
  assert.deepEqual(data.leaderboard, [{ rank: 1, wallet: mint, pnl_lamports: "-5" }]);
});

test("introspection is on: clients can build the schema", async () => {
  const { data } = await ask(getIntrospectionQuery());
  assert.ok(buildClientSchema(data).getType("TradeConnection"));
});

test("what is too deep, too dear, too long or a batch is refused", async () => {
  const of = async (query) => (await ask(query)).errors?.[0].message ?? "";
  assert.match(await of(`{ tokens { edges { node { trades { edges { node { reserves { base } } } } } } } }`), /costs|deep/);
  assert.match(await of(`{ tokens(first: 200) { edges { node { holders { wallet } } } } }`), /costs/);
  assert.match(await of(`{ ${"a: __typename ".repeat(2_000)} }`), /1000 tokens/);
  assert.match(await of(`{ trades(mint: "${mint}", first: 501) { edges { cursor } } }`), /first: 1 to 500/);
  assert.match(await of(`{ token(mint: "nonsense") { name } }`), /Address/);
  assert.equal((await post(JSON.stringify([{ query: "{ __typename }" }, { query: "{ __typename }" }]))).status, 400);
  assert.equal((await post({ query: `{ __typename }${" ".repeat(70_000)}` })).status, 413);
  const chunked = await fetch(`${gateway.url}/graphql`, { method: "POST", duplex: "half", headers: { "content-type": "application/json" },
    body: new ReadableStream({ start: (x) => (x.enqueue(new TextEncoder().encode("{}")), x.close()) }) });
  assert.equal(chunked.status, 411);
});

test("inner errors are masked", async () => {
  const away = await start_gateway(["--api", "http://127.0.0.1:1", "--prefix", prefix]);
  try {
    const response = await fetch(`${away.url}/graphql`, { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: `{ search(q: "x") { kind } }` }) });
    const [error] = (await response.json()).errors;
    assert.deepEqual([error.message, error.extensions.code], ["the node did not answer", "unavailable"]);
  } finally {
    await away.kill();
  }
});

test("subscriptions come by SSE", async () => {
  const abort = new AbortController();
  const response = await fetch(`${gateway.url}/graphql`, { method: "POST", signal: abort.signal,
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: `subscription { newTokens { seq mint name } }` }) });
  assert.match(response.headers.get("content-type"), /text\/event-stream/);
  await until("it is subscribed", async () => (await redis.pubsub("NUMSUB", `${prefix}tokens:new`))[1] > 0);
  await redis.publish(`${prefix}tokens:new`, JSON.stringify(message("token_new", { mint, name: "New" })));
  let text = "";
  for await (const part of response.body) {
    text += Buffer.from(part).toString();
    if (text.includes("New")) break;
  }
  assert.match(text, /"newTokens":\{"seq":"10","mint":"So1.*","name":"New"\}/);
  abort.abort();
  await until("it has ended", async () => await gateway.metric("graphql_subscriptions") === 0);
});

test("subscriptions come by graphql-ws, with the same limits", async () => {
  const client = createClient({ url: `${gateway.url.replace("http", "ws")}/graphql`, webSocketImpl: WebSocket, lazy: false, retryAttempts: 0 });
  const got = [];
  const end = client.subscribe({ query: `subscription { trades(mint: "${mint}") { seq prev signature } }` },
    { next: (x) => got.push(x.data.trades), error: (x) => got.push(x), complete() {} });
  const updates = [];
  client.subscribe({ query: `subscription { tokenUpdate(mint: "${mint}") { name price { quote } } }` },
    { next: (x) => updates.push(x.data.tokenUpdate), error() {}, complete() {} });
  await until("it is subscribed", async () => await gateway.metric("graphql_subscriptions") === 2);
  await redis.publish(`${prefix}trade:${mint}`, JSON.stringify(trade({ seq: "20", prev: "10" }, { signature: "live" })));
  await redis.publish(`${prefix}token:${mint}`, JSON.stringify(token({ seq: "20" }, { name: "Now", price: 2 })));
  await until("they came", () => got.length && updates.length);
  assert.deepEqual([got, updates], [[{ seq: "20", prev: "10", signature: "live" }], [{ name: "Now", price: { quote: 2 } }]]);
  end();
  await until("one has ended", async () => await gateway.metric("graphql_subscriptions") === 1);
  const refused = await new Promise((resolve) => client.subscribe({ query: `{ tokens(first: 200) { edges { node { holders { wallet } } } } }` },
    { next: resolve, error: resolve, complete() {} }));
  assert.match(JSON.stringify(refused), /costs/);
  await client.dispose();
  await until("all have ended", async () => await gateway.metric("graphql_subscriptions") === 0);
});

test("pages are served, and nothing else of the disk", async () => {
  const index = await fetch(`${gateway.url}/token/abc`);
  assert.deepEqual([index.status, await index.text()], [200, "<title>pages</title>"]);
  // It has no console: dashboards look there for one.
  assert.equal(await (await fetch(`${gateway.url}/console`)).text(), "<title>pages</title>");
  const script = await fetch(`${gateway.url}/assets/a.js`);
  assert.match(script.headers.get("cache-control"), /immutable/);
  assert.equal(script.headers.get("content-encoding"), "gzip");
  assert.equal((await script.text()).length, 5_000);
  const again = await fetch(`${gateway.url}/assets/a.js`, { headers: { "if-none-match": script.headers.get("etag") } });
  assert.equal(again.status, 304);
  for (const x of ["/.secret", "/..%2f..%2fetc%2fpasswd.txt", "/assets/../.secret"])
    assert.equal((await fetch(gateway.url + x)).status, 404, x);
  assert.equal((await fetch(gateway.url, { method: "DELETE" })).status, 405);
  assert.match(await (await fetch(`${gateway.url}/client.mjs`)).text(), /export function follow/);
});

test("the node's API is passed on, streams too", async () => {
  const answer = await fetch(`${gateway.url}/api/v1/search?q=proxied`, { headers: { cookie: "a=b", "x-forwarded-for": "6.6.6.6" } });
  assert.equal((await answer.json()).data[0].name, "proxied");
  const { headers } = api.calls.at(-1);
  assert.deepEqual([headers.cookie, headers["x-forwarded-for"]], [undefined, "127.0.0.1"]);
  assert.equal((await fetch(`${gateway.url}/api/v1/none`)).status, 404);
  assert.equal((await fetch(`${gateway.url}/api/v1/search`, { method: "POST" })).status, 405);
  const abort = new AbortController();
  const stream = await fetch(`${gateway.url}/api/v1/stream?topics=market`, { signal: abort.signal });
  let text = "";
  for await (const part of stream.body) {
    text += Buffer.from(part).toString();
    if (text.split("data:").length > 3) break;
  }
  abort.abort();
});

test("other origins are refused", async () => {
  const origin = (x) => ({ extraHeaders: { origin: x }, reconnection: false });
  (await connect_client(gateway.url, origin("https://good.example"))).close();
  await assert.rejects(connect_client(gateway.url, origin("https://bad.example")));
  const preflight = (x) => fetch(`${gateway.url}/graphql`, { method: "OPTIONS",
    headers: { origin: x, "access-control-request-method": "POST" } });
  assert.equal((await preflight("https://good.example")).headers.get("access-control-allow-origin"), "https://good.example");
  assert.notEqual((await preflight("https://bad.example")).headers.get("access-control-allow-origin"), "https://bad.example");
});

test("requests beyond the rate are refused", async () => {
  const strict = await start_gateway(["--api", api.url, "--prefix", prefix, "--requests-per-second", "5", "--address-header", "X-Forwarded-For"]);
  try {
    const get = (address) => fetch(`${strict.url}/client.mjs`, { headers: { "x-forwarded-for": address } });
    const statuses = [];
    for (let i = 0; i < 30; i += 1) statuses.push((await get("1.1.1.1, 2.2.2.2")).status);
    assert.deepEqual([statuses.slice(0, 10).every((x) => x === 200), statuses.includes(429)], [true, true]);
    assert.equal((await get("9.9.9.9")).status, 200);
  } finally {
    await strict.kill();
  }
});

test("after SIGTERM clients are sent away, and it ends with 0", async () => {
  const leaving = await start_gateway(["--api", api.url, "--prefix", prefix, "--drain-seconds", "1"]);
  const clients = await Promise.all(Array.from({ length: 5 }, () => connect_client(leaving.url, { reconnection: false })));
  const reasons = clients.map((x) => new Promise((resolve) => x.once("disconnect", resolve)));
  // A stream that nobody ends must not hold it.
  const stream = await fetch(`${leaving.url}/api/v1/stream?topics=market`);
  const ended = leaving.kill("SIGTERM");
  await until("it is not ready", async () => (await fetch(`${leaving.url}/readyz`).catch(() => ({ status: 503 }))).status === 503);
  // Not "io server disconnect", after which clients do not come again.
  assert.deepEqual([...new Set(await Promise.all(reasons))], ["transport close"]);
  assert.equal(await ended, 0);
  await stream.text().catch(() => {});
});

test("a wrong command line ends with 2, a taken address with 1", async () => {
  const { start } = await import("./lab.mjs");
  const main = new URL("../../../web/gateway/main.mjs", import.meta.url).pathname;
  const wrong = start(process.execPath, [main, "--api", "ftp://x"]);
  assert.equal(await wrong.ended, 2);
  assert.match(wrong.text, /--redis is required/);
  const taken = start(process.execPath, [main, "--redis", "redis://127.0.0.1:1", "--api", api.url, "--listen", `127.0.0.1:${gateway.port}`]);
  assert.equal(await taken.ended, 1);
});
