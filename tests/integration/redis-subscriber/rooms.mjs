// A Socket.IO server behind the stream that `redis.socketio = streams` writes,
// and a client of it in all rooms.
//
// Usage: node rooms.mjs REDIS_URL FOLDER STREAM OUT ROOM…
//
// Prints "ready" when the client is in the rooms; a line on standard input makes
// it write what the client got, one JSON document {event: [message, …]}, and end.

import { createRequire } from "node:module";
import { createServer } from "node:http";
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";

const [url, folder, stream, out, ...rooms] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(folder), "package.json"));
const Redis = require("ioredis");
const { Server } = require("socket.io");
const { io } = require("socket.io-client");
const { createAdapter } = require("@socket.io/redis-streams-adapter");

const http = createServer();
const server = new Server(http, {
  adapter: createAdapter(new Redis(url), { streamName: stream }),
});
server.on("connection", (socket) =>
  socket.on("subscribe", (names, done) => {
    for (const x of names) socket.join(x);
    done();
  }));
await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));

const got = {};
const client = io(`http://127.0.0.1:${http.address().port}`, { transports: ["websocket"] });
client.onAny((event, message) => (got[event] ??= []).push(message));
await new Promise((resolve) => client.on("connect", resolve));
await client.emitWithAck("subscribe", rooms);
// The adapter asks for what comes after "now", again and again, until it has
// read something: what comes in between is lost. So it gets something first.
const primer = new Redis(url);
const entry = JSON.stringify({
  packet: { type: 2, data: ["primed"], nsp: "/" },
  opts: { rooms: [rooms[0]], except: [], flags: {} },
});
while (!got.primed) {
  await primer.xadd(stream, "*", "uid", "emitter", "nsp", "/", "type", "3", "data", entry);
  await new Promise((resolve) => setTimeout(resolve, 100));
}
console.log("ready");
readline.createInterface({ input: process.stdin }).once("line", () => {
  fs.writeFileSync(out, JSON.stringify(got));
  process.exit(0);
});
