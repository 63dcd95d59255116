// A page of the dashboard while the node that serves it is killed and started
// again: same store, same port, and a market that goes on meanwhile.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { checkMachine, eventually, folder, openPage, screenshot, startLab } from "../../../web/dashboard/tests/browser/lab.mjs";

const program = process.env.PUMPSCOPE_TEST_PROGRAM;

checkMachine();

let data;
let market;
let node;
let url;
let lab;
let mint;
const started = [];

/** A process, and what it wrote. */
function start(words) {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  const run = { child, text: "", ended: new Promise((resolve) => child.on("exit", (code, signal) => resolve(code ?? signal))) };
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (x) => (run.text = (run.text + x).slice(-20_000)));
  started.push(run);
  return run;
}

/** What a process says of itself, once it does. */
function told(run, what) {
  return eventually(() => {
    assert.equal(run.child.exitCode, null, run.text);
    return what.exec(run.text)?.[1];
  }, `${what}`);
}

let endpoint;
async function startNode(address) {
  node = start(["run", "--store", `sqlite:${data}/store.db`, "--endpoint", endpoint, "--http", address, "--rate-limit", "0",
    "--pages", folder, "--price", "fixed:150"]);
  url = await told(node, /source: \S+, (http:[^\s,]+)/);
}

before(async () => {
  data = fs.mkdtempSync(path.join(os.tmpdir(), "pumpscope-restart-"));
  // With so many tokens the busiest one lives longer than the test.
  market = start(["simulate", "--listen", "127.0.0.1:0", "--rate", "150", "--tokens", "40", "--seed", "7"]);
  endpoint = await told(market, /market at (http:\S+)/);
  await startNode("127.0.0.1:0");
  lab = await startLab({ url });
  mint = await eventually(async () => {
    // 503 while the node starts.
    const answer = await get("/tokens?limit=1&sortBy=volume_24h").catch(() => null);
    return answer?.data[0]?.windows["5m"].trades > 50 && answer.data[0].mint;
  }, "a token that is traded");
});

after(async () => {
  await lab?.stop();
  for (const x of started)
    x.child.kill("SIGKILL");
  await Promise.all(started.map((x) => x.ended));
  fs.rmSync(data, { recursive: true });
});

async function get(address) {
  const response = await fetch(`${url}/api/v1${address}`, { signal: AbortSignal.timeout(10_000) });
  assert.equal(response.status, 200, address);
  return response.json();
}

/** moment -> what the line above the chart tells of that bar, for all bars. */
async function readChart(page) {
  const box = await page.locator(".chart canvas").first().boundingBox();
  const bars = new Map();
  // A bar of the first view is some pixels wide: none is between two points.
  for (let x = box.x + 1; x < box.x + box.width; x += 5) {
    await page.mouse.move(x, box.y + box.height / 2);
    const text = await page.locator(".legend").evaluate((legend) =>
      new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(legend.innerText)))));
    const [, moment, rest] = /^(\S+ \S+) UTC\s*(.*)$/s.exec(text) ?? [];
    if (moment)
      bars.set(moment, rest.replaceAll(/\s+/g, " "));
  }
  return bars;
}

async function openChart() {
  const page = await openPage(lab, `/token/${mint}`, { expected: [/Failed to load resource/, /ERR_/] });
  await page.getByRole("group", { name: "Interval" }).getByRole("button", { name: "1s", exact: true }).click();
  await page.locator(".chart canvas").first().waitFor();
  return page;
}

const shownTrades = (page) => page.locator(".tape tr:not(.unconfirmed) td:nth-child(7) .key").evaluateAll((x) => x.map((y) => y.title));
const newest = (page) => page.locator(".legend").innerText();

test("a page outlives its node and has no hole", { timeout: 280_000 }, async () => {
  const page = await openChart();
  const address = new URL(url).host;
  for (const signal of ["SIGKILL", "SIGTERM"]) {
    const before = await newest(page);
    await eventually(async () => (await newest(page)) !== before, "a chart that lives");
    node.child.kill(signal);
    await page.getByText("Connection lost.").waitFor();
    const shown = await newest(page);
    await node.ended;
    await screenshot(page, `node-away-${signal}`);
    await startNode(address);
    await page.getByText("Connection lost.").waitFor({ state: "detached" });
    await eventually(async () => (await newest(page)) !== shown, "a chart that goes on");
  }
  // The market ends, so that both pages show the same moment.
  market.child.kill("SIGKILL");
  const at = async () => (await get("/status")).data.sealed_slot;
  let slot = -1;
  await eventually(async () => {
    await new Promise((done) => setTimeout(done, 1_500));
    const before = slot;
    slot = await at();
    return slot === before;
  }, "a node that is quiet");
  const told = (await get(`/tokens/${mint}/chart?interval=1s&fill=prev`)).data;
  // The stream may have begun inside its first slot; nothing later is missing.
  const { time: begin } = told.candles[0];
  assert.deepEqual([told.gaps.filter((x) => x.to > begin), told.candles.filter((x) => !x.complete && x.time > begin)], [[], []],
    JSON.stringify((await get("/gaps")).data));
  const trades = (await get(`/tokens/${mint}/trades?limit=30`)).data.map((x) => x.signature);
  await eventually(async () => (await shownTrades(page)).slice(0, 30).join() === trades.join(), "the tape of the API");

  const fresh = await openChart();
  const [found, wanted] = [await readChart(page), await readChart(fresh)];
  await screenshot(page, "node-came-back");
  const moments = told.candles.map((x) => new Date(x.time * 1000).toISOString().slice(0, 19).replace("T", " "));
  assert.ok(moments.length > 5, `${moments}`);
  assert.deepEqual([...wanted.keys()].sort(), moments.slice(-wanted.size));
  assert.ok(wanted.size >= Math.min(moments.length, 100), `${wanted.size} bars in view`);
  // Seconds without trades at the end are in an answer, not in a stream.
  const [first, last] = [[...found.keys()].sort()[0], [...found.keys()].sort().at(-1)];
  for (const [moment, bar] of wanted)
    if (moment > last) assert.match(bar, / Vol 0 /, moment);
    else if (moment >= first) assert.equal(found.get(moment), bar, moment);
  const quiet = [...wanted.keys()].filter((x) => x > last).length;
  assert.ok(found.size + quiet >= Math.min(moments.length, 100), `${found.size} and ${quiet} bars in view`);
  assert.deepEqual([page.problems, fresh.problems], [[], []]);
});
