// A simulated market, a node that follows it, two gateways behind a balancer,
// and clients that must end with what the node's API says, whatever happens to
// the gateways and to their connections meanwhile.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { follow } from "../../../web/gateway/client.mjs";
import { connect_client, connect_redis, load, start_balancer, start_gateway, start_node, until } from "./lab.mjs";

const { createClient } = load("graphql-ws");
const { WebSocket } = load("ws");
const prefix = "market:";
const market = ["--rate", "120", "--tokens", "8", "--seed", "7", "--faults", "duplicate=0.05,reorder=0.05"];
const windows = ["24h", "7d", "all"];
const intervals = ["1s", "1m"];
let redis;
let node;
const gateways = [];
let balancer;
const clients = [];
let survivor;
let mints;
let wallet;
/** What the node says once the market has ended. */
let expected;

before(async () => {
  redis = connect_redis();
  node = await start_node(prefix, market);
  const words = ["--api", node.url, "--prefix", prefix, "--linger-seconds", "1", "--requests-per-second", "1000"];
  gateways.push(...await Promise.all([start_gateway(words), start_gateway(words)]));
  balancer = await start_balancer(gateways.map((x) => x.port));
});

after(async () => {
  for (const x of clients) x.socket.close();
  for (const x of gateways) await x.kill();
  balancer?.close();
  await node?.close();
  redis.disconnect();
});

/** A client that follows, and notes what no client may see. */
async function make_client(url) {
  const socket = await connect_client(url);
  const client = { socket, problems: [], counts: {}, cuts: [], recoveries: 0, ...follow(socket) };
  /** mint -> what told of its trades last; undefined when it must ask again. */
  const last = new Map();
  socket.on("disconnect", (reason) => client.cuts.push(reason));
  socket.on("connect", () => {
    if (socket.recovered) client.recoveries += 1;
    else last.clear();
  });
  socket.onAny((event, x) => {
    client.counts[event] = (client.counts[event] ?? 0) + 1;
    if (event === "token:snapshot") last.set(x.mint, { seq: x.trades_seq, event });
    if (event !== "trade") return;
    const before = last.get(x.data.mint);
    if (before?.seq != null && BigInt(x.seq) <= BigInt(before.seq)) client.problems.push(`${x.seq} again`);
    // Behind a snapshot that was a moment old the first trade tells a hole.
    if (before?.event === event && BigInt(x.prev) > BigInt(before.seq)) client.problems.push(`hole ${before.seq} to ${x.prev}`);
    last.set(x.data.mint, { seq: x.seq, event });
  });
  for (const mint of mints) client.want("token", { mint, intervals });
  for (const window of windows) client.want("leaderboard", { window });
  client.want("market");
  client.want("wallet", { wallet });
  clients.push(client);
  return client;
}

/** Trades and states of a token by graphql-ws; `url` is asked with each connection. */
function follow_by_websocket(url, mint) {
  const feed = { trades: [], updates: [], connections: 0, errors: [] };
  const client = createClient({ url: () => `${url().replace("http", "ws")}/graphql`, webSocketImpl: WebSocket, lazy: false,
    retryAttempts: 50, onNonLazyError() {}, retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)), shouldRetry: () => true,
    on: { connected: () => (feed.connections += 1) } });
  const subscribe = (query, take) => client.subscribe({ query, variables: { mint } },
    { next: (x) => (x.errors ? feed.errors.push(x.errors) : take(x.data)), error: (x) => feed.errors.push(x), complete() {} });
  subscribe(`subscription ($mint: Address!) { trades(mint: $mint) { seq prev slot tx_index ix_path } }`, (x) => feed.trades.push(x.trades));
  subscribe(`subscription ($mint: Address!) { tokenUpdate(mint: $mint) { trade_count price { quote } } }`, (x) => feed.updates.push(x.tokenUpdate));
  return { feed, close: () => client.dispose() };
}

/** Trades of a token by SSE. */
async function follow_by_sse(url, mint) {
  const abort = new AbortController();
  const trades = [];
  const response = await fetch(`${url}/graphql`, { method: "POST", signal: abort.signal,
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: `subscription ($mint: Address!) { trades(mint: $mint) { seq prev slot tx_index ix_path } }`, variables: { mint } }) });
  assert.match(response.headers.get("content-type"), /text\/event-stream/);
  const reading = (async () => {
    let text = "";
    for await (const part of response.body) {
      const events = (text + Buffer.from(part).toString()).split("\n\n");
      text = events.pop();
      for (const x of events) {
        const data = /^data: (.+)$/m.exec(x)?.[1];
        if (data) trades.push(JSON.parse(data).data.trades);
      }
    }
  })().catch(() => {});
  return { trades, close: () => (abort.abort(), reading) };
}

