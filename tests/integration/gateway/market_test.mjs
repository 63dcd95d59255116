// A simulated market on a real Redis, two gateways behind a balancer, and
// clients that must end with what the keys and the API say, whatever happens to
// the gateways and to their connections meanwhile.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { follow } from "../../../web/gateway/client.mjs";
import { connect_client, connect_redis, program, redis_url, start, start_api, start_balancer, start_gateway, until }
  from "./lab.mjs";

const prefix = "market:";
const market = ["--rate", "150", "--slots", "32", "--tokens", "8", "--seed", "7"];
let redis;
let api;
let node;
const gateways = [];
let balancer;
const clients = [];

before(async () => {
  redis = connect_redis();
  api = await start_api(prefix);
  const words = ["--api", api.url, "--prefix", prefix, "--linger-seconds", "1"];
  gateways.push(await start_gateway(words), await start_gateway(words));
  balancer = await start_balancer(gateways.map((x) => x.port));
  node = start(program, ["run", "--store", "sqlite::memory:", "--redis", redis_url, "--redis-prefix", prefix, ...market]);
});

after(async () => {
  for (const x of clients) x.socket.close();
  for (const x of gateways) await x.kill();
  node.child.kill("SIGKILL");
  balancer.close();
  api.close();
  redis.disconnect();
});

/** A client that follows, and notes what no client may see. */
async function make_client() {
  const socket = await connect_client(balancer.url);
  const client = { socket, problems: [], counts: {}, gateway_deaths: 0, ...follow(socket) };
  /** mint -> seq of the last trade that it knows of; undefined after a cut. */
  const last = new Map();
  socket.on("disconnect", () => {
    last.clear();
    client.gateway_deaths += 1;
  });
  socket.onAny((event, x) => {
    client.counts[event] = (client.counts[event] ?? 0) + 1;
    if (event === "token:snapshot") last.set(x.mint, x.trades_seq);
    if (event !== "trade") return;
    const before = last.get(x.data.mint);
    if (before != null && BigInt(x.seq) <= BigInt(before)) client.problems.push(`${x.seq} again`);
    if (before != null && BigInt(x.prev) > BigInt(before)) client.problems.push(`hole ${before} to ${x.prev}`);
    last.set(x.data.mint, x.seq);
  });
  clients.push(client);
  return client;
}

test("clients end whole after kill -9 of a gateway and cuts of Redis", { timeout: 150_000 }, async () => {
  const mints = await until("tokens are traded", async () => {
    const found = await redis.zrevrange(`${prefix}tokens:by_volume`, 0, 3);
    return found.length === 4 && found;
  });
  const { wallet } = await until("a trade", () => api.trades.get(mints[0])?.at(-1));
  for (let i = 0; i < 6; i += 1) {
    const client = await make_client();
    for (const mint of mints) client.want("token", { mint, intervals: ["1s", "1m"] });
    for (const window of ["24h", "all"]) client.want("leaderboard", { window });
    client.want("market");
    client.want("wallet", { wallet });
  }
  const shares = await Promise.all(gateways.map((x) => x.metric("clients")));
  assert.ok(shares.every((x) => x > 0), `clients per gateway: ${shares}`);
  await until("all are served", () => clients.every((x) =>
    x.counts["token:history"] >= 8 && x.counts["market:trade"] && x.counts.leaderboard >= 2 && x.counts.wallet >= 1));
  // Until now nothing went wrong, and nothing may have.
  for (const x of clients) assert.deepEqual(x.problems, []);

  // Clients of a gateway whose connection to Redis is cut stay with it.
  for (const client of (await redis.client("LIST")).split("\n").filter((x) => x.includes("pumpscope-gateway-channels")))
    await redis.client("KILL", "ID", /id=(\d+)/.exec(client)[1]);
  await until("gateways are ready again", async () =>
    (await Promise.all(gateways.map((x) => x.metric("holes_total")))).every((x) => x > 0));

  const deaths = () => clients.filter((x) => x.gateway_deaths).length;
  assert.equal(deaths(), 0);
  await gateways[0].kill();
  await until("clients reconnect", () => deaths() >= 1 && clients.every((x) => x.socket.connected));
  assert.ok(deaths() < clients.length, "only those of the gateway that died noticed");
  for (const x of clients) assert.equal(x.socket.recovered && x.gateway_deaths > 0, false);

  assert.equal(await node.ended, 0, node.text);
  const keys = async () => Promise.all(["24h", "all"].map((x) => redis.get(`${prefix}leaderboard:${x}`)));
  const boards = (await keys()).map((x) => JSON.parse(x).data);
  const seq = async (mint) => redis.hget(`${prefix}token:${mint}`, "seq");
  const seqs = await Promise.all(mints.map(seq));
  const total = await Promise.all(mints.map((x) => redis.hget(`${prefix}token:${x}`, "trades")));
  // A snapshot may hold for more than the token's last trade.
  const state = ({ view }) => mints.map((mint, i) => [String(view.tokens[mint].token.trades) === total[i],
    BigInt(view.tokens[mint].trades_seq) >= BigInt(seqs[i])]);
  await until("everything arrived", () => clients.every((x) => state(x).flat().every(Boolean)))
    .catch((error) => assert.fail(`${error.message} ${JSON.stringify(clients.map(state))}`));
  for (const { view, problems, counts } of clients) {
    assert.deepEqual(problems.filter((x) => x.endsWith("again")), []);
    assert.deepEqual([view.leaderboards["24h"], view.leaderboards.all], boards);
    for (const mint of mints) {
      for (const interval of ["1s", "1m"]) {
        const expected = api.chart(mint, interval);
        const found = [...view.tokens[mint].candles[interval].values()].sort((x, y) => x.time - y.time);
        assert.ok(expected.length > 0);
        const fields = (x) => [x.time, x.open, x.high, x.low, x.close, x.volume_quote, x.trades, x.wallets];
        assert.deepEqual(found.map(fields), expected.map(fields), `${mint} ${interval}`);
      }
      assert.deepEqual(view.tokens[mint].trades.map((x) => x.signature),
        api.trades.get(mint).slice(-50).reverse().map((x) => x.signature));
    }
    assert.equal(view.market.trades_24h, JSON.parse(await redis.get(`${prefix}market`)).data.trades_24h);
    assert.ok(counts["token:new"] > 0 || counts.graduation > 0 || counts.candle > 0);
  }
});
