// A Socket.IO server behind what `redis.socketio` writes, and a client of it in
// all rooms.
//
// Usage: node rooms.mjs REDIS_URL FOLDER FORMAT NAME OUT ROOM…
//
//   FORMAT  streams or classic
//   NAME    of the stream, or what the channels of the packets begin with
//
// Prints "ready" when the client is in the rooms and what others emit reaches
// it; a line on standard input makes it write what the client got, one JSON
// document {event: [message, …]}, and end.

import { createRequire } from "node:module";
import { createServer } from "node:http";
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";

const [url, folder, format, name, out, ...rooms] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(folder), "package.json"));
const Redis = require("ioredis");
const { Server } = require("socket.io");
const { io } = require("socket.io-client");
const streams = require("@socket.io/redis-streams-adapter");
const classic = require("@socket.io/redis-adapter");

const adapter = () => format === "streams"
  ? streams.createAdapter(new Redis(url), { streamName: name })
  : classic.createAdapter(new Redis(url), new Redis(url), { key: name });
const http = createServer();
const server = new Server(http, { adapter: adapter() });
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
// The adapter of streams asks for what comes after "now", again and again, until
// it has read something: what comes in between is lost. So another server of
// the cluster tells something first.
const other = new Server({ adapter: adapter() });
while (!got.primed) {
  other.to(rooms[0]).emit("primed");
  await new Promise((resolve) => setTimeout(resolve, 50));
}
console.log("ready");
readline.createInterface({ input: process.stdin }).once("line", () => {
  fs.writeFileSync(out, JSON.stringify(got));
  process.exit(0);
});
