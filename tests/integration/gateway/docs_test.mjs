// The examples of docs/reference/gateway.md and docs/guides/front-end.md run
// against a real gateway.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { usage } from "../../../web/gateway/options.mjs";
import { board, candle, message, mint, token, trade, wallet } from "../../web/gateway/samples.mjs";
import { connect_client, connect_redis, load, start_api, start_gateway, until } from "./lab.mjs";

const prefix = "docs:";
const root = new URL("../../../", import.meta.url);
const reference = fs.readFileSync(new URL("docs/reference/gateway.md", root), "utf8");
const guide = fs.readFileSync(new URL("docs/guides/front-end.md", root), "utf8");
const blocks = (text, language) => [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "gm"))].map((x) => x[1]);
const { createClient } = load("graphql-ws");
const { WebSocket } = load("ws");

let redis;
let api;
let gateway;
let socket;
let folder;
const page = blocks(guide, "html")[0];
const publish = (channel, x) => redis.publish(prefix + channel, JSON.stringify(x));
const market = () => message("market", { by_volume: [{ mint }], by_market_cap: [], graduating: [], created: [], graduated: [] }, { seq: "5" });

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "pumpscope-docs-"));
  fs.writeFileSync(path.join(folder, "index.html"), page);
  redis = connect_redis();
  const before = { trade: trade({}, { signature: "s", side: "buy" }).data, candle: candle(60, 3).data };
  api = await start_api({
    "/tokens": [{ mint, windows: {} }], [`/tokens/${mint}`]: null, [`/tokens/${mint}/trades`]: [before.trade],
    [`/tokens/${mint}/chart`]: { quote_mint: mint, candles: [before.candle], gaps: [] },
    [`/tokens/${mint}/holders`]: [{ rank: 1, wallet, units: "5", share: 0.5 }],
    [`/wallets/${wallet}`]: { wallet, trades: 0 }, [`/wallets/${wallet}/positions`]: [],
    "/search": [{ kind: "token", mint, name: "coin" }],
  }, "7");
  gateway = await start_gateway(["--api", api.url, "--prefix", prefix, "--pages", folder]);
  await redis.hset(`${prefix}token:${mint}`, { seq: "5", rev: "1", fence: "1", slot: "9", name: "Coin" });
  await redis.set(`${prefix}market`, JSON.stringify(market()));
  await redis.set(`${prefix}leaderboard:24h`, JSON.stringify(board({ seq: "5" })));
  socket = await connect_client(gateway.url);
});

after(async () => {
  socket.close();
  await gateway.kill();
  api.close();
  redis.disconnect();
  fs.rmSync(folder, { recursive: true });
});

test("the reference lists every option with its default", () => {
  for (const [, name, value] of usage.matchAll(/^ {2}--(\S+) \S+ .*?(?: \[(.*)\])?$/gm))
    assert.match(reference, new RegExp(`^\\| \`--${name} [A-Z:]+\` \\| ${value ? `\`${value.replaceAll("*", "\\*")}\`` : ""} \\|`, "m"), name);
});

test("every metric is in the reference", async () => {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const ours = [...text.matchAll(/^# TYPE pumpscope_gateway_(\S+)/gm)].map((x) => x[1]).filter((x) => !/^(process|nodejs)_/.test(x));
  assert.ok(ours.length > 10);
  for (const x of ours) assert.match(reference, new RegExp(`\`${x}[{\`]`), x);
});

test("requests answer as the reference says", async () => {
  const examples = blocks(reference, "js");
  assert.ok(examples.length >= 3);
  for (const x of examples)
    await new Function("socket", "mint", "assert", `return (async () => { ${x} })();`)(socket, mint, assert);
});

/** Names and types of all that the example spells out. */
function compare(example, found, where) {
  if (example === null) return;
  assert.equal(typeof found, typeof example, where);
  if (Array.isArray(example)) {
    assert.ok(Array.isArray(found), where);
    if (example.length && found.length) compare(example[0], found[0], `${where}[0]`);
  } else if (typeof example === "object") {
    const names = Object.keys(example);
    if (names.length) assert.deepEqual(Object.keys(found).sort(), names.sort(), where);
    for (const x of names) compare(example[x], found[x], `${where}.${x}`);
  }
}

