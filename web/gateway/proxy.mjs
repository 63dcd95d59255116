// Passes GET requests on to the node, as they come and as they go: answers are
// streamed, so the node's SSE works through it. No bodies go up.

import http from "node:http";
import https from "node:https";
import { pipeline } from "node:stream";

const first_byte_ms = 15_000;
/** SSE has a heartbeat every 15 s: one that is silent for longer is dead. */
const silence_ms = 60_000;
const streams_max = 2_000;

/** Headers that belong to one connection (RFC 9110, 7.6.1), and those that the
 * gateway sets itself. */
const not_passed = new Set(["connection", "keep-alive", "proxy-authenticate", "proxy-authorization",
  "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host", "cookie", "set-cookie",
  "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "expect", "content-length"]);

/** @param {http.IncomingHttpHeaders} headers */
function passed(headers) {
  const listed = String(headers.connection ?? "").toLowerCase().split(",").map((x) => x.trim());
  return Object.fromEntries(Object.entries(headers).filter(([name]) =>
    !not_passed.has(name) && !listed.includes(name)));
}

/**
 * @param {string} base URL of the node
 * @param {(response: http.ServerResponse, status: number, code: string, detail: string) => void} refuse
 */
export function make_proxy(base, refuse) {
  const target = new URL(base);
  const client = target.protocol === "https:" ? https : http;
  const agent = new client.Agent({ keepAlive: true, maxSockets: streams_max, maxFreeSockets: 64 });
  let streams = 0;

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response
   * @param {string} address of the client */
  function pass(request, response, address) {
    if (streams >= streams_max) {
      response.setHeader("Retry-After", "5");
      refuse(response, 503, "unavailable", "too many requests wait for the node");
      return;
    }
    streams += 1;
    const up = client.request({
      host: target.hostname.replace(/^\[(.*)\]$/, "$1"), port: target.port, agent, method: request.method,
      path: target.pathname.replace(/\/$/, "") + request.url,
      headers: { ...passed(request.headers), host: target.host,
        "x-forwarded-for": address },
    });
    up.setTimeout(first_byte_ms, () => up.destroy(new Error("no answer")));
    up.on("response", (answer) => {
      up.setTimeout(silence_ms, () => up.destroy(new Error("silent")));
      // The length was left out of what is passed up; going down it is right.
      const length = answer.headers["content-length"];
      response.writeHead(answer.statusCode ?? 502, { ...passed(answer.headers),
        ...(length === undefined ? {} : { "content-length": length }) });
      pipeline(answer, response, () => {});
    });
    up.on("error", () => {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, "unavailable", "the node did not answer");
    });
    // When either side is gone, the other one ends.
    response.on("close", () => {
      streams -= 1;
      up.destroy();
    });
    up.end();
  }

  return { pass, stop: () => agent.destroy() };
}
