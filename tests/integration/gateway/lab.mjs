// A Redis, a node and its market, gateways as processes, a balancer before them,
// and clients. Everything that is started ends with `close`.

import { spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
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
 * A node that follows a simulated market without end: its HTTP API at `url`,
 * its publications under `prefix`.
 */
export async function start_node(prefix, market) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pumpscope-gateway-"));
  const source = start(program, ["simulate", "--listen", "127.0.0.1:0", ...market]);
  const told = (run, what) => until("a server listens", () => {
    if (run.child.exitCode !== null) throw new Error(`it ended: ${run.text}`);
    return what.exec(run.text)?.[1];
  });
  const endpoint = await told(source, /market at (http:\S+)/);
  const run = start(program, ["run", "--store", `sqlite:${folder}/store.db`, "--endpoint", endpoint, "--http", "127.0.0.1:0",
    "--rate-limit", "0", "--redis", redis_url, "--redis-prefix", prefix, "--price", "fixed:150"]);
  const url = await told(run, /source: \S+, (http:[^\s,]+)/);
  /** The answer of a path of the API. */
  const get = async (address) => {
    const response = await fetch(`${url}/api/v1${address}`, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return { ...run, url, get,
    /** Ends the market; gives the position in the journal behind which nothing comes. */
    async end_market() {
      source.child.kill("SIGKILL");
      await source.ended;
      // What the node had read is sealed, committed and published a moment later.
      let last = null;
      return until("the node is quiet", async () => {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        const x = await (await fetch(`${url}/console/api/overview`)).json();
        const now = x.committed_jpos;
        const is_quiet = now === last && x.epochs_in_flight === 0;
        last = now ?? null;
        return is_quiet && String(now);
      });
    },
    async close() {
      for (const x of [source, run]) x.child.kill("SIGKILL");
      await Promise.all([source.ended, run.ended]);
      fs.rmSync(folder, { recursive: true });
    } };
}

/**
 * What stands for a node's API where a test needs answers of its own: `answers`
 * has the data of paths behind /api/v1; `null` is answered with 503, what is not
 * in it with 404. All hold for `seq`.
 */
export async function start_api(answers = {}, seq = "0") {
  const calls = [];
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://node");
    calls.push({ path: request.url, headers: request.headers });
    if (pathname === "/api/v1/stream") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("retry: 1000\n\n");
      const timer = setInterval(() => response.write("data: {}\n\n"), 50);
      response.on("close", () => clearInterval(timer));
      return;
    }
    const data = answers[pathname.slice("/api/v1".length)];
    response.writeHead(data === undefined ? 404 : data === null ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ as_of: { slot: 1, seq }, complete: true, data, meta: { next: null } }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, calls,
    close() {
      server.close();
      server.closeAllConnections();
    } };
}
