// GraphQL: queries are answered by the node's API, subscriptions by the channels
// of Redis. Over HTTP and SSE (graphql-yoga) and WebSocket (graphql-ws).

import { readFileSync } from "node:fs";
import { GraphQLError, GraphQLScalarType, getOperationAST, parse } from "graphql";
import { createSchema, createYoga } from "graphql-yoga";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import { public_error, Refused } from "./errors.mjs";
import { Feed } from "./feed.mjs";
import { log } from "./log.mjs";
import { intervals, is_address, windows } from "./messages.mjs";
import { limit_error, measure, tokens_max } from "./query-limits.mjs";
import { history_max, rows_of } from "./snapshots.mjs";

const page_max = 200;
const trades_page_max = 500;
const feed_size = 256;
const body_bytes_max = 64 << 10;
/** Subscriptions of one WebSocket. */
const operations_max = 32;

/** @param {number} first @param {number} high */
function bounded(first, high) {
  if (first < 1 || first > high) throw new Refused("invalid_parameter", `first: 1 to ${high}`);
  return first;
}

/** @param {string} name @param {(x: unknown) => boolean} check */
const scalar = (name, check) => {
  const read = (/** @type {unknown} */ x) => {
    if (!check(x)) throw new GraphQLError(`not a value of ${name}`, { extensions: { code: "invalid_parameter" } });
    return x;
  };
  return new GraphQLScalarType({ name, serialize: (x) => x, parseValue: read,
    parseLiteral: (node) => read("value" in node ? node.value : null) });
};

/** @param {object} x */
const encode = (x) => Buffer.from(JSON.stringify(x)).toString("base64url");

/**
 * @param {string | null | undefined} cursor
 * @returns {{ page: string | null, row: string | null }}
 */
function decode(cursor) {
  if (!cursor) return { page: null, row: null };
  try {
    const { p: page = null, r: row = null } = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    const is_text = (/** @type {unknown} */ x) => x === null || (typeof x === "string" && x.length <= 512);
    if (is_text(page) && is_text(row) && (page !== null || row !== null)) return { page, row };
  } catch {
    // Refused below.
  }
  throw new Refused("invalid_parameter", "after: not a cursor of this list");
}

/**
 * A Relay connection over the API's pages. The API gives one cursor for each
 * page; that of a row inside one is the page's and the row's own key, behind
 * which reading goes on.
 * @param {object} list
 * @param {(cursor: string | null, limit: number) => Promise<any>} list.fetch
 * @param {(row: any) => string} list.key
 * @param {number} list.first
 * @param {string | null | undefined} list.after
 * @param {number} list.page_max the API's limit
 */
export async function connection({ fetch: fetch_page, key, first, after, page_max: limit_max }) {
  const { page, row } = decode(after);
  // Rows before the key are on the same page: room for them, too.
  const answer = await fetch_page(page, row === null ? first : limit_max);
  const all = rows_of(answer);
  const begin = row === null ? 0 : all.findIndex((x) => key(x) === row) + 1;
  if (row !== null && begin === 0) throw new Refused("invalid_parameter", "after: that row is gone");
  const rows = all.slice(begin, begin + first);
  const next = answer.meta?.next ?? null;
  const at_end = begin + rows.length === all.length;
  const edges = rows.map((node, i) => ({
    node,
    cursor: at_end && i === rows.length - 1 && next !== null
      ? encode({ p: next }) : encode({ p: page, r: key(node) }),
  }));
  return { edges, pageInfo: {
    hasNextPage: !at_end || next !== null, hasPreviousPage: Boolean(after),
    startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null,
  } };
}

/**
 * @typedef {object} Parts
 * @property {import("./hub.mjs").ChannelHub} hub
 * @property {import("./snapshots.mjs").Snapshots} snapshots
 * @property {import("./api.mjs").NodeApi} api
 * @property {import("./metrics.mjs").Metrics} metrics
 * @property {"*" | string[]} cors
 * @property {number} connections_max
 */

