// A Redis, a node's API, gateways as processes, a balancer before them, and
// clients. Everything that is started ends with `close`.

import { spawn } from "node:child_process";
import http from "node:http";
import net from "node:net";
import { fileURLToPath } from "node:url";
import { kind_of, parse_message } from "../../../web/gateway/messages.mjs";
import { load } from "../../web/gateway/packages.mjs";

export { load };
const { Redis } = load("ioredis");
const { io } = load("socket.io-client");

export const redis_url = process.env.PUMPSCOPE_TEST_GATEWAY_REDIS;
export const program = process.env.PUMPSCOPE_TEST_PROGRAM;
const main = fileURLToPath(new URL("../../../web/gateway/main.mjs", import.meta.url));

/** What is asked again and again until it holds. */
export async function until(what, check, patience_ms = 60_000) {
  const end = performance.now() + patience_ms;
  let last;
  while (performance.now() < end) {
    last = await check();
    if (last) return last;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what}: not within ${patience_ms} ms, last ${JSON.stringify(last)}`);
}

export const connect_redis = () => new Redis(redis_url, { maxRetriesPerRequest: null });

/** A process, and what it wrote. */
export function start(command, words, options = {}) {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const run = { child, text: "", ended: new Promise((resolve) => child.on("exit", (code, signal) => resolve(code ?? signal))) };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (x) => (run.text = (run.text + x).slice(-20_000)));
  return run;
}

/** A gateway of its own process, with the port that it listens on. */
export async function start_gateway(words) {
  const run = start(process.execPath, [main, "--redis", redis_url, "--listen", "127.0.0.1:0", ...words]);
  const port = await until("the gateway listens", () => {
    if (run.child.exitCode !== null) throw new Error(`the gateway ended: ${run.text}`);
    return Number(/gateway listens .*port=(\d+)/.exec(run.text)?.[1]);
  });
  const url = `http://127.0.0.1:${port}`;
  await until("the gateway is ready", async () => (await fetch(`${url}/readyz`)).ok);
  return { ...run, url, port,
    /** A metric of it, summed over its labels. */
    async metric(name) {
      const text = await (await fetch(`${url}/metrics`)).text();
      return [...text.matchAll(new RegExp(`^pumpscope_gateway_${name}(?:\\{.*\\})? (.*)$`, "gm"))]
        .reduce((sum, x) => sum + Number(x[1]), 0);
    },
    kill(signal = "SIGKILL") {
      run.child.kill(signal);
      return run.ended;
    } };
}

/** Connections in turn to the ports that answer: no sticky sessions. */
export async function start_balancer(ports) {
  let turn = 0;
  const server = net.createServer((client) => {
    client.on("error", () => {});
    const attempt = (left) => {
      if (!left) return client.destroy();
      const port = ports[(turn += 1) % ports.length];
      const up = net.connect(port, "127.0.0.1");
      up.once("error", () => attempt(left - 1));
      up.once("connect", () => {
        up.removeAllListeners("error");
        up.on("error", () => client.destroy());
        up.on("close", () => client.destroy());
        client.on("close", () => up.destroy());
        client.pipe(up).pipe(client);
      });
      return undefined;
    };
    attempt(ports.length);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** A Socket.IO client that is connected. */
export async function connect_client(url, options = {}) {
  const socket = io(url, { transports: ["websocket"], reconnectionDelay: 50, reconnectionDelayMax: 200, forceNew: true, ...options });
  await new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  return socket;
}

/**
 * The few routes of the node's API that the gateway asks, answered by a fold of
 * its own over what is published under a prefix.
 */
export async function start_api(prefix = "") {
  const charts = new Map(); // "mint interval" -> time -> candle
  const trades = new Map(); // mint -> newest last
  // What charts and trades hold for: they are published one after the other.
  const seqs = { candle: 0n, trade: 0n };
  const redis = connect_redis();
  redis.on("pmessage", (_, channel, text) => {
    let x;
    try {
      x = parse_message(kind_of(channel.slice(prefix.length)), text);
    } catch {
      return;
    }
    if (x.type in seqs && BigInt(x.seq) > seqs[x.type]) seqs[x.type] = BigInt(x.seq);
    if (x.type === "candle") {
      const name = `${x.data.mint} ${x.data.interval}`;
      charts.set(name, (charts.get(name) ?? new Map()).set(x.data.time, x.data));
    } else if (x.type === "trade") {
      trades.set(x.data.mint, [...trades.get(x.data.mint) ?? [], x.data]);
    }
  });
  await redis.psubscribe(`${prefix}candle:*`, `${prefix}trade:*`);
  const calls = [];
  const chart = (mint, interval) => [...charts.get(`${mint} ${interval}`)?.values() ?? []].sort((x, y) => x.time - y.time);
  const answer = (pathname, query) => {
    const [kind, key, part] = pathname.split("/").slice(3);
    const limit = Number(query.get("limit") ?? 100);
    if (kind === "tokens" && part === "chart")
      {
      const candles = chart(key, query.get("interval")).slice(-limit);
      return { mint: key, quote_mint: candles[0]?.quote_mint ?? null, candles, gaps: [] };
    }
    if (kind === "tokens" && part === "trades") return (trades.get(key) ?? []).slice(-limit).reverse();
    if (kind === "tokens" && part === "holders") return [{ rank: 1, wallet: key, units: "5", share: 0.5 }];
    // It cannot tell: the gateway finds it in the keys.
    if (kind === "tokens" && key !== undefined && part === undefined) return undefined;
    if (kind === "tokens" && key === undefined) return [...trades.keys()].slice(0, limit).map((mint) => ({ mint, windows: {} }));
    if (kind === "wallets" && part === "positions") return [];
    if (kind === "wallets") return { wallet: key, trades: 0 };
    if (kind === "search") return [{ kind: "token", mint: [...trades.keys()][0], name: query.get("q") }];
    return null;
  };
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://node");
    calls.push({ path: request.url, headers: request.headers });
    if (pathname === "/api/v1/stream") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("retry: 1000\n\n");
      const timer = setInterval(() => response.write("data: {}\n\n"), 50);
      response.on("close", () => clearInterval(timer));
      return;
    }
    const data = answer(pathname, searchParams);
    response.writeHead(data === null ? 404 : data === undefined ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ as_of: { slot: 1, seq: String(seqs[pathname.endsWith("/chart") ? "candle" : "trade"]) }, complete: true, data, meta: { next: null } }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, chart, calls, trades,
    close() {
      redis.disconnect();
      server.close();
      server.closeAllConnections();
    } };
}