const place_of = (x) => `${x.slot} ${x.tx_index} ${x.ix_path}`;

/** All trades of a token that the API has, oldest first. */
async function all_trades(mint) {
  const rows = [];
  let cursor = null;
  do {
    const page = await node.get(`/tokens/${mint}/trades?limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    rows.push(...page.data);
    cursor = page.meta.next;
  } while (cursor);
  return rows.reverse();
}

async function ask(query, variables) {
  const response = await fetch(`${survivor.url}/graphql`, { method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }), signal: AbortSignal.timeout(10_000) });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

const chart_path = (mint, interval) => `/tokens/${mint}/chart?interval=${interval}&limit=1440${interval === "1s" ? "" : "&from=0"}`;
/** Without `complete`: it follows the gaps of the journal, of which no candle tells. */
const candle_fields = ["time", "open", "high", "low", "close", "volume", "volume_quote", "volume_token", "buy_volume_quote",
  "sell_volume_quote", "trades", "buys", "sells", "wallets", "closed"];
const only = (fields) => (x) => Object.fromEntries(fields.map((name) => [name, x[name]]));
/** Candles, oldest first; whether the last one has closed is not told before the next
 * one, while the API goes by the time of the chain. */
const candles_of = (rows) => rows.map(only(candle_fields)).map((x, i) => (i === rows.length - 1 ? { ...x, closed: null } : x));
/** Fields of a position that do not follow the price. */
const position = only(["mint", "quote_mint", "units", "cost_basis", "invested", "proceeds", "realized", "realized_fifo", "buys", "sells"]);
const by_mint = (x, y) => (x.mint < y.mint ? -1 : 1);
/** Of a token: what its keys have, and does not move on with the time of the
 * chain alone. */
const token = only(["mint", "name", "symbol", "graduated", "price", "price_usd", "market_cap", "trades", "last_trade_at", "holders_traded"]);

/** What the node says at the end, in the form of a client's view. */
async function expected_view() {
  const view = { tokens: {}, boards: {}, wallet: null, market: null };
  for (const mint of mints) {
    const candles = {};
    for (const interval of intervals)
      candles[interval] = candles_of((await node.get(chart_path(mint, interval))).data.candles);
    view.tokens[mint] = { token: token((await node.get(`/tokens/${mint}`)).data), candles,
      trades: (await node.get(`/tokens/${mint}/trades?limit=50`)).data.map(place_of) };
  }
  for (const window of windows)
    view.boards[window] = Object.fromEntries(await Promise.all(["net", "losses"].map(async (by) =>
      [by, (await node.get(`/leaderboards/losers?window=${window}&by=${by}&limit=100`)).data])));
  const [head, positions] = await Promise.all([node.get(`/wallets/${wallet}`), node.get(`/wallets/${wallet}/positions?limit=100`)]);
  view.wallet = { realized: head.data.realized, trades: head.data.trades, positions: positions.data.map(position).sort(by_mint) };
  view.market = (await node.get("/market")).data;
  return view;
}

function view_of({ view }) {
  const tokens = Object.fromEntries(mints.map((mint) => {
    const { token: state, candles, trades } = view.tokens[mint];
    return [mint, { token: token(state), trades: trades.map(place_of), candles: Object.fromEntries(intervals.map((x) =>
      [x, candles_of([...candles[x].values()].sort((a, b) => a.time - b.time))])) }];
  }));
  const { realized, trades, positions } = view.wallets[wallet];
  return { tokens, boards: Object.fromEntries(windows.map((x) => [x, only(["net", "losses"])(view.leaderboards[x])])),
    wallet: { realized, trades, positions: positions.map(position).sort(by_mint) }, market: view.market };
}

/** Where two values of JSON are not the same. */
function differences(found, wanted, where = "") {
  if (found === null || wanted === null || typeof found !== "object" || typeof wanted !== "object")
    return found === wanted ? [] : [`${where}: ${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`.slice(0, 300)];
  return [...new Set([...Object.keys(found), ...Object.keys(wanted)])]
    .flatMap((x) => differences(found[x], wanted[x], `${where}/${x}`));
}

test("clients end with what the node says, after kill -9 of a gateway and cuts", { timeout: 180_000 }, async () => {
  mints = await until("tokens are traded", async () => {
    // 503 while the node starts.
    const found = await node.get("/tokens?limit=4&sortBy=volume_24h").catch(() => ({ data: [] }));
    return found.data.length === 4 && found.data.map((x) => x.mint);
  });
  wallet = (await node.get(`/tokens/${mints[0]}/trades?limit=1`)).data[0].wallet;
  await Promise.all(Array.from({ length: 4 }, () => make_client(balancer.url)));
  const shares = await Promise.all(gateways.map((x) => x.metric("clients")));
  assert.ok(shares.every((x) => x > 0), `clients per gateway: ${shares}`);
  survivor = gateways[1];
  const cut = await make_client(survivor.url);
  await until("all are served", () => clients.every((x) =>
    x.counts["token:history"] >= 8 && x.counts.trade && x.counts["market:trade"] && x.counts.leaderboard >= 3 && x.counts.wallet >= 1));
  // Until now nothing went wrong, and nothing may have.
  for (const x of clients) assert.deepEqual(x.problems, []);

  // Clients of a gateway whose connection to Redis is cut stay with it, and get
  // new snapshots.
  const snapshots = clients.map((x) => x.counts["token:snapshot"]);
  for (const client of (await redis.client("LIST")).split("\n").filter((x) => x.includes("pumpscope-gateway-channels")))
    await redis.client("KILL", "ID", /id=(\d+)/.exec(client)[1]);
  await until("gateways are whole again", async () =>
    clients.every((x, i) => x.counts["token:snapshot"] >= snapshots[i] + mints.length)
    && (await Promise.all(gateways.map((x) => x.metric("holes_total")))).every((x) => x > 0));
  for (const x of clients) {
    assert.deepEqual(x.cuts, []);
    assert.deepEqual(x.problems.filter((y) => y.endsWith("again")), []);
    x.problems.length = 0;
  }

  // GraphQL beside them: one subscription stays, one loses its gateway.
  const sse = await follow_by_sse(survivor.url, mints[0]);
  let address = gateways[0].url;
  const websocket = follow_by_websocket(() => address, mints[0]);
  await until("GraphQL tells trades", () => sse.trades.length && websocket.feed.trades.length && websocket.feed.updates.length);

  // A client that comes back to its gateway gets what it missed.
  const told = cut.counts.trade;
  cut.socket.io.engine.close();
  await until("it is back", () => cut.recoveries === 1 && cut.counts.trade > told);

  address = balancer.url;
  await gateways[0].kill();
  const lost = () => clients.filter((x) => x !== cut && x.cuts.length);
  await until("clients reconnect", () => lost().length === shares[0] && clients.every((x) => x.socket.connected));
  assert.ok(shares[0] < 4, "only those of the gateway that died noticed");
  for (const x of lost()) assert.equal(x.recoveries, 0);
  const counts = clients.map((x) => ({ ...x.counts }));
  const trades = [sse.trades.length, websocket.feed.trades.length];
  await until("everybody goes on", () => clients.every((x, i) => x.counts.trade > counts[i].trade && x.counts.candle > counts[i].candle)
    && sse.trades.length > trades[0] && websocket.feed.trades.length > trades[1]);
  assert.equal(websocket.feed.connections, 2);

  await node.end_market();
  expected = await expected_view();
  assert.ok(mints.every((x) => expected.tokens[x].candles["1s"].length > 1 && expected.tokens[x].trades.length > 1));
  assert.ok(expected.boards["24h"].net.length > 0);
  const missing = () => clients.flatMap((x) => differences(view_of(x), expected)).slice(0, 20);
  await until("everything arrived", () => missing().length === 0, 20_000).catch(() => {});
  assert.deepEqual(missing(), [], `gaps: ${JSON.stringify(await node.get("/gaps"))}`);
  for (const x of clients) assert.deepEqual(x.problems, []);

  const all = await all_trades(mints[0]);
  const places = all.map(place_of);
  await until("GraphQL told the last trade", () => [sse, websocket.feed].every((x) => place_of(x.trades.at(-1)) === places.at(-1)));
  assert.deepEqual(sse.trades.map(place_of), places.slice(places.indexOf(place_of(sse.trades[0]))));
  // Without its gateway it missed some, or none: the next one tells.
  let holes = 0;
  for (const [i, x] of websocket.feed.trades.slice(1).entries()) {
    const before = websocket.feed.trades[i];
    if (places.indexOf(place_of(x)) === places.indexOf(place_of(before)) + 1) continue;
    holes += 1;
    assert.ok(BigInt(x.prev) > BigInt(before.seq), `from ${before.seq} to ${x.seq}, which tells ${x.prev}`);
  }
  assert.ok(holes <= 1, `${holes}`);
  assert.deepEqual(websocket.feed.errors, []);
  const state = expected.tokens[mints[0]].token;
  await until("GraphQL told the last state", () => websocket.feed.updates.at(-1).trade_count === state.trades);
  assert.equal(websocket.feed.updates.at(-1).price.quote, state.price);
  await Promise.all([sse.close(), websocket.close()]);
});

test("GraphQL answers what the node says", async () => {
  assert.ok(expected, "the market goes on");
  const [mint] = mints;
  const head = await ask(`query ($mint: Address!, $wallet: Address!) {
    token(mint: $mint) { mint name graduated trade_count price { quote usd market_cap } window(length: "24h") { trades volume_quote }
      holders(first: 5) { rank wallet units share } }
    wallet(address: $wallet) { realized trades positions(first: 100) { mint units realized buys } }
    tokens(first: 4, sortBy: volume_24h) { edges { node { mint } } pageInfo { hasNextPage } }
    missing: token(mint: "11111111111111111111111111111112") { name } }`, { mint, wallet });
  const { data: told } = await node.get(`/tokens/${mint}`);
  assert.deepEqual(head.token, { mint, name: told.name, graduated: told.graduated, trade_count: told.trades,
    price: { quote: told.price, usd: told.price_usd, market_cap: told.market_cap },
    window: only(["trades", "volume_quote"])(told.windows["24h"]),
    holders: (await node.get(`/tokens/${mint}/holders?limit=5`)).data.map(only(["rank", "wallet", "units", "share"])) });
  assert.deepEqual([head.wallet.realized, head.wallet.trades], [expected.wallet.realized, expected.wallet.trades]);
  assert.deepEqual(head.wallet.positions.sort(by_mint), expected.wallet.positions.map(only(["mint", "units", "realized", "buys"])));
  assert.deepEqual(head.tokens.edges.map((x) => x.node.mint), (await node.get("/tokens?limit=4&sortBy=volume_24h")).data.map((x) => x.mint));
  assert.equal(head.tokens.pageInfo.hasNextPage, true);
  assert.equal(head.missing, null);

  for (const interval of intervals) {
    const { candles } = await ask(`query ($mint: Address!, $interval: Interval!) {
      candles(mint: $mint, interval: $interval, first: 300) { ${candle_fields.slice(0, 12).join(" ")} } }`, { mint, interval });
    assert.deepEqual(candles, expected.tokens[mint].candles[interval].map(only(candle_fields.slice(0, 12))).slice(-300));
  }
  const row = ["rank", "wallet", "pnl_lamports", "trades", "realizations", "losses", "risk"];
  for (const by of ["net", "losses"]) {
    const { leaderboard } = await ask(`query ($by: Board!) { leaderboard(window: "24h", by: $by, first: 100) { ${row.join(" ")} } }`, { by });
    assert.deepEqual(leaderboard, expected.boards["24h"][by].map(only(row)));
  }
  const { symbol } = (await node.get("/tokens?limit=50")).data.find((x) => x.symbol);
  const { search } = await ask(`query ($q: String!) { search(q: $q) { kind mint symbol } }`, { q: symbol });
  assert.deepEqual(search, (await node.get(`/search?q=${encodeURIComponent(symbol)}&limit=20`)).data.map(only(["kind", "mint", "symbol"])));
});

test("trades are a Relay connection over the node's pages", async () => {
  assert.ok(expected, "the market goes on");
  const [mint] = mints;
  const query = `query ($mint: Address!, $after: String) {
    trades(mint: $mint, first: 70, after: $after) { edges { cursor node { slot tx_index ix_path } } pageInfo { hasNextPage endCursor } } }`;
  const all = (await all_trades(mint)).map(place_of).reverse();
  const seen = [];
  let after_cursor = null;
  do {
    const { trades } = await ask(query, { mint, after: after_cursor });
    seen.push(...trades.edges.map((x) => place_of(x.node)));
    after_cursor = trades.pageInfo.hasNextPage ? trades.pageInfo.endCursor : null;
    assert.ok(seen.length <= all.length);
  } while (after_cursor);
  assert.deepEqual(seen, all);
  // From the middle of a page.
  const first = (await ask(query, { mint, after: null })).trades;
  const rest = (await ask(query, { mint, after: first.edges[2].cursor })).trades;
  assert.deepEqual(rest.edges.map((x) => place_of(x.node)), all.slice(3, 73));
});

test("the node's API is passed on as it is", async () => {
  assert.ok(expected, "the market goes on");
  for (const address of [chart_path(mints[0], "1m"), "/leaderboards/losers?window=all&by=net", `/wallets/${wallet}`])
    assert.deepEqual(await (await fetch(`${survivor.url}/api/v1${address}`)).json(), await node.get(address));
  assert.equal((await fetch(`${survivor.url}/api/v1/tokens/nonsense`)).status, 400);
});