/** @param {Parts} parts */
function make_resolvers({ hub, snapshots, api, metrics, connections_max }) {
  /** Null for what the node does not know. @template T @param {Promise<T>} x */
  const or_null = (x) => x.catch((error) => {
    if (error instanceof Refused && error.code === "not_found") return null;
    throw error;
  });
  /** @param {{ mint: string, first: number, after?: string }} x */
  const trades = ({ mint, first, after }) => connection({
    first: bounded(first, trades_page_max), after, page_max: trades_page_max,
    key: (x) => `${x.slot} ${x.tx_index} ${x.ix_path}`,
    fetch: (cursor, limit) => api.get(`/tokens/${mint}/trades`, { limit, cursor }),
  });
  /** @param {{ mint: string, interval: string, first: number }} x */
  const candles = async ({ mint, interval, first }) => {
    bounded(first, history_max);
    return (await snapshots.history(mint, interval, false)).candles.slice(-first);
  };
  let subscriptions = 0;
  /**
   * @param {string} channel @param {number} size @param {(message: any) => any} read
   * @param {string} name
   */
  const follow = (channel, size, name, read) => {
    if (subscriptions >= connections_max) throw new Refused("unavailable", "too many subscriptions");
    subscriptions += 1;
    metrics.subscriptions.set(subscriptions);
    const feed = new Feed({
      size,
      on_drop: () => metrics.left_out.inc({ event: name }),
      on_end: () => {
        listening.close();
        subscriptions -= 1;
        metrics.subscriptions.set(subscriptions);
      },
    });
    const listening = hub.listen(channel, { message: (x) => feed.push({ [name]: read(x) }) });
    return feed;
  };
  const numbered = (/** @type {any} */ x) => ({ ...x.data, seq: x.seq, prev: x.prev });

  const scalars = {
    Address: scalar("Address", is_address),
    Units: scalar("Units", (x) => typeof x === "string"),
    Count: scalar("Count", (x) => Number.isSafeInteger(x)),
    Interval: scalar("Interval", (x) => intervals.includes(/** @type {any} */ (x))),
    Window: scalar("Window", (x) => windows.includes(/** @type {any} */ (x))),
  };
  /** @type {Record<string, Record<string, (parent: any, given: any) => unknown>>} */
  const fields = {
    Query: {
      token: (_, { mint }) => or_null(snapshots.whole_token(mint).then((x) => x.data)),
      tokens: (_, { first, after, sortBy, order, filter }) => connection({
        first: bounded(first, page_max), after, page_max, key: (x) => x.mint,
        fetch: (cursor, limit) => api.get("/tokens", { ...filter, sortBy, order, limit, cursor }),
      }),
      candles: (_, x) => candles(x),
      trades: (_, x) => trades(x),
      wallet: (_, { address }) => or_null(snapshots.wallet(address, false).then((x) => x.data)),
      leaderboard: async (_, { window, side, by, first }) => {
        bounded(first, 100);
        if (side === "losers") return (await snapshots.leaderboard(window)).data[by].slice(0, first);
        return rows_of(await api.get("/leaderboards/winners", { window, by, limit: first }, 5_000));
      },
      search: async (_, { q, first }) => {
        if (q.length > 64) throw new Refused("invalid_parameter", "q: at most 64 characters");
        return rows_of(await api.get("/search", { q, limit: bounded(first, 50) }, 5_000));
      },
    },
    Token: {
      price: (x) => ({ quote: x.price, usd: x.price_usd, market_cap: x.market_cap, market_cap_usd: x.market_cap_usd }),
      trade_count: (x) => x.trades,
      window: (x, { length }) => (Object.hasOwn(x.windows ?? {}, length) ? x.windows[length] : null),
      holders: async (x, { first }) => rows_of(await api.get(`/tokens/${x.mint}/holders`, { limit: bounded(first, 100) }, 5_000)),
      candles: (x, { interval, first }) => candles({ mint: x.mint, interval, first }),
      trades: (x, { first, after }) => trades({ mint: x.mint, first, after }),
    },
    Wallet: { positions: (x, { first }) => x.positions.slice(0, bounded(first, 100)) },
  };
  /** @type {Record<string, { subscribe: (parent: any, given: any) => Feed<any> }>} */
  const subscriptions_of = {
    trades: { subscribe: (_, { mint }) => follow(`trade:${mint}`, feed_size, "trades", numbered) },
    tokenUpdate: { subscribe: (_, { mint }) => follow(`token:${mint}`, 1, "tokenUpdate", (x) => x.data) },
    newTokens: { subscribe: () => follow("tokens:new", feed_size, "newTokens", numbered) },
    graduations: { subscribe: () => follow("tokens:graduated", feed_size, "graduations", numbered) },
  };
  return { ...scalars, ...fields, Subscription: subscriptions_of };
}

