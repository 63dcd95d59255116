// The console in a real Chromium, served by a node with a market.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkAccess, checkMachine, desktop, eventually, openPage, overflow, phone, realUrl, screenshot, startLab }
  from "../../../web/dashboard/tests/browser/lab.mjs";

const token = process.env.PUMPSCOPE_TEST_CONSOLE_TOKEN;

checkMachine();

let lab;
let wallet;
let mint;

before(async () => {
  lab = await startLab();
  [{ wallet, mint }] = (await get(`/api/v1/tokens/${(await get("/api/v1/tokens?limit=1")).data[0].mint}/trades?limit=1`)).data;
});

after(() => lab?.stop());

async function get(address) {
  const response = await fetch(realUrl + address, { signal: AbortSignal.timeout(10_000) });
  assert.equal(response.status, 200, address);
  return response.json();
}

/** A page, closed when the test is done; it must have had no problems. */
async function withPage(hash, options, action) {
  const page = await openPage(lab, `/console${hash}`, options);
  try {
    await action(page);
    assert.deepEqual(page.problems, []);
  } finally {
    await page.context().close();
  }
}

const text = (page) => page.locator("#view").innerText();
const tile = (page, title) => page.locator(".tile", { has: page.getByText(title, { exact: true }) }).locator("b").first().innerText();

/** Goes there by the address and waits for the first answer. */
async function open(page, hash) {
  await page.evaluate((x) => (location.hash = x), hash);
  const asks = !["find", "trace", "actions"].includes(hash);
  await page.locator(asks ? "#view > div > *" : "#view form").first().waitFor();
  // Who is asked nothing is not waited for.
  assert.doesNotMatch(await page.locator("#pulse").innerText(), /connecting/);
}

/** The view shows something else by and by. */
async function expectLive(page, read = text) {
  const before = await read(page);
  await eventually(async () => (await read(page)) !== before, "numbers that change");
}

test("every view: live numbers, themes, sizes, access, no errors", async (t) => {
  const trade = (await get(`/api/v1/wallets/${wallet}/trades?limit=1`)).data[0];
  const live = ["overview", "actors", "partitions", "streams", "stores", "latency", "actors=wallet:3", `find=${mint}`];
  const still = ["nodes", "gaps", "dead-letters", "audits", "find", "trace", `trace=${trade.signature}:${trade.slot}`, "actions"];
  await withPage("", {}, async (page) => {
    const shown = await page.locator("nav a").evaluateAll((x) => x.map((y) => y.hash.slice(1)));
    for (const x of shown) assert.ok([...live, ...still].includes(x), `${x} is tested`);
    for (const view of [...live, ...still])
      await t.test(view, async () => {
        await open(page, view);
        if (live.includes(view)) await expectLive(page);
        for (const [size, viewport] of [["desktop", desktop], ["phone", phone]]) {
          await page.setViewportSize(viewport);
          const theme = await page.evaluate(() => document.documentElement.dataset.theme);
          const where = `${view.replace(/[=:]/g, "-").slice(0, 20)}-${size}-${theme}`;
          await screenshot(page, where);
          assert.equal(await overflow(page), 0, `${where} stands out to the side`);
          // It takes seconds; sizes differ in little that it looks at.
          if (size === "desktop" || view === "overview") await checkAccess(page, where);
          // The next one in the other theme.
          await page.getByRole("button", { name: "Switch between dark and light" }).click();
        }
      });
  });
});

test("the theme follows the system until it is chosen, and is kept", async () => {
  const theme = (page) => page.evaluate(() => document.documentElement.dataset.theme);
  for (const x of ["dark", "light"])
    await withPage("", { theme: x }, async (page) => {
      assert.equal(await theme(page), x);
      await page.getByRole("button", { name: "Switch between dark and light" }).click();
      await page.reload();
      assert.notEqual(await theme(page), x);
    });
});

