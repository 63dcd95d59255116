// How long the tasks of a page keep a processor, as Chromium traces it: unlike
// the time that passes, it does not depend on what else the machine does.

const mark = "traced page";

export async function startTrace(browser, page) {
  const session = await browser.newBrowserCDPSession();
  const events = [];
  session.on("Tracing.dataCollected", (x) => events.push(...x.value));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "blink.user_timing"] },
  });
  // By this mark the page is told from others.
  await page.evaluate((name) => performance.mark(name), mark);
  return {
    async longestTaskCpuMs() {
      const complete = new Promise((done) => session.once("Tracing.tracingComplete", done));
      await session.send("Tracing.end");
      await complete;
      await session.detach();
      const own = events.find((x) => x.name === mark);
      const tasks = events.filter((x) => x.ph === "X" && x.tdur !== undefined && x.pid === own?.pid && x.tid === own.tid);
      if (tasks.length === 0)
        throw new Error("the trace has no tasks of the page");
      return Math.round(Math.max(...tasks.map((x) => x.tdur)) / 100) / 10;
    },
  };
}