/** Refuses what is too long, too deep or too dear, over every transport.
 * @returns {import("graphql-yoga").Plugin} */
function limits() {
  /** @param {{ args: any, setResultAndStopExecution: (x: any) => void }} x */
  const check = ({ args, setResultAndStopExecution }) => {
    const operation = getOperationAST(args.document, args.operationName);
    const error = operation && limit_error(measure(args.schema, args.document, operation, args.variableValues ?? {}));
    if (error) setResultAndStopExecution({ errors: [error] });
  };
  return {
    onParse: ({ setParseFn }) =>
      setParseFn((/** @type {any} */ source, /** @type {any} */ options) => parse(source, { ...options, maxTokens: tokens_max })),
    onExecute: /** @type {any} */ (check),
    onSubscribe: /** @type {any} */ (check),
  };
}

/** What a client is told of an error of a resolver. @param {unknown} error @returns {Error} */
function mask(error) {
  const cause = error instanceof GraphQLError ? error.originalError : error;
  if (error instanceof GraphQLError && (!cause || cause instanceof GraphQLError)) return error;
  if (!(cause instanceof Refused)) log("error", "graphql failed to resolve", { error: String(cause) });
  const { code, message } = public_error(cause);
  const where = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {};
  return new GraphQLError(message, { ...where, extensions: { code } });
}

/**
 * The handler of /graphql, and of its WebSockets.
 * @param {Parts} parts
 */
export function make_graphql(parts) {
  const schema = createSchema({
    typeDefs: readFileSync(new URL("schema.graphql", import.meta.url), "utf8"),
    resolvers: /** @type {any} */ (make_resolvers(parts)),
  });
  const yoga = createYoga({
    schema, plugins: [limits()], graphqlEndpoint: "/graphql",
    graphiql: false, landingPage: false, batching: false, logging: false,
    multipart: false,
    maskedErrors: { maskError: mask },
    cors: { origin: parts.cors, methods: ["GET", "POST", "OPTIONS"], credentials: false },
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: body_bytes_max, clientTracking: true });
  /** @type {WeakMap<object, number>} */
  const operations = new WeakMap();
  const server = useServer({
    connectionInitWaitTimeout: 5_000,
    execute: (/** @type {any} */ args) => args.rootValue.execute(args),
    subscribe: (/** @type {any} */ args) => args.rootValue.subscribe(args),
    onSubscribe: async (context, _id, payload) => {
      const running = operations.get(context.extra.socket) ?? 0;
      if (running >= operations_max)
        return [new GraphQLError(`${operations_max} operations of a connection run already`)];
      const { schema: enveloped, execute, subscribe, contextFactory, parse: read, validate } =
        yoga.getEnveloped({ ...context, req: context.extra.request, params: payload });
      let document;
      try {
        document = read(payload.query);
      } catch (error) {
        return [/** @type {GraphQLError} */ (error)];
      }
      const errors = validate(enveloped, document);
      if (errors.length) return errors;
      operations.set(context.extra.socket, running + 1);
      return { schema: enveloped, operationName: payload.operationName, document,
        variableValues: payload.variables, contextValue: await contextFactory(),
        rootValue: { execute, subscribe } };
    },
    onComplete: (context) => {
      operations.set(context.extra.socket, Math.max(0, (operations.get(context.extra.socket) ?? 0) - 1));
    },
  }, sockets);

  return {
    /**
     * @param {import("node:http").IncomingMessage} request
     * @param {import("node:http").ServerResponse} response
     * @returns {Promise<void>}
     */
    async handle(request, response) {
      await yoga(request, response);
    },
    body_bytes_max,
    /** @param {import("node:http").IncomingMessage} request
     * @param {import("node:stream").Duplex} socket @param {Buffer} head */
    upgrade(request, socket, head) {
      if (sockets.clients.size >= parts.connections_max) {
        socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      sockets.handleUpgrade(request, socket, head, (x) => sockets.emit("connection", x, request));
    },
    async stop() {
      await server.dispose();
    },
  };
}
