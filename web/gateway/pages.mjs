// The built pages of a folder, read once at the start. A request is a look-up of
// its path among them: no path leads out of the folder.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

const bytes_max = 64 << 20;
const types = new Map(Object.entries({
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png",
  ".ico": "image/x-icon", ".webp": "image/webp", ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json",
}));
const packed = /^(text|application\/(json|manifest)|image\/svg)/;

/** @typedef {{ body: Buffer, gzip: Buffer | null, type: string, tag: string, forever: boolean }} Page */

/** @param {string} file @param {string} name @returns {Page} */
function read_page(file, name) {
  const body = readFileSync(file);
  const type = types.get(path.extname(name)) ?? "application/octet-stream";
  const gzip = packed.test(type) && body.length > 1024 ? gzipSync(body) : null;
  return {
    body, gzip, type,
    tag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    // Builders put a digest into the names of what lies in assets/.
    forever: name.startsWith("/assets/"),
  };
}

/**
 * Path -> page, for all files of a folder; names that begin with a dot, and
 * links, are left out. Throws when there is no index.html.
 * @param {string} folder
 */
export function load_pages(folder) {
  /** @type {Map<string, Page>} */
  const pages = new Map();
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    const name = `/${path.relative(folder, file).split(path.sep).join("/")}`;
    if (!entry.isFile() || name.includes("/.")) continue;
    const page = read_page(file, name);
    bytes += page.body.length;
    if (bytes > bytes_max) throw new Error(`${folder} has more than ${bytes_max} bytes`);
    pages.set(name, page);
  }
  if (!pages.has("/index.html")) throw new Error(`${folder} has no index.html`);
  return pages;
}

/**
 * The page at a path: paths without a dot are routes of the index page.
 * @param {Map<string, Page>} pages @param {string} pathname
 */
export function find_page(pages, pathname) {
  let name;
  try {
    name = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  return pages.get(name) ?? (name.includes(".") ? undefined : pages.get("/index.html"));
}

/**
 * @param {Page} page
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 */
export function send_page(page, request, response) {
  response.setHeader("ETag", page.tag);
  response.setHeader("Cache-Control", page.forever ? "public, max-age=31536000, immutable" : "no-cache");
  response.setHeader("Vary", "Accept-Encoding");
  response.setHeader("X-Content-Type-Options", "nosniff");
  if (request.headers["if-none-match"] === page.tag) {
    response.writeHead(304).end();
    return;
  }
  const gzip = page.gzip && /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  const body = gzip ? /** @type {Buffer} */ (page.gzip) : page.body;
  if (gzip) response.setHeader("Content-Encoding", "gzip");
  response.writeHead(200, { "Content-Type": page.type, "Content-Length": body.length });
  response.end(request.method === "HEAD" ? undefined : body);
}
