#!/usr/bin/env node
// A server that speaks docs/reference/http.md with the market of
// mock_market.mjs, and does on command what the real one cannot be made to do:
// refuse, be slow, fall silent, lose its ring.
//
// Usage: mock_server.mjs [PORT [FOLDER]]      FOLDER: the built pages
//
// For tests: `const mock = await startMock({ folder })`, then mock.url,
// mock.market, mock.faults, mock.restart(), mock.stop().

import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { epoch, intervals, Market, sol } from "./mock_market.mjs";

const policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
const ringMax = 4_000;
const types = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
const text = (unix) => new Date(unix * 1000).toISOString().replace(".000Z", "Z");

class Problem extends Error {
  constructor(status, code, detail, retryAfter = null) {
    super(detail);
    Object.assign(this, { status, code, retryAfter });
  }
}

class Mock {
  constructor({ folder = null, tradesPerSecond = 20, seed = 7, tokens = 80 } = {}) {
    this.folder = folder;
    this.market = new Market({ seed, tokens });
    this.tradesPerSecond = tradesPerSecond;
    this.startedAt = Date.now();
    this.server = null;
    this.generation = 0;
    this.faults = {
      /** Milliseconds that every answer of the API waits. */
      slowMs: 0,
      /** [{path: RegExp, status, code, retryAfter}] */
      refuse: [],
      /** Nothing is traded and told. */
      silent: false,
      /** First slot of an open gap, null: none. */
      gapSince: null,
      simulated: true,
      /** Candles of this mint lack what was between these times. */
      chartGap: null,
    };
    /** Paths that were asked for, for tests that count. */
    this.asked = [];
    this.forgetAll();
  }

  forgetAll() {
    ++this.generation;
    this.messages = 0;
    this.ring = [];
    this.newest = new Map();
    this.previous = new Map();
    this.clients = new Set();
  }

  async listen(port = 0) {
    this.server = http.createServer((request, response) => void this.answer(request, response));
    await new Promise((done) => this.server.listen(port, "127.0.0.1", done));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
    const every = 100;
    this.timers = [
      setInterval(() => this.live(this.tradesPerSecond * every / 1000), every),
      setInterval(() => this.tellBoards(), 1_000),
    ];
  }

