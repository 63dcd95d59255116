// The options of the gateway: one table, from which reading, limits and --help
// come. Secrets come from the environment or from files, never as an argument.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

/** The command line is wrong: all problems at once; exit code 2. */
export class UsageError extends Error {}

/** @param {string} text @param {string[]} schemes */
function url(text, schemes) {
  const parsed = new URL(text);
  if (!schemes.includes(parsed.protocol)) throw new Error(`needs ${schemes.join(" or ")}`);
  if (parsed.password) throw new Error("takes no password; use the environment or a file");
  return text;
}

/** @param {number} low @param {number} high */
const number = (low, high) => (/** @type {string} */ text) => {
  const value = Number(text);
  if (text.trim() === "" || !(value >= low && value <= high))
    throw new Error(`needs a number from ${low} to ${high}`);
  return value;
};

/** @param {string} text */
function address(text) {
  const found = /^(.*):(\d{1,5})$/.exec(text);
  const port = Number(found?.[2]);
  if (!found || port > 65535) throw new Error("needs ADDRESS:PORT");
  return { host: found[1].replace(/^\[(.*)\]$/, "$1"), port };
}

/** @param {string} text */
function prefix(text) {
  if (text.length > 64 || /[^\x21-\x7e]/.test(text))
    throw new Error("needs at most 64 visible characters");
  return text;
}

/** @param {string} text */
function origins(text) {
  if (text === "*") return "*";
  return text.split(",").filter(Boolean).map((x) => new URL(x).origin);
}

/** @param {string} file */
const secret = (file) => readFileSync(file, "utf8").split("\n", 1)[0].trim();

/**
 * name -> [placeholder, default (null: none), reader, what it means].
 * @type {Record<string, [string, string | null, (text: string) => any, string]>}
 */
const table = {
  redis: ["URL", null, (x) => url(x, ["redis:", "rediss:"]), "where the node publishes (required)"],
  api: ["URL", null, (x) => url(x, ["http:", "https:"]), "the node's HTTP API (required)"],
  listen: ["ADDR:PORT", "127.0.0.1:8090", address, "where clients connect; port 0: any free one"],
  prefix: ["TEXT", "", prefix, "the node's redis.prefix"],
  pages: ["FOLDER", null, String, "built pages to serve"],
  cors: ["ORIGINS", "*", origins, "* or a comma separated list of origins that may connect"],
  "connections-max": ["N", "10000", number(1, 1e6), "Socket.IO clients at a time, and as many GraphQL subscriptions"],
  "rooms-max": ["N", "64", number(1, 1e4), "rooms per client"],
  "buffer-size": ["BYTES", "1048576", number(1024, 1e9), "what may wait for a client before states are conflated and trades left out"],
  "behind-seconds": ["N", "30", number(0.1, 3600), "a client that stays behind for longer is disconnected"],
  "events-per-second": ["N", "20", number(1, 1e5), "requests of one client; twice as many at once"],
  "requests-per-second": ["N", "100", number(1, 1e6), "HTTP requests of one address; twice as many at once"],
  "address-header": ["NAME", null, (x) => x.toLowerCase(), "header in which a balancer that you trust tells a client's address, e.g. x-forwarded-for"],
  "linger-seconds": ["N", "5", number(0, 3600), "a channel of Redis is left so long after its last client"],
  "recovery-seconds": ["N", "30", number(0, 600), "a client that comes back within this gets what it missed"],
  "api-timeout-seconds": ["N", "5", number(0.1, 60), "limit of one call of the node's API"],
  "drain-seconds": ["N", "5", number(0, 600), "after SIGTERM: clients are sent away over this time"],
  "redis-password-file": ["FILE", null, secret, "first line: the password (or PUMPSCOPE_REDIS_PASSWORD)"],
  "api-key-file": ["FILE", null, secret, "first line: the key of the node's API (or PUMPSCOPE_API_KEY)"],
};

/** The text of --help. */
export const usage = `Usage: main.mjs --redis URL --api URL [OPTIONS]

Socket.IO and GraphQL beside a pumpscope node.

${Object.entries(table).map(([name, [holder, value, , text]]) =>
    `  ${`--${name} ${holder}`.padEnd(29)} ${text}${value ? ` [${value}]` : ""}`).join("\n")}
`;

/**
 * @typedef {object} Options
 * @property {string} redis
 * @property {string} api without a slash at its end
 * @property {{ host: string, port: number }} listen
 * @property {string} prefix
 * @property {string | null} pages
 * @property {"*" | string[]} cors
 * @property {number} connections_max
 * @property {number} rooms_max
 * @property {number} buffer_size bytes
 * @property {number} behind_seconds
 * @property {number} events_per_second
 * @property {number} requests_per_second
 * @property {string | null} address_header
 * @property {number} linger_seconds
 * @property {number} recovery_seconds
 * @property {number} api_timeout_seconds
 * @property {number} drain_seconds
 * @property {string | null} redis_password
 * @property {string | null} api_key
 */

/**
 * Reads the command line; throws UsageError that lists every problem.
 * @param {string[]} words
 * @param {Record<string, string | undefined>} environment
 * @returns {Options}
 */
export function read_options(words, environment = {}) {
  /** @type {Record<string, any>} */
  let given;
  try {
    given = parseArgs({
      args: words,
      options: Object.fromEntries(Object.keys(table).map((x) => [x, { type: "string" }])),
    }).values;
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message);
  }
  const problems = [];
  /** @type {Record<string, any>} */
  const options = {};
  for (const [name, [, value, read]] of Object.entries(table)) {
    const text = given[name] ?? value;
    try {
      options[name.replaceAll("-", "_")] = text === null ? null : read(text);
    } catch (error) {
      problems.push(`--${name}: ${/** @type {Error} */ (error).message}`);
    }
    if (text === null && (name === "redis" || name === "api"))
      problems.push(`--${name} is required`);
  }
  if (problems.length) throw new UsageError(problems.join("\n"));
  const { redis_password_file, api_key_file, ...rest } = options;
  return /** @type {Options} */ ({
    ...rest,
    api: options.api.replace(/\/+$/, ""),
    redis_password: environment.PUMPSCOPE_REDIS_PASSWORD || redis_password_file,
    api_key: environment.PUMPSCOPE_API_KEY || api_key_file,
  });
}