test("lists say what the node says", () => withPage("", {}, async (page) => {
  const number = (x) => new Intl.NumberFormat("en").format(x);
  await open(page, "gaps");
  await page.getByText(`${number((await get("/console/api/gaps")).total)} open.`).waitFor();
  await open(page, "dead-letters");
  await page.getByText(`${number((await get("/console/api/dead-letters")).total)} in all.`).waitFor();
  await open(page, "audits");
  assert.deepEqual((await get("/console/api/audits")).audits, []);
  await page.getByText("No state was ever found that was not the fold of its journal.").waitFor();
  // Every partition has a row and leads to its entities.
  await open(page, "partitions");
  assert.equal(await page.locator("tbody tr").count(), (await get("/console/api/partitions")).partitions.length);
  await page.locator("tbody a").first().click();
  await page.waitForURL(/#actors=/);
  await page.getByText(/^Some entities of/i).waitFor();
  assert.equal(await page.locator("#view .bad").count(), 0, "nobody is silent");
}));

test("the keyboard finds a wallet and a token", () => withPage("", { expected: [/status of 400/] }, async (page) => {
  for (const [key, kind, total] of [[wallet, "wallet", `/api/v1/wallets/${wallet}`], [mint, "token", `/api/v1/tokens/${mint}`]]) {
    await page.keyboard.press("/");
    const search = page.getByLabel("wallet or mint");
    await search.waitFor();
    await page.waitForFunction(() => document.activeElement?.name === "key");
    await search.fill(key);
    await page.keyboard.press("Enter");
    await page.waitForURL((x) => x.hash === `#find=${key}`);
    await page.getByRole("heading", { name: `As a ${kind}` }).waitFor();
    // What it shows is what the API says, once both have seen the same trades.
    await eventually(async () => {
      const shown = await page.locator("tr", { has: page.getByRole("cell", { name: "trades", exact: true }) }).first()
        .locator("td").nth(1).innerText();
      return shown.replaceAll(",", "") === String((await get(total)).data.trades);
    }, `the trades of the ${kind}`);
    assert.ok(await page.getByRole("heading", { name: "Last messages" }).count() > 0);
    await page.evaluate(() => document.activeElement?.blur());
  }
  await open(page, `find=${"1".repeat(32)}`);
  await page.getByText("Neither a wallet nor a token that this node knows.").waitFor();
  await open(page, "find=nonsense");
  await page.locator("#view .note.warn").waitFor();
}));

// A node that serves HTTP publishes to its streams, with Redis or without it.
const stageNames = ["receive", "parse", "seal", "journal", "fold", "publish"];

/** A trade of which every stage is known: under load some are not traced. */
async function tracedTrade() {
  const { data } = await get(`/api/v1/tokens/${mint}/trades?limit=20`);
  for (const x of data) {
    const { stages } = await get(`/console/api/trace?signature=${x.signature}`);
    if (stageNames.every((name) => stages.some((y) => y.stage === name && y.at_unix_ms !== null)))
      return x;
  }
  return null;
}

test("one trade is followed by its signature", () => withPage("", {}, async (page) => {
  await open(page, "trace");
  const trade = await eventually(tracedTrade, "a trade whose way is known");
  await page.getByLabel("signature, or signature:slot").fill(trade.signature);
  await page.getByRole("button", { name: "trace" }).click();
  await page.waitForURL((x) => x.hash === `#trace=${trade.signature}`);
  await page.getByRole("heading", { name: "Stages" }).waitFor();
  const stages = await page.locator("table").first().locator("tbody tr").evaluateAll((rows) =>
    rows.map((x) => [...x.cells].map((y) => y.innerText)));
  assert.deepEqual(stages.map(([name]) => name), stageNames);
  for (const [name, at] of stages) assert.match(at, /^\d\d:\d\d:\d\d\.\d{3}$/, name);
  assert.equal(await tile(page, "slot"), new Intl.NumberFormat("en").format(trade.slot));
  const rows = page.locator("table").nth(1).locator("tbody tr");
  assert.ok(await rows.count() > 0);
  assert.ok((await rows.allInnerTexts()).some((x) => x.includes(trade.token_units)));
  // From a row to the wallet that traded, and back to the trade.
  await rows.locator("a").first().click();
  await page.getByRole("heading", { name: "As a wallet" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Stages" }).waitFor();
  await open(page, `trace=${"1".repeat(64)}`);
  await page.locator("#view .note.warn").waitFor();
}));

test("actions need the token", () => withPage("#actions", { expected: [/status of 40[14]/] }, async (page) => {
  const result = page.getByRole("status").last();
  const secret = page.getByLabel("admin token");
  const refold = async (kind, key) => {
    await page.getByLabel("kind").selectOption(kind);
    await page.getByLabel("address", { exact: true }).fill(key);
    await page.getByRole("button", { name: "re-fold" }).click();
  };
  for (const x of ["", "wrong"]) {
    await secret.fill(x);
    await refold("wallet", wallet);
    await result.getByText(/^unauthorized:/).waitFor();
    await page.getByRole("button", { name: /^drain/ }).click();
    await result.getByText(/^unauthorized:/).waitFor();
  }
  assert.equal((await fetch(`${realUrl}/healthz`)).status, 200);
  await secret.fill(token);
  await refold("wallet", "1".repeat(32));
  await result.getByText(/^not_found:/).waitFor();
  const folded = async () => (await get("/console/api/partitions")).partitions.reduce((sum, x) => sum + x.repairs_total, 0);
  const before = await folded();
  for (const [kind, key] of [["wallet", wallet], ["token", mint]]) {
    await refold(kind, key);
    await result.getByText("refold: accepted").waitFor();
  }
  await eventually(async () => await folded() >= before + 2, "both are folded again");
  await screenshot(page, "actions-accepted");
  // The token is nowhere but in its field.
  assert.equal(await page.evaluate((x) => JSON.stringify({ ...localStorage, ...sessionStorage }).includes(x) || location.href.includes(x), token), false);
  await page.reload();
  assert.equal(await page.getByLabel("admin token").inputValue(), "");
}));

test("a drain ends the node, and the page tells", async () => {
  const page = await openPage(lab, "/console", { expected: [/Failed to load resource/, /ERR_/] });
  const other = await openPage(lab, "/console#actions");
  await page.waitForFunction(() => document.body.className === "alive");
  await other.getByLabel("admin token").fill(token);
  await other.getByRole("button", { name: /^drain/ }).click();
  await other.getByText("drain: accepted").waitFor();
  await page.waitForFunction(() => document.body.className === "stale");
  await page.getByText("the node does not answer; what is shown is old").waitFor();
  // What it knew stays.
  assert.ok(await page.locator(".tile").count() > 0);
  await screenshot(page, "node-ended");
  assert.deepEqual([page.problems, other.problems], [[], []]);
});
