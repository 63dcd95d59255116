// The pages in a real Chromium. Against the mock by default; what needs no
// fault also runs against a real server: DASHBOARD_URL=http://127.0.0.1:8080.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import {
  checkAccess, checkMachine, desktop, eventually, folder, openPage, overflow, phone, realUrl, results, screenshot, startLab,
} from "./lab.mjs";
import { startMock } from "../mock_server.mjs";
import { startTrace } from "./trace.mjs";

checkMachine();

const firstViewBytesMax = 200_000;
const longTaskMsMax = 50;
const mockOnly = { skip: realUrl ? "needs the faults of the mock" : false };

let lab;
let mint;
let wallet;
let silence;
const figures = {};

before(async () => {
  lab = await startLab();
  // It takes its time, beside the others.
  silence = realUrl ? null : watchSilence();
  silence?.catch(() => {});
  mint = (await api("/tokens?limit=1")).data[0].mint;
  wallet = (await api("/leaderboards/losers?window=all")).data[0]?.wallet ?? (await api(`/tokens/${mint}/trades?limit=1`)).data[0].wallet;
});

after(async () => {
  await silence?.catch(() => {});
  await lab?.stop();
  fs.writeFileSync(path.join(results, "figures.json"), `${JSON.stringify(figures, null, 2)}\n`);
  console.log(`figures: ${JSON.stringify(figures)}`);
});

async function api(address) {
  const response = await fetch(`${lab.url}/api/v1${address}`);
  assert.equal(response.status, 200, address);
  return response.json();
}

/** A page, closed when the test is done; it must have had no problems. */
async function withPage(address, options, action) {
  const page = await openPage(lab, address, options);
  try {
    await action(page);
    assert.deepEqual(page.problems, []);
  } finally {
    await page.context().close();
  }
}

/** [name, address, what is there when it is loaded] */
const pages = () => [
  ["market", "/", "table.market tbody tr"],
  ["token", `/token/${mint}`, ".chart canvas"],
  ["losers", "/losers?window=all", ".board tbody tr, .empty"],
  ["winners", "/winners", ".board tbody tr, .empty"],
  ["wallet", `/wallet/${wallet}`, "tbody tr"],
  ["wallet-then", `/wallet/${wallet}?as_of=999999999`, "tbody tr"],
  ["search", "/search?q=a", ".hits li, .empty"],
  ["missing", "/nowhere", ".empty"],
];

test("every page: themes, sizes, access, no errors", async (t) => {
  for (const [name, address, ready] of pages())
    await t.test(name, () => withPage(address, {}, async (page) => {
      await page.locator(ready).first().waitFor();
      await page.locator(".skeleton").first().waitFor({ state: "detached" });
      for (const [size, viewport] of [["desktop", desktop], ["phone", phone]]) {
        await page.setViewportSize(viewport);
        for (const colorScheme of ["dark", "light"]) {
          // The mock has shown all four; a real server need not.
          if (realUrl && (size === "desktop") !== (colorScheme === "dark")) continue;
          await page.emulateMedia({ colorScheme });
          // Charts are painted with the next frames.
          await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
          const where = `${name}-${size}-${colorScheme}`;
          await screenshot(page, where);
          assert.equal(await overflow(page), 0, `${where} stands out to the side`);
          // It takes seconds; sizes differ in little that it looks at.
          if ((size === "desktop") === (colorScheme === "dark"))
            await checkAccess(page, where);
        }
      }
    }));
});

test("the first view weighs little", async () => {
  for (const address of ["/", `/token/${mint}`]) {
    const page = await openPage(lab, "/nowhere");
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.setCacheDisabled", { cacheDisabled: true });
    let bytes = 0;
    session.on("Network.loadingFinished", (x) => {
      bytes += x.encodedDataLength;
    });
    await page.goto(lab.url + address);
    await page.locator(address === "/" ? "table.market tbody tr" : ".chart canvas").first().waitFor();
    await page.locator(".skeleton").first().waitFor({ state: "detached" });
    figures[address === "/" ? "first_view_market_bytes" : "first_view_token_bytes"] = bytes;
    await page.context().close();
    assert.ok(bytes > 10_000 && bytes <= firstViewBytesMax, `${address} takes ${bytes} bytes`);
  }
});

test("rows change by themselves", () => withPage("/", {}, async (page) => {
  const read = () => page.locator("table.market tbody td:nth-child(2)").allInnerTexts();
  await page.locator("table.market tbody tr").first().waitFor();
  const before = await read();
  await eventually(async () => {
    const now = await read();
    return now.some((x, i) => x !== before[i]);
  }, "a change of a price");
}));

