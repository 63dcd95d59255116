// Puts the parts together: one HTTP server with Socket.IO, GraphQL, the node's
// API and pages on it.

import http from "node:http";
import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { Server } from "socket.io";
import { NodeApi } from "./api.mjs";
import { Buckets } from "./bucket.mjs";
import { BoundedSessionAdapter, Delivery } from "./delivery.mjs";
import { make_graphql } from "./graphql.mjs";
import { ChannelHub } from "./hub.mjs";
import { log } from "./log.mjs";
import { make_metrics } from "./metrics.mjs";
import { find_page, load_pages, send_page } from "./pages.mjs";
import { make_proxy } from "./proxy.mjs";
import { Rooms } from "./rooms.mjs";
import { Snapshots } from "./snapshots.mjs";
import { serve_clients } from "./sockets.mjs";

const redis_timeout_ms = 2_000;
const redis_retry_max_ms = 2_000;
const client_bytes_max = 16 << 10;
const header_bytes_max = 16 << 10;
const addresses_max = 100_000;
/** Paths that the node answers. */
const proxied = /^\/(api|udf)\/|^\/openapi\.json$/;

/** @param {http.ServerResponse} response @param {number} status @param {string} code @param {string} detail */
function refuse(response, status, code, detail) {
  response.writeHead(status, { "Content-Type": "application/problem+json" });
  response.end(JSON.stringify({ type: "about:blank", title: http.STATUS_CODES[status], status, code, detail }));
}

/** @param {http.ServerResponse} response @param {number} status @param {object} body */
function send_json(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}

/** @param {import("./options.mjs").Options} options @param {string} name */
function connect(options, name) {
  const redis = new Redis(options.redis, {
    ...(options.redis_password ? { password: options.redis_password } : {}),
    lazyConnect: true, autoResubscribe: false, enableOfflineQueue: false,
    connectTimeout: redis_timeout_ms, commandTimeout: redis_timeout_ms, maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(50 * times, redis_retry_max_ms), connectionName: name,
  });
  let told = "";
  redis.on("error", (error) => {
    // Each try fails in the same way: once is enough until it works again.
    if (error.message !== told) log("warning", `${name} cannot use redis`, { error: error.message });
    told = error.message;
  });
  redis.on("ready", () => (told = ""));
  return redis;
}

/**
 * A gateway that listens. Throws when the address is taken or the pages cannot
 * be read; Redis and the node may come later.
 * @param {import("./options.mjs").Options} options
 */
