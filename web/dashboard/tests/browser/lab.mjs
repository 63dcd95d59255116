// What the browser tests share, those of the console, too: Chromium, pages that
// note what goes wrong in them, and the server under test: the mock, or the one at
// DASHBOARD_URL.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { startMock } from "../mock_server.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../..");
export const folder = process.env.DASHBOARD_FOLDER ?? path.join(root, "build/web/dashboard");
export const results = process.env.DASHBOARD_RESULTS ?? path.join(root, "build/test/dashboard");
/** The URL of a real server, null: tests use the mock. */
export const realUrl = process.env.DASHBOARD_URL ?? null;

const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(fs.existsSync);
/** Enough for a machine on which everything else runs, too. */
export const patience = 60_000;

export const desktop = { width: 1366, height: 850 };
export const phone = { width: 360, height: 740 };

/** Exit code 77 tells ctest that this machine cannot run the tests. */
export function checkMachine() {
  if (!executablePath || !fs.existsSync(executablePath) || !fs.existsSync(path.join(folder, "index.html"))) {
    console.log("skipped: chromium or the built pages are missing");
    process.exit(77);
  }
  fs.mkdirSync(results, { recursive: true });
}

export async function startLab({ url = realUrl, ...options } = {}) {
  // A test that is terminated ends at once; the browser ends with its pipe.
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    handleSIGTERM: false,
  });
  const mock = url ? null : await startMock({ folder, ...options });
  return {
    mock,
    browser,
    url: mock?.url ?? url.replace(/\/$/, ""),
    async stop() {
      await browser.close();
      await mock?.stop();
    },
  };
}

/**
 * A page at `address`. `page.problems` gathers console errors, exceptions,
 * dialogs (a script of a stranger ran) and requests to other hosts.
 */
export async function openPage(lab, address, { viewport = desktop, theme = "dark", expected = [] } = {}) {
  const context = await lab.browser.newContext({ viewport, colorScheme: theme, reducedMotion: "no-preference" });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.problems = [];
  const note = (text) => {
    if (!expected.some((x) => x.test(text)))
      page.problems.push(text);
  };
  page.on("console", (x) => ["error", "warning"].includes(x.type()) && note(`console: ${x.text()}`));
  page.on("pageerror", (x) => note(`exception: ${x.message}`));
  page.on("dialog", (x) => {
    note(`dialog: ${x.message()}`);
    void x.dismiss();
  });
  page.on("request", (x) => {
    if (!x.url().startsWith(lab.url))
      note(`request to ${x.url()}`);
  });
  await page.goto(lab.url + address);
  return page;
}

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** No serious findings of axe. */
export async function checkAccess(page, where) {
  // The policy of the pages allows no script in the page: the debugger adds it.
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const grave = found.violations.filter((x) => ["serious", "critical"].includes(x.impact));
  assert.deepEqual(grave.map((x) => `${where}: ${x.id}: ${x.nodes[0].html.slice(0, 200)} ${x.nodes[0].failureSummary}`), []);
}

/** Whether anything stands out of the page to its side. */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

export async function screenshot(page, name) {
  await page.screenshot({ path: path.join(results, `${name}.png`) });
}

/** Waits until `read` gives something true; its last answer in the error. */
export async function eventually(read, what, ms = patience) {
  const end = Date.now() + ms;
  let last;
  while (Date.now() < end) {
    last = await read();
    if (last)
      return last;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${what} did not happen within ${ms} ms, last: ${JSON.stringify(last)}`);
}