test("60 rows that change four times a second are smooth", mockOnly, () => withPage("/", {}, async (page) => {
  const rows = page.locator("table.market tbody tr");
  await rows.nth(59).waitFor();
  const mints = await rows.evaluateAll((list) => list.map((x) => x.dataset.mint));
  assert.equal(mints.length, 60);
  const timer = setInterval(() => lab.mock.tellRows(mints), 125);
  const seconds = 4;
  try {
    await eventually(async () => (await page.locator("table.market .flash").count()) > 30, "rows that change");
    const trace = await startTrace(lab.browser, page);
    const seen = await page.evaluate(watchRows, seconds * 1000);
    figures.row_changes_per_second = Math.round(seen.changes / seconds);
    figures.frames_per_second = Math.round(seen.frames / seconds);
    figures.longest_task_ms = Math.round(seen.longest);
    figures.longest_task_cpu_ms = await trace.longestTaskCpuMs();
  } finally {
    clearInterval(timer);
  }
  // It must be the changes of the rows that were measured, and no more of them.
  assert.ok(figures.row_changes_per_second >= 60, "too few changes to tell anything");
  assert.ok(figures.row_changes_per_second <= 60 * 4 * 1.1, "rows change more often than they may");
  // The observer counts the time that other programs take from the page, too:
  // where it tells of a long task, the time that the page itself used decides.
  const longest = Math.min(figures.longest_task_ms, figures.longest_task_cpu_ms);
  assert.ok(longest < longTaskMsMax, `a task of ${longest} ms`);
}));

/** Runs in the page: what happens in the table of the market for a while. */
function watchRows(ms) {
  return new Promise((done) => {
    const seen = { longest: 0, changes: 0, frames: 0 };
    new PerformanceObserver((list) => {
      for (const x of list.getEntries())
        seen.longest = Math.max(seen.longest, x.duration);
    }).observe({ type: "longtask" });
    new MutationObserver((list) => {
      for (const x of list)
        seen.changes += x.target.closest?.("td:nth-child(2)") && x.addedNodes.length > 0 ? 1 : 0;
    }).observe(document.querySelector("table.market tbody"), { childList: true, subtree: true });
    const count = () => {
      ++seen.frames;
      requestAnimationFrame(count);
    };
    count();
    setTimeout(() => done(seen), ms);
  });
}

test("lists are sorted, filtered, searched and paged by the address", () => withPage("/", {}, async (page) => {
  await page.locator("table.market tbody tr").first().waitFor();
  await page.getByRole("button", { name: "MCap" }).click();
  await page.waitForURL(/sort=market_cap/);
  await page.locator("th[aria-sort=descending]").getByText("MCap").waitFor();
  await page.getByRole("button", { name: "Graduated", exact: true }).click();
  await page.waitForURL(/tab=graduated/);
  await page.getByLabel("Minimum liquidity in SOL").fill("999999999");
  await page.waitForURL(/minLiquidity=999999999/);
  await page.getByText("No token matches these filters.").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.waitForURL((x) => !x.search.includes("minLiquidity"));
  await page.goBack();
}));

test("the keyboard reaches everything", () => withPage("/", {}, async (page) => {
  await page.locator("table.market tbody tr").first().waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  const symbol = (await api("/tokens?limit=1")).data[0].symbol.slice(0, 4);
  await page.keyboard.press("/");
  const search = page.getByRole("combobox", { name: "Search tokens and wallets" });
  await page.waitForFunction(() => document.activeElement.getAttribute("role") === "combobox");
  await search.pressSequentially(symbol);
  await page.locator("#search-hits li").first().waitFor();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator("#search-hits").getByRole("option", { selected: true }).count(), 1);
  assert.notEqual(await search.getAttribute("aria-activedescendant"), null);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/(token|wallet)\//);
  await page.keyboard.press("/");
  await search.fill("");
  await search.pressSequentially("zzzzzzzz no such name");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/search\?q=/);
  await page.getByText("Nothing matches.").waitFor();
  // What has the focus shows it.
  await page.getByRole("link", { name: "Losers" }).focus();
  await page.keyboard.press("Tab");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid");
}));

test("the theme is kept", () => withPage("/losers", { theme: "dark" }, async (page) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.getByRole("button", { name: "Switch to light theme" }).click();
  const light = await ground();
  assert.notEqual(light, dark);
  await page.reload();
  assert.equal(await ground(), light);
}));

test("a node's pages lead to its console, those of others do not", () => withPage("/", {}, async (page) => {
  const link = page.getByRole("link", { name: "Console of the node" });
  if (!realUrl) {
    // The mock answers every address with the page, as a gateway does.
    await eventually(() => page.evaluate(() => performance.getEntriesByType("resource").some((x) =>
      x.name.endsWith("/console") && x.responseEnd > 0)), "a look for the console");
    await page.locator("table.market tbody tr").first().waitFor();
    assert.equal(await link.count(), 0);
    return;
  }
  await link.click();
  await page.waitForURL((x) => x.pathname === "/console");
  await page.locator(".tile").first().waitFor();
}));

