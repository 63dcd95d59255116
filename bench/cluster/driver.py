#!/usr/bin/env python3
"""What one, two and three nodes cost on the same recorded stream.

Usage: driver.py --build FOLDER [--smoke] [--trades N] [--nodes N]

  --build FOLDER   a built release folder
  --smoke          a short round: shows only that it runs
  --trades N       of the stream (default 60,000)
  --nodes N        up to how many nodes (default 3)

Starts PostgreSQL, Redis, the simulator and the nodes, and ends them. Prints JSON
lines, README.md says what the figures are; exit code 1 when something was lost.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "script" / "lib"))
import servers  # noqa: E402 (its folder is not a package)
from http_node import Node  # noqa: E402
from programs import (Failed, PATIENCE_SECONDS, Program, emit,  # noqa: E402
                      resident_bytes, run_driver, stat_seconds, tree_seconds)


class Bench:
    """Servers, the stream, and a folder for it all."""

    def __init__(self, options, folder):
        self.options = options
        self.program = options.build.resolve() / "runtime" / "pumpscope"
        self.folder = folder
        self.exits = contextlib.ExitStack()
        self.postgres = self.exits.enter_context(contextlib.closing(
            servers.Postgres(["shared_buffers=1GB", "max_wal_size=8GB"])))
        self.redis = self.exits.enter_context(contextlib.closing(
            servers.Redis([("--client-output-buffer-limit",
                            "pubsub 1gb 1gb 0")])))

    def run(self, *words):
        done = subprocess.run([self.program, *words], check=True,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, cwd=self.folder)
        return done.stdout

    def record(self):
        self.stream = self.folder / "stream.geyser"
        self.truth = json.loads(self.run(
            "simulate", "--record", self.stream, "--rate", "2000", "--trades",
            str(self.options.trades), "--wallets", "50000"))

    def fresh_database(self, name):
        self.redis.command("FLUSHALL")
        self.postgres.query(f"CREATE DATABASE {name}")
        return self.postgres.url.rsplit("/", 1)[0] + "/" + name

    @contextlib.contextmanager
    def running(self, words, name):
        with contextlib.closing(Program(words, self.folder, name)) as x:
            yield x


def await_spread(first, count):
    """Waits until all nodes have partitions."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        first.check()
        lines = [x for x in first.log_text().splitlines()
                 if "run: partitions: " in x]
        if lines and len(lines[-1].split(", ")) == count:
            return
        time.sleep(0.05)
    raise Failed(f"partitions are not on {count} nodes: {first.log_text()[-500:]}")


def measure(bench, count):
    """The whole stream as fast as so many nodes take it."""
    database = bench.fresh_database(f"nodes{count}")
    wanted = bench.truth["trades"]
    with contextlib.ExitStack() as stack:
        # The stream begins when somebody is there to listen: behind the nodes.
        endpoint = f"127.0.0.1:{servers.free_port()}"
        nodes = []
        for i in range(count):
            nodes.append(stack.enter_context(contextlib.closing(Node(
                bench.program, bench.folder, f"node-{count}-{i}", "--cluster",
                "--node-name", f"n{i}", "--node-listen", "127.0.0.1:0",
                "--store", database, "--redis", bench.redis.url, "--endpoint",
                f"http://{endpoint}", "--backoff-max", "500ms"))))
            # The first one has the sequencer.
            nodes[i].await_text("has the sequencer" if i == 0
                                else "standing by")
        await_spread(nodes[0], count)

        def rows():
            for x in nodes:
                x.check()
            return int(bench.postgres.query(
                "SELECT coalesce(max(jpos), 0) FROM pumpscope.head", database))

        def bytes_since(which, before):
            name = f"pumpscope_peer_bytes_{which}_total"
            return nodes[0].metrics().get(name, 0) - before.get(name, 0)

        idle = [stat_seconds(x.pid) for x in nodes]
        server = tree_seconds(bench.postgres.process.pid)
        before = nodes[0].metrics()
        first_row = rows()
        stack.enter_context(bench.running(
            [bench.program, "simulate", "--play", bench.stream, "--listen",
             endpoint, "--rate", "0", "--linger"], "simulator"))
        begun = time.monotonic()
        end = begun + PATIENCE_SECONDS
        seen = first_row
        while seen < bench.truth["trades"] + bench.truth.get("token_events", 0):
            now = rows()
            if now > seen:
                seen, end = now, time.monotonic() + PATIENCE_SECONDS
            if time.monotonic() > end:
                break
            time.sleep(0.1)
        seconds = time.monotonic() - begun
        each = seen - first_row
        row = {"nodes": count, "rows": each, "seconds": seconds,
               "bytes_per_row_to_hosts":
                   bytes_since("asked", before) / each,
               "bytes_per_row_from_hosts":
                   bytes_since("told", before) / each,
               "memory_bytes_sequencer": resident_bytes(nodes[0].pid),
               "memory_bytes_host_max":
                   max((resident_bytes(x.pid) for x in nodes[1:]), default=0)}
        # All at once, so that none takes over: the one with the sequencer ends
        # when all is folded, stored and published, and they wait for it.
        for x in nodes:
            os.kill(x.pid, signal.SIGTERM)
        cpu = []
        for x, before in zip(nodes, idle):
            code, life = x.end(0)
            if code != 0:
                raise Failed(f"{x.name} ended with {code}: {x.log_text()[-800:]}")
            cpu.append((life - before) / each * 1e6)
        row |= {"cpu_us_per_row_all": sum(cpu),
                "cpu_us_per_row_sequencer": cpu[0],
                "cpu_us_per_row_host_max": max(cpu[1:], default=0),
                "cpu_us_per_row_postgres":
                    (tree_seconds(bench.postgres.process.pid) - server)
                    / each * 1e6}
    found = json.loads(bench.run("verify", "--json", "--store", database))
    if found.get("mismatches") != 0 or found.get("trades", wanted) != wanted:
        raise Failed(f"verify: {found}")
    emit(**row)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--trades", type=int, default=60_000)
    parser.add_argument("--nodes", type=int, default=3)
    options = parser.parse_args()
    if options.smoke:
        options.trades, options.nodes = 3_000, 2

    def run():
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(options, Path(folder))
            with bench.exits:
                bench.record()
                for count in range(1, options.nodes + 1):
                    measure(bench, count)

    sys.exit(run_driver(run))


if __name__ == "__main__":
    main()