  async stop() {
    this.timers.forEach(clearInterval);
    this.cutStreams();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** A new process on the same store: another id, an empty ring. */
  async restart(downMs = 0) {
    await this.stop();
    this.forgetAll();
    await new Promise((done) => setTimeout(done, downMs));
    await this.listen(this.port);
  }

  cutStreams() {
    for (const client of this.clients)
      client.response.destroy();
    this.clients.clear();
  }

  live(count) {
    if (this.faults.silent)
      return;
    this.market.now = epoch + Math.floor((Date.now() - this.startedAt) / 1000);
    this.owed = (this.owed ?? 0) + count;
    const touched = new Map();
    while (this.owed >= 1) {
      --this.owed;
      const entry = this.market.trade();
      touched.set(entry.trade.mint, entry);
      this.tellTick(entry.trade);
      this.tell(`trade:${entry.trade.mint}`, "trade", entry.jpos, 0, entry.trade, entry.trade.slot);
    }
    for (const [mint, { jpos, trade }] of touched)
      this.tellToken(mint, jpos, trade);
  }

  /** The states that a trade changed. */
  tellToken(mint, jpos, trade) {
    const token = this.market.tokens.get(mint);
    const rev = ++this.epochs;
    this.tell(`token:${mint}`, "token", jpos, rev, this.market.tokenObject(token), trade.slot);
    this.tell(`wallet:${trade.wallet}`, "wallet", jpos, rev, { wallet: trade.wallet }, trade.slot);
    for (const [interval, candles] of Object.entries(token.candles)) {
      const { filled, ...candle } = [...candles.values()].at(-1);
      this.tell(`candle:${mint}:${interval}`, "candle", jpos, rev, { mint, quote_mint: sol, interval, ...candle, rev }, trade.slot);
    }
  }

  epochs = 1;

  /** Tells each of these tokens anew, its price a little off. */
  tellRows(mints) {
    for (const mint of mints) {
      const base = this.rows.get(mint) ?? this.market.tokenObject(this.market.tokens.get(mint));
      this.rows.set(mint, base);
      const data = { ...base, price: base.price * (0.9 + 0.2 * this.market.random()), chain_time: text(this.market.now) };
      this.tell(`token:${mint}`, "token", this.market.jpos, ++this.epochs, data, 0);
    }
  }

  rows = new Map();

  tellTick(trade) {
    this.send(`tick:${trade.mint}`, { v: 1, type: "tick", status: "processed", slot: trade.slot, ts: Date.now(), data: trade }, false);
  }

  tellBoards() {
    if (this.faults.silent)
      return;
    const epochNumber = ++this.epochs;
    this.tell("market", "market", epochNumber, 0, this.market.marketObject(), 0);
    for (const window of ["24h", "7d", "all"])
      if (this.isHeard(`leaderboard:${window}`))
        this.tell(`leaderboard:${window}`, "leaderboard", epochNumber, 0, this.market.boards(window), 0);
  }

  isHeard(channel) {
    return [...this.clients].some((x) => x.topics.has(channel));
  }

  tell(channel, type, seq, rev, data, slot) {
    const prev = this.previous.get(channel) ?? 0;
    this.previous.set(channel, seq);
    this.send(channel, { v: 1, type, fence: "1", seq: String(seq), rev, prev: String(prev), slot, ts: Date.now(), data }, true);
  }

  send(channel, message, kept) {
    const id = ++this.messages;
    const event = `id: m${this.generation}-${id}\nevent: ${message.type}\ndata: ${JSON.stringify({ channel, ...message })}\n\n`;
    this.ring.push({ id, channel, event });
    if (this.ring.length > ringMax)
      this.ring.shift();
    if (kept)
      this.newest.set(channel, event);
    for (const client of this.clients)
      if (client.topics.has(channel))
        client.response.write(event);
  }

  stream(request, response, words) {
    const topics = new Set((words.get("topics") ?? "").split(",").filter(Boolean));
    if (topics.size < 1 || topics.size > 128)
      throw new Problem(400, "invalid_parameter", "topics: 1 to 128");
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache", "Content-Security-Policy": policy });
    response.write("retry: 1000\n\n");
    const [, generation, id] = /^m(\d+)-(\d+)$/.exec(request.headers["last-event-id"] ?? "") ?? [];
    const inRing = Number(generation) === this.generation && Number(id) + 1 >= (this.ring[0]?.id ?? 0);
    if (id !== undefined && !inRing)
      response.write(`event: reset\ndata: {}\n\n`);
    if (id !== undefined && inRing) {
      for (const x of this.ring)
        if (x.id > Number(id) && topics.has(x.channel))
          response.write(x.event);
    } else {
      for (const topic of topics)
        if (this.newest.has(topic))
          response.write(this.newest.get(topic));
    }
    response.write(`event: ready\ndata: {"topics":${topics.size},"server":"m${this.generation}"}\n\n`);
    const client = { topics, response };
    this.clients.add(client);
    response.on("close", () => this.clients.delete(client));
  }

  async answer(request, response) {
    const url = new URL(request.url, "http://mock");
    try {
      if (url.pathname.startsWith("/api/v1/")) {
        this.asked.push(url.pathname + url.search);
        if (this.faults.slowMs > 0)
          await new Promise((done) => setTimeout(done, this.faults.slowMs));
        const refusal = this.faults.refuse.find((x) => x.path.test(url.pathname));
        if (refusal)
          throw new Problem(refusal.status, refusal.code, refusal.detail ?? "Refused by the test.", refusal.retryAfter);
        const route = url.pathname.slice("/api/v1".length);
        if (route === "/stream")
          this.stream(request, response, url.searchParams);
        else
          this.sendJson(request, response, 200, this.route(route, url.searchParams));
      } else {
        this.sendFile(response, url.pathname);
      }
    } catch (problem) {
      if (!(problem instanceof Problem))
        console.error(problem);
      const { status = 500, code = "internal", message, retryAfter } = problem;
      this.sendJson(request, response, status, { type: "about:blank", title: code, status, code, detail: message },
        { "Content-Type": "application/problem+json", ...(retryAfter && { "Retry-After": String(retryAfter) }) });
    }
  }

  sendJson(request, response, status, body, headers = {}) {
    let bytes = Buffer.from(JSON.stringify(body));
    const zip = bytes.length > 1_024 && /gzip/.test(request.headers["accept-encoding"] ?? "");
    if (zip)
      bytes = gzipSync(bytes);
    response.writeHead(status, { "Content-Type": "application/json", "Content-Security-Policy": policy, ...(zip && { "Content-Encoding": "gzip" }), ...headers });
    response.end(bytes);
  }

  sendFile(response, pathname) {
    const name = path.extname(pathname) === "" ? "/index.html" : pathname;
    const file = this.folder && path.join(this.folder, path.normalize(name));
    if (!file || !file.startsWith(this.folder) || !fs.existsSync(file))
      throw new Problem(404, "not_found", "Nothing is here.");
    if (!this.files.has(file))
      this.files.set(file, gzipSync(fs.readFileSync(file)));
    response.writeHead(200, { "Content-Type": types[path.extname(file)] ?? "application/octet-stream", "Content-Security-Policy": policy, "Content-Encoding": "gzip" });
    response.end(this.files.get(file));
  }

  files = new Map();

  whole(data, more = {}) {
    const { gapSince, simulated } = this.faults;
    return {
      as_of: { slot: this.market.trades.at(-1)?.slot ?? 0, seq: String(this.market.jpos), chain_time: text(this.market.now) },
      complete: gapSince === null, incomplete_since: gapSince, simulated, data, ...more,
    };
  }

  list(rows, words, fallback, most, total) {
    const limit = Math.min(most, Math.max(1, Number(words.get("limit") ?? fallback)));
    const page = Number(words.get("page") ?? 1);
    const from = words.has("cursor") ? Number(words.get("cursor")) : (page - 1) * limit;
    const hasMore = from + limit < rows.length;
    return this.whole(rows.slice(from, from + limit), {
      meta: { limit, next: hasMore ? String(from + limit) : null, hasMore, ...(total !== undefined && { total }) },
    });
  }

  route(route, words) {
    const { market } = this;
    const [, kind, key, part] = route.split("/");
    switch (kind) {
      case "tokens":
        return key ? this.token(key, part, words) : this.list(this.tokens(words), words, 50, 200);
      case "wallets":
        return this.wallet(key, part, words);
      case "leaderboards":
        return this.list(market.board(key === "losers", words.get("by") ?? "net"), words, 100, 100);
      case "market":
        return this.whole(market.marketObject());
      case "search":
        return this.list(this.search((words.get("q") ?? "").toLowerCase()), words, 20, 50);
      case "status":
        return this.whole({
          version: "0.1.0", simulated: this.faults.simulated, source: "mock", sealed_slot: market.trades.at(-1)?.slot ?? 0,
          lag_slots: 1, chain_time: text(market.now), gaps_open: this.faults.gapSince === null ? 0 : 1,
          trades: market.trades.length, tokens: market.tokens.size, wallets: market.wallets.length,
          sse_clients: this.clients.size, uptime_seconds: 1,
        });
      default:
        throw new Problem(404, "not_found", "Nothing is at this path.");
    }
  }

  tokens(words) {
    const rows = [...this.market.tokens.values()].map((x) => this.market.tokenObject(x));
    const windowed = (window, name) => (x) => Number(x.windows[window][name]);
    const values = {
      volume_24h: windowed("24h", "volume_quote"), volume_1h: windowed("1h", "volume_quote"), volume_5m: windowed("5m", "volume_quote"),
      market_cap: (x) => Number(x.market_cap), liquidity: (x) => Number(x.liquidity), trades_24h: windowed("24h", "trades"),
      price_change_5m: windowed("5m", "price_change"), price_change_1h: windowed("1h", "price_change"), price_change_24h: windowed("24h", "price_change"),
      holders: (x) => x.holders_traded, score: (x) => x.score, progress: (x) => x.progress, created_at: (x) => Date.parse(x.created_at),
      graduated_at: (x) => Date.parse(x.graduated_at ?? 0), last_trade_at: (x) => x.last_trade_at_unix,
    };
    const value = values[words.get("sortBy") ?? "volume_24h"];
    if (!value)
      throw new Problem(400, "invalid_parameter", "sortBy: not a column");
    const units = { s: 1, m: 60, h: 3600, d: 86400 };
    const age = words.get("maxAge");
    const oldest = age ? this.market.now - Number.parseInt(age, 10) * (units[age.at(-1)] ?? 1) : -Infinity;
    const search = (words.get("search") ?? "").toLowerCase();
    const kept = rows.filter((x) => Number(x.liquidity) / 1e9 >= Number(words.get("minLiquidity") ?? 0)
      && (!words.has("program") || x.program === words.get("program"))
      && (!words.has("graduated") || String(x.graduated) === words.get("graduated"))
      && Date.parse(x.created_at) / 1000 >= oldest
      && [x.name, x.symbol, x.mint].some((y) => (y ?? "").toLowerCase().startsWith(search)));
    const sign = words.get("order") === "asc" ? 1 : -1;
    return kept.sort((a, b) => sign * (value(a) - value(b)));
  }

  token(mint, part, words) {
    const token = this.market.tokens.get(mint);
    if (!token)
      throw new Problem(404, "not_found", "No such token.");
    if (part === undefined)
      return this.whole({ ...this.market.tokenObject(token), holders: this.market.holders(token, 20), complete: this.faults.gapSince === null });
    if (part === "holders")
      return this.list(this.market.holders(token, 1_000), words, 20, 100, token.holders.size);
    if (part === "trades")
      return this.list([...token.trades].reverse(), words, 100, 500);
    if (part === "chart")
      return this.whole(this.chart(token, words));
    throw new Problem(404, "not_found", "Nothing is at this path.");
  }

  chart(token, words) {
    const interval = words.get("interval") ?? "1m";
    const step = intervals[interval];
    const to = this.market.now;
    const from = to - (interval === "1s" ? 3_600 : 86_400 * (step >= 3_600 ? 30 : 1));
    const gap = this.faults.chartGap?.mint === token.mint ? this.faults.chartGap : null;
    const inGap = (time) => gap && time + step > gap.from && time <= gap.to;
    const scale = words.get("unit") === "market_cap" ? 1e9 : 1;
    const candles = [];
    for (const x of token.candles[interval].values()) {
      if (x.time + step <= from || inGap(x.time))
        continue;
      const last = candles.at(-1);
      if (words.get("fill") === "prev" && last)
        for (let time = last.time + step; time < x.time && candles.length < 5_000; time += step)
          candles.push({ ...last, time, open: last.close, high: last.close, low: last.close, volume: 0, trades: 0, closed: true, filled: true, complete: !inGap(time) });
      candles.push({ ...x, open: x.open * scale, high: x.high * scale, low: x.low * scale, close: x.close * scale });
    }
    return {
      mint: token.mint, quote_mint: sol, interval, from, to, rev: 1, candles: candles.slice(-1_500),
      gaps: gap ? [{ from: gap.from, to: gap.to }] : [],
    };
  }

  wallet(address, part, words) {
    const slot = words.has("as_of") ? Number(words.get("as_of")) : Infinity;
    const wallet = this.market.wallet(address, slot);
    if (!wallet)
      throw new Problem(404, "not_found", "No trade of this wallet was seen.");
    const { positions, curve, unrealized, ...totals } = wallet;
    const rows = positions.map(({ outcomes, ...x }) => x);
    switch (part) {
      case undefined:
        return this.whole({ ...totals, unrealized, curve });
      case "ledger":
        return this.whole({ ...totals, positions: rows.map(({ mark, exit, name, symbol, hold_seconds, ...x }) => x) });
      case "trades":
        return this.list(this.market.trades.filter((x) => x.wallet === address).reverse(), words, 100, 500);
      case "positions": {
        const open = { open: (x) => x.units !== "0", closed: (x) => x.units === "0" }[words.get("status")] ?? (() => true);
        const sortBy = words.get("sortBy") ?? "last_trade_at";
        const value = (x) => (sortBy === "last_trade_at" ? Date.parse(x.last_trade_at) : Number(x[sortBy]));
        const sign = words.get("order") === "asc" ? 1 : -1;
        return this.list(rows.filter(open).sort((a, b) => sign * (value(a) - value(b))), words, 100, 500);
      }
      default:
        throw new Problem(404, "not_found", "Nothing is at this path.");
    }
  }

  search(q) {
    const tokens = [...this.market.tokens.values()].filter((x) =>
      (x.names.name ?? "").toLowerCase().includes(q) || (x.names.symbol ?? "").toLowerCase().includes(q) || x.mint.toLowerCase().startsWith(q));
    const wallets = this.market.wallets.filter((x) => x.toLowerCase().startsWith(q));
    return [
      ...tokens.map((x) => {
        const t = this.market.tokenObject(x);
        return { kind: "token", mint: x.mint, wallet: null, name: x.names.name, symbol: x.names.symbol, market_cap: t.market_cap, volume_24h: t.windows["24h"].volume_quote };
      }),
      ...wallets.map((x) => ({ kind: "wallet", mint: null, wallet: x, name: null, symbol: null, market_cap: null, volume_24h: null })),
    ];
  }
}

export async function startMock(options = {}) {
  const mock = new Mock(options);
  await mock.listen(options.port ?? 0);
  return mock;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [port = "8080", folder = null] = process.argv.slice(2);
  const mock = await startMock({ port: Number(port), folder: folder && path.resolve(folder) });
  console.log(mock.url);
}