test("the chart follows its switches", () => withPage(`/token/${mint}`, {}, async (page) => {
  await page.locator(".chart canvas").first().waitFor();
  for (const interval of ["1s", "5m", "15m", "1h", "24h", "1m"]) {
    await page.getByRole("group", { name: "Interval" }).getByRole("button", { name: interval, exact: true }).click();
    await page.locator(".chart canvas, .chart-panel .empty").first().waitFor();
  }
  const legend = page.locator(".legend");
  const priced = await legend.innerText();
  await page.getByRole("button", { name: "MCap" }).click();
  await eventually(async () => (await legend.innerText()) !== priced, "another unit");
  await page.getByLabel("Fill quiet bars").uncheck();
  await page.locator(".chart canvas").first().waitFor();
  await page.getByRole("button", { name: "Top holders" }).click();
  await page.locator(".tape tbody tr").first().waitFor();
}));

test("the tape ends with what the API has", mockOnly, () => withPage(`/token/${mint}`, {}, async (page) => {
  await page.locator(".tape tbody tr").first().waitFor();
  // Nothing but what is told here.
  lab.mock.faults.silent = true;
  const token = lab.mock.market.tokens.get(mint);
  for (let i = 0; i < 5; ++i) {
    const { trade, jpos } = lab.mock.market.trade(token);
    lab.mock.tellTick(trade);
    await page.locator(".tape tr.unconfirmed").first().waitFor();
    lab.mock.tell(`trade:${mint}`, "trade", jpos, 0, trade, trade.slot);
    await page.locator(".tape tr.unconfirmed").first().waitFor({ state: "detached" });
  }
  await sameTape(page);
  lab.mock.faults.silent = false;
}));

/** The signatures that the tape shows are those of the API. */
async function sameTape(page) {
  await eventually(async () => {
    const shown = await page.locator(".tape td:nth-child(7) .key").evaluateAll((x) => x.slice(0, 50).map((y) => y.title));
    const told = (await api(`/tokens/${mint}/trades?limit=50`)).data.map((x) => x.signature);
    return shown.length > 0 && shown.join() === told.slice(0, shown.length).join();
  }, "the tape of the API");
}

test("a restart of the server leaves no hole", mockOnly, () => withPage(`/token/${mint}`, {
  expected: [/Failed to load resource/, /ERR_/],
}, async (page) => {
  await page.locator(".chart canvas").first().waitFor();
  await eventually(() => lab.mock.isHeard(`trade:${mint}`), "the topic");
  const stopped = lab.mock.restart(1_500);
  await page.getByText("Connection lost.").waitFor();
  const token = lab.mock.market.tokens.get(mint);
  for (let i = 0; i < 30; ++i)
    lab.mock.market.trade(token);
  await stopped;
  await page.getByText("Connection lost.").waitFor({ state: "detached" });
  await sameTape(page);
}));

test("a hole in the stream is filled", mockOnly, () => withPage(`/token/${mint}`, {}, async (page) => {
  await page.locator(".tape tbody tr").first().waitFor();
  await eventually(() => lab.mock.isHeard(`trade:${mint}`), "the topic");
  const token = lab.mock.market.tokens.get(mint);
  const missed = lab.mock.market.trade(token);
  const told = lab.mock.market.trade(token);
  lab.mock.previous.set(`trade:${mint}`, missed.jpos);
  lab.mock.tell(`trade:${mint}`, "trade", told.jpos, 0, told.trade, told.trade.slot);
  await sameTape(page);
}));

test("gaps are drawn and told", mockOnly, async () => {
  const now = lab.mock.market.now;
  lab.mock.faults.chartGap = { mint, from: now - 1_800, to: now - 900 };
  lab.mock.faults.gapSince = 449_999_000;
  try {
    await withPage(`/token/${mint}`, {}, async (page) => {
      await page.getByText(/bars are incomplete/).waitFor();
      await page.getByText("Incomplete: a gap is open since slot 449999000.").waitFor();
      await screenshot(page, "token-gap");
    });
  } finally {
    lab.mock.faults.chartGap = null;
    lab.mock.faults.gapSince = null;
  }
});

