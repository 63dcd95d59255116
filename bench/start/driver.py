#!/usr/bin/env python3
"""What a start, a move and a take-over cost with so many wallets in the store.

Usage: driver.py --build FOLDER [--smoke] [--trades N]

  --build FOLDER   a built release folder
  --smoke          a short round: shows only that it runs
  --trades N       that fill the store (default 600,000)

Starts PostgreSQL, Redis, the simulator and the nodes, and ends them. Prints JSON
lines, README.md says what the figures are; exit code 1 when something failed.
"""

import argparse
import contextlib
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "script" / "lib"))
import servers  # noqa: E402 (its folder is not a package)
from endpoint_faults import FIRST_SLOT  # noqa: E402
from http_node import Node, end_well  # noqa: E402
from programs import (Failed, PATIENCE_SECONDS, Program, emit,  # noqa: E402
                      run_driver, stat_seconds, tree_seconds)

# Nobody listens there: what is measured is the work on what is stored.
NO_ENDPOINT = "http://127.0.0.1:1"


class Bench:
    """Servers, and nodes over one store, which is filled by the first one."""

    def __init__(self, options, folder):
        self.program = options.build.resolve() / "runtime" / "pumpscope"
        self.trades = options.trades
        self.folder = folder
        self.exits = contextlib.ExitStack()
        self.postgres = self.exits.enter_context(contextlib.closing(
            servers.Postgres(["shared_buffers=1GB", "max_wal_size=8GB"])))
        self.redis = self.exits.enter_context(contextlib.closing(
            servers.Redis()))

    def number(self, sql):
        return int(self.postgres.query(sql) or 0)

    def node(self, name, endpoint):
        """A node of a cluster; it is killed at the end if it still runs."""
        return self.exits.enter_context(contextlib.closing(Node(
            self.program, self.folder, name, "--cluster", "--node-name", name,
            "--node-listen", "127.0.0.1:0", "--store", self.postgres.url,
            "--redis", self.redis.url, "--endpoint", endpoint, "--from-slot",
            FIRST_SLOT)))

    def fill(self):
        """All trades of a market, stored by a node that ends as it should."""
        endpoint = f"127.0.0.1:{servers.free_port()}"
        node = self.node("filler", f"http://{endpoint}")
        node.await_text("has the sequencer")
        with contextlib.closing(Program(
                [self.program, "simulate", "--listen", endpoint, "--rate", "0",
                 "--trades", str(self.trades), "--wallets", "1000000",
                 "--tokens", "20000", "--linger"], self.folder, "simulator")):
            seen, end = 0, time.monotonic() + PATIENCE_SECONDS
            while seen < self.trades:
                now = self.number("SELECT trades FROM pumpscope.head")
                if now > seen:
                    seen, end = now, time.monotonic() + PATIENCE_SECONDS
                if time.monotonic() > end:
                    raise Failed(f"only {seen} trades came: "
                                 + node.log_text()[-800:])
                node.check()
                time.sleep(0.1)
            end_well(node)


def await_folded(node):
    """Waits until all partitions answer and have folded the whole journal."""
    end = time.monotonic() + 10 * PATIENCE_SECONDS
    while time.monotonic() < end:
        node.check()
        # It answers 503 where it has no pipeline yet, and late when it is busy.
        with contextlib.suppress(OSError):
            rows = json.loads(node.text("/console/api/partitions"))["partitions"]
            if rows and all(x["answered"] and x["lag_rows"] == 0
                            and x["applied"] > 0 for x in rows):
                return
        time.sleep(0.05)
    raise Failed(f"{node.name} does not come to an end of the journal: "
                 + node.log_text()[-800:])


def measure(bench):
    bench.fill()
    wallets = bench.number("SELECT count(*) FROM pumpscope.wallet")
    emit(wallets=wallets,
         positions=bench.number("SELECT count(*) FROM pumpscope.position"),
         tokens=bench.number("SELECT count(*) FROM pumpscope.token"))
    server = tree_seconds(bench.postgres.process.pid)
    begun = time.monotonic()
    first = bench.node("first", NO_ENDPOINT)
    await_folded(first)
    emit(what="start", seconds=time.monotonic() - begun,
         cpu_us_per_wallet_node=stat_seconds(first.pid) / wallets * 1e6,
         cpu_us_per_wallet_postgres=(
             tree_seconds(bench.postgres.process.pid) - server) / wallets * 1e6)

    second = bench.node("second", NO_ENDPOINT)
    first.await_text("second 32")
    await_folded(first)
    metrics = first.metrics()
    if metrics["pumpscope_partition_moves_failed_total"]:
        raise Failed("partitions did not move: " + first.log_text()[-800:])
    emit(what="move of 8 partitions at most",
         moves=int(metrics["pumpscope_partition_moves_total"]),
         seconds_max=metrics["pumpscope_partition_move_seconds_max"])

    fence = bench.number("SELECT fence FROM pumpscope.head")
    begun = time.monotonic()
    second.end(signal.SIGKILL)
    while bench.number("SELECT fence FROM pumpscope.head") == fence:
        if time.monotonic() > begun + PATIENCE_SECONDS:
            raise Failed("nobody notices: " + first.log_text()[-800:])
        time.sleep(0.02)
    await_folded(first)
    emit(what="take-over after kill -9 of one that hosts half of it",
         seconds=time.monotonic() - begun)
    end_well(first)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--trades", type=int, default=600_000)
    options = parser.parse_args()
    if options.smoke:
        options.trades = 3_000

    def run():
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(options, Path(folder))
            with bench.exits:
                measure(bench)

    sys.exit(run_driver(run))


if __name__ == "__main__":
    main()