export async function start_gateway(options) {
  const pages = options.pages === null ? null : load_pages(options.pages);
  const helper = readFileSync(new URL("client.mjs", import.meta.url));
  const metrics = make_metrics();
  const subscriber = connect(options, "pumpscope-gateway-channels");
  const reader = connect(options, "pumpscope-gateway-keys");
  const { prefix } = options;
  const hub = new ChannelHub({ subscriber, reader, prefix, metrics, linger_ms: options.linger_seconds * 1000 });
  const api = new NodeApi({ base: options.api, key: options.api_key, metrics,
    timeout_ms: options.api_timeout_seconds * 1000 });
  const snapshots = new Snapshots({ reader, prefix, api, metrics });
  const graphql = make_graphql({ hub, snapshots, api, metrics, cors: options.cors,
    connections_max: options.connections_max });
  const proxy = make_proxy(options.api, refuse);
  const requests = new Buckets(options.requests_per_second, 2 * options.requests_per_second, addresses_max);
  let draining = false;

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response @param {string} pathname */
  async function answer(request, response, pathname) {
    const { method } = request;
    if (pathname === "/graphql") {
      const length = request.headers["content-length"];
      if (method === "POST" && length === undefined) return refuse(response, 411, "length_required", "Content-Length is needed");
      if (Number(length ?? 0) > graphql.body_bytes_max) return refuse(response, 413, "body_too_long", `at most ${graphql.body_bytes_max} bytes`);
      return graphql.handle(request, response);
    }
    if (method !== "GET" && method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return refuse(response, 405, "method_not_allowed", "GET or HEAD");
    }
    if (pathname === "/healthz") return send_json(response, 200, { status: "ok" });
    if (pathname === "/readyz") {
      const ready = hub.up && !draining;
      return send_json(response, ready ? 200 : 503, { ready, redis: hub.up, draining });
    }
    if (pathname === "/metrics") {
      const text = await metrics.registry.metrics();
      response.writeHead(200, { "Content-Type": metrics.registry.contentType });
      return void response.end(text);
    }
    if (pathname === "/client.mjs") {
      response.writeHead(200, { "Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-cache",
        "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff" });
      return void response.end(method === "HEAD" ? undefined : helper);
    }
    if (proxied.test(pathname)) return proxy.pass(request, response, address_of(request));
    const page = pages && find_page(pages, pathname);
    if (page) return send_page(page, request, response);
    return refuse(response, 404, "not_found", "nothing is at this path");
  }

  /** Who asks: what the balancer before us added last, or the peer.
   * @param {http.IncomingMessage} request */
  const address_of = (request) => {
    const told = options.address_header && request.headers[options.address_header];
    return (told ? String(told).split(",").at(-1)?.trim().slice(0, 64) : request.socket.remoteAddress) ?? "";
  };

  /** Names of routes for the metric. @param {string} pathname */
  const route_of = (pathname) => proxied.test(pathname) ? "api"
    : ["/graphql", "/healthz", "/readyz", "/metrics"].includes(pathname) ? pathname.slice(1) : "pages";

  const server = http.createServer({
    maxHeaderSize: header_bytes_max, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 30_000,
  }, async (request, response) => {
    const pathname = (request.url ?? "/").split("?", 1)[0];
    // Socket.IO answers these: its script for browsers, and refusals.
    if (pathname.startsWith("/socket.io/")) return;
    response.on("close", () => metrics.http.inc({ route: route_of(pathname), code: String(response.statusCode) }));
    try {
      const watched = pathname === "/healthz" || pathname === "/readyz" || pathname === "/metrics";
      if (!watched && !requests.take(address_of(request))) {
        response.setHeader("Retry-After", "1");
        refuse(response, 429, "too_many_requests", "slow down");
      } else await answer(request, response, pathname);
    } catch (error) {
      log("error", "gateway failed to answer", { error: String(error) });
      if (response.headersSent) response.destroy();
      else refuse(response, 500, "internal_error", "an inner error; it was logged");
    }
  });
  server.maxConnections = 2 * options.connections_max + 1_000;

  /** @param {http.IncomingMessage} request */
  const may_connect = (request) => {
    const { origin } = request.headers;
    return !draining && (options.cors === "*" || origin === undefined || options.cors.includes(origin));
  };
  const io = new Server(server, {
    // Without long polling every request may go to any gateway.
    transports: ["websocket"], adapter: /** @type {any} */ (BoundedSessionAdapter), serveClient: true,
    maxHttpBufferSize: client_bytes_max, pingInterval: 25_000, pingTimeout: 5_000, connectTimeout: 10_000,
    perMessageDeflate: false, httpCompression: false, destroyUpgrade: false, cors: { origin: options.cors },
    connectionStateRecovery: { maxDisconnectionDuration: options.recovery_seconds * 1000, skipMiddlewares: true },
    allowRequest: (request, decide) => {
      if (!may_connect(request)) decide("origin", false);
      else if (io.engine.clientsCount >= options.connections_max) decide("full", false);
      else decide(null, true);
    },
  });
  server.on("upgrade", (request, socket, head) => {
    const pathname = (request.url ?? "/").split("?", 1)[0];
    // Engine.IO has seen it first and took what is its own.
    if (pathname.startsWith("/socket.io/")) return;
    socket.on("error", () => {});
    if (pathname === "/graphql" && may_connect(request)) graphql.upgrade(request, socket, head);
    else socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });

  const delivery = new Delivery({ io, metrics, buffer_size: options.buffer_size,
    behind_ms: options.behind_seconds * 1000 });
  const rooms = new Rooms({ hub, snapshots, delivery, metrics, recovery_ms: options.recovery_seconds * 1000 });
  serve_clients(io, { rooms, api, delivery, metrics, rooms_max: options.rooms_max,
    events_per_second: options.events_per_second });

  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.listen.port, options.listen.host, () => resolve(null));
  });
  reader.connect().catch(() => {});
  hub.start();
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

  /** Takes no one new, sends clients away bit by bit (they reconnect elsewhere),
   * and ends. */
  async function stop() {
    draining = true;
    const sockets = [...io.sockets.sockets.values()];
    const end = performance.now() + options.drain_seconds * 1000;
    while (sockets.length && performance.now() < end) {
      const turns = Math.max(1, Math.ceil((end - performance.now()) / 50));
      for (const socket of sockets.splice(0, Math.ceil(sockets.length / turns))) socket.conn.close();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await graphql.stop();
    rooms.stop();
    delivery.stop();
    // Streams of HTTP and peers that do not answer would hold it open.
    const closed = io.close();
    server.closeAllConnections();
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 1_000))]);
    hub.stop();
    reader.disconnect();
    proxy.stop();
  }

  return { port, hub, metrics, io, rooms, stop };
}
