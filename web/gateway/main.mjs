#!/usr/bin/env node
// The program: options, start, signals. Exit code 0 after a drain, 1 when it
// cannot start, 2 for a wrong command line.

import { start_gateway } from "./gateway.mjs";
import { log } from "./log.mjs";
import { UsageError, read_options, usage } from "./options.mjs";

const words = process.argv.slice(2);
if (words.includes("--help") || words.includes("-h")) {
  process.stdout.write(usage);
  process.exit(0);
}
try {
  const options = read_options(words, process.env);
  const gateway = await start_gateway(options);
  log("info", "gateway listens", { address: options.listen.host, port: gateway.port });
  let asked = 0;
  const leave = async () => {
    asked += 1;
    // Whoever asks twice does not want to wait.
    if (asked > 1) process.exit(1);
    log("info", "gateway drains");
    await gateway.stop();
    process.exit(0);
  };
  process.on("SIGTERM", leave);
  process.on("SIGINT", leave);
} catch (error) {
  const wrong = error instanceof UsageError;
  process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n${wrong ? "See --help.\n" : ""}`);
  process.exit(wrong ? 2 : 1);
}