test("events look as the reference says", async () => {
  const examples = [...reference.matchAll(/^### (\S+)\n\n```json\n(.*)\n```/gm)].map(([, event, text]) =>
    [event, JSON.parse(text.replaceAll("{…}", "{}").replaceAll("[…]", "[]"))]);
  const got = new Map();
  socket.onAny((event, x) => got.has(event) || got.set(event, x));
  for (const [event, x] of [["subscribe:token", mint], ["subscribe:wallet", wallet], ["subscribe:leaderboard", "24h"], ["subscribe:market"], ["search:tokens", "coin"]])
    assert.equal((await socket.emitWithAck(event, ...(x ? [x] : []))).ok, true, event);
  socket.emit("subscribe:token", "nonsense");
  const next = { seq: "8", prev: "7", rev: 2 };
  await publish(`trade:${mint}`, trade({ seq: "8", prev: "7" }));
  await publish(`candle:${mint}:1m`, candle(60, 4, next));
  await publish(`token:${mint}`, token(next));
  await publish("tokens:new", message("token_new", { mint }, { seq: "8" }));
  await publish("tokens:graduated", message("graduation", { mint }, { seq: "9" }));
  await until("all events came", () => examples.every(([event]) => got.has(event)))
    .catch((error) => assert.fail(`${error.message}: ${examples.map(([x]) => x).filter((x) => !got.has(x))}`));
  for (const [event, example] of examples) compare(example, got.get(event), event);
  // Every event of the table has its example.
  for (const [, names] of reference.matchAll(/^\| ((?:`[a-z:]+`(?:, )?)+) \| (?:`[a-z]+:`)? \|/gm))
    for (const [, event] of names.matchAll(/`([a-z:]+)`/g)) assert.ok(examples.some(([x]) => x === event), event);
});

test("GraphQL answers as the reference says", async () => {
  const examples = blocks(reference, "graphql");
  const variables = { mint, wallet };
  const names = (text) => Object.fromEntries(Object.entries(variables).filter(([x]) => text.includes(`$${x}`)));
  const client = createClient({ url: `${gateway.url.replace("http", "ws")}/graphql`, webSocketImpl: WebSocket });
  const told = [];
  for (const query of examples) {
    if (query.startsWith("subscription")) {
      client.subscribe({ query, variables: names(query) }, { next: (x) => told.push(x), error: (x) => told.push({ errors: [x] }), complete() {} });
      continue;
    }
    const response = await fetch(`${gateway.url}/graphql`, { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables: names(query) }) });
    const { data, errors } = await response.json();
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.ok(Object.values(data).every((x) => x !== null));
  }
  await until("they are subscribed", async () => await gateway.metric("graphql_subscriptions") === 4);
  await publish(`trade:${mint}`, trade({ seq: "20", prev: "8" }));
  await publish(`token:${mint}`, token({ seq: "20", prev: "8", rev: 3 }));
  await publish("tokens:new", message("token_new", { mint }, { seq: "21", prev: "8" }));
  await publish("tokens:graduated", message("graduation", { mint }, { seq: "22", prev: "9" }));
  await until("all four told", () => told.length === 4);
  assert.deepEqual(told.filter((x) => x.errors), []);
  await client.dispose();
});

test("the front end of the guide works, and has 30 lines", async () => {
  assert.ok(page.trimEnd().split("\n").length <= 30);
  assert.equal(await (await fetch(gateway.url)).text(), page);
  // What it imports is served; in Node the packages beside the gateway are the same.
  const [script] = [...page.matchAll(/<script type="module">([^]*)<\/script>/g)].map((x) => x[1]);
  const imports = { "/socket.io/socket.io.esm.min.js": pathToFileURL(load.resolve("socket.io-client")).href,
    "/client.mjs": new URL("web/gateway/client.mjs", root).href };
  let runnable = script;
  for (const [name, url] of Object.entries(imports)) {
    assert.equal((await fetch(gateway.url + name)).status, 200, name);
    assert.ok(script.includes(`"${name}"`));
    runnable = runnable.replace(`"${name}"`, JSON.stringify(url));
  }
  // As little of a browser as it needs.
  const elements = new Map();
  const element = () => ({ textContent: "", children: [], bars: 0,
    replaceChildren(...x) { this.children = x; },
    getContext() { return { clearRect: () => (this.bars = 0), fillRect: () => (this.bars += 1) }; } });
  globalThis.document = { createElement: element,
    getElementById: (id) => elements.get(id) ?? elements.set(id, element()).get(id) };
  globalThis.location = new URL(gateway.url);
  const file = path.join(folder, "page.mjs");
  // The socket is closed by the test: the page never does.
  fs.writeFileSync(file, runnable.replace("io({", "globalThis.page_socket = io({"));
  await import(pathToFileURL(file).href);
  await until("it shows the token", () => elements.get("name")?.textContent === "Coin" || elements.get("trades")?.children.length > 0);
  await publish(`trade:${mint}`, trade({ seq: "30", prev: "20" }, { side: "sell", quote_units: "2500000000" }));
  await until("it shows the new trade", () => /^sell 2.5 SOL by /.test(elements.get("trades").children[0]?.textContent));
  await until("it drew candles", () => elements.get("chart").bars > 0);
  globalThis.page_socket.close();
});