test("refusals are told, and what comes afterwards is shown", mockOnly, async () => {
  const expected = [/Failed to load resource/];
  const { faults } = lab.mock;
  try {
    faults.refuse = [{ path: /tokens$|losers/, status: 503, code: "unavailable", detail: "The store is away.", retryAfter: 1 }];
    await withPage("/", { expected }, async (page) => {
      await page.getByText("The store is away.").waitFor();
      await screenshot(page, "market-error");
      faults.refuse = [];
      // Retry-After: nobody has to press anything.
      await page.locator("table.market tbody tr").first().waitFor();
      assert.equal(await page.getByText("The store is away.").count(), 0);
    });
    faults.refuse = [{ path: /losers/, status: 429, code: "too_many_requests" }];
    await withPage("/losers", { expected }, async (page) => {
      await page.getByText("Too many requests.").waitFor();
      faults.refuse = [];
      await page.getByRole("button", { name: "Try again" }).click();
      await page.locator(".board tbody tr").first().waitFor();
    });
    faults.refuse = [{ path: /ledger/, status: 410, code: "below_retention" }];
    await withPage(`/wallet/${wallet}?as_of=5`, { expected }, (page) => page.getByText("does not reach back").waitFor());
    faults.refuse = [];
    faults.slowMs = 700;
    await withPage("/", {}, async (page) => {
      await page.locator(".skeleton").first().waitFor();
      await page.locator("table.market tbody tr").first().waitFor();
    });
    faults.slowMs = 0;
    const unknown = "9".repeat(44);
    await withPage(`/token/${unknown}`, { expected }, (page) => page.getByText("was seen yet").waitFor());
    await withPage(`/wallet/${unknown}`, { expected }, (page) => page.getByText("was seen yet").waitFor());
    await withPage("/token/no-address", {}, (page) => page.getByText("no address of a token").waitFor());
    await withPage("/wallet/%zz", {}, (page) => page.getByText("no address of a wallet").waitFor());
  } finally {
    faults.refuse = [];
    faults.slowMs = 0;
  }
});

test("silence is told within seconds", mockOnly, () => silence);

/** A page whose server falls silent, and speaks again. */
async function watchSilence() {
  const mock = await startMock({ folder });
  const page = await openPage({ browser: lab.browser, url: mock.url }, "/");
  try {
    await page.locator("table.market tbody tr").first().waitFor();
    mock.faults.silent = true;
    await page.getByText(/Stale: nothing new for \d\d s/).waitFor({ timeout: 60_000 });
    await screenshot(page, "market-stale");
    mock.faults.silent = false;
    await page.getByText(/Stale/).waitFor({ state: "detached" });
    assert.deepEqual(page.problems, []);
  } finally {
    await page.context().close();
    await mock.stop();
  }
}

test("what strangers wrote does no harm", mockOnly, async () => {
  const hostile = [...lab.mock.market.tokens.keys()].slice(1, 7);
  // Each kind of name is in the list; pages of their own for links and titles.
  for (const address of ["/", ...[0, 1, 4].map((x) => `/token/${hostile[x]}`), "/search?q=g"])
    await withPage(address, {}, async (page) => {
      await page.locator("table tbody tr, .hits li").first().waitFor();
      const text = await page.evaluate(() => document.body.innerText + document.title);
      assert.doesNotMatch(text, /[\u202A-\u202E\u2066-\u2069\u200B\uFEFF]/);
      assert.equal(await page.locator("main img, main b, main iframe").count(), 0);
      assert.equal(await page.locator("a[href^='javascript:'], a[href^='data:']").count(), 0);
      assert.equal(await overflow(page), 0);
      for (const rel of await page.locator("aside a[target]").evaluateAll((x) => x.map((y) => y.rel)))
        assert.match(rel, /noopener noreferrer/);
    });
  await withPage(`/token/${hostile[3]}`, { viewport: phone }, async (page) => {
    await page.locator(".chart canvas").first().waitFor();
    await screenshot(page, "hostile-phone");
    assert.equal(await overflow(page), 0);
  });
});

test("a wallet: positions, trades, time travel", () => withPage(`/wallet/${wallet}`, {}, async (page) => {
  await page.locator("tbody tr").first().waitFor();
  await page.getByRole("button", { name: "Realized", exact: true }).click();
  await page.locator("th[aria-sort=descending]").getByText("Realized").waitFor();
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await page.getByRole("button", { name: "Trades", exact: true }).click();
  await page.locator("table caption", { hasText: "Trades of the wallet" }).waitFor({ state: "attached" });
  const { slot } = (await api(`/wallets/${wallet}/trades?limit=1`)).data[0];
  await page.getByLabel("As of slot").fill(String(slot));
  await page.keyboard.press("Enter");
  await page.waitForURL(/as_of=/);
  await page.getByText(`As of slot ${slot}`).waitFor();
  await page.locator("tbody tr").first().waitFor();
  await page.getByRole("button", { name: "Back to now" }).click();
  await page.waitForURL((x) => x.search === "");
}));

test("boards have windows and measures", () => withPage("/losers", {}, async (page) => {
  for (const name of ["7d", "all", "Losses only", "24h"]) {
    await page.getByRole("button", { name, exact: true }).click();
    await page.locator(".board tbody tr, .empty").first().waitFor();
  }
  await page.waitForURL(/by=losses/);
}));
