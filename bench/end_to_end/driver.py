#!/usr/bin/env python3
"""Our node and the Node.js pipeline of bench/peer on the same recorded stream,
with real servers: what they take at saturation, what it costs, how late they
are at a fixed rate.

Usage: driver.py --build FOLDER [--smoke] [--trades N] [--rate N] [--seconds N]
                 [--only ours|peer] [--peer-client grpc-js|triton]
                 [--peer-cache all|publish] [--options WORDS]

  --build FOLDER   a built release folder
  --smoke          a short round: shows only that it runs
  --trades N       of the stream (default 120,000)
  --rate N         transactions per second of the latency runs (2,000)
  --seconds N      how long these measure, behind 3 s of warm-up (15)
  --only WHO       leaves the other one out, and the ratios
  --peer-client, --peer-cache   as in bench/peer/pipeline.mjs
  --options WORDS  more options for `pumpscope run`

Starts PostgreSQL, Redis, the simulator and a subscriber, and ends them. Prints
JSON lines, README.md says what the figures are; exit code 1 when something was
lost.
"""

import argparse
import contextlib
import json
import os
import shlex
import shutil
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
from programs import (Failed, PATIENCE_SECONDS, Program, emit,  # noqa: E402
                      run_driver, stat_seconds, tree_seconds)

PEER_PACKAGES = Path(os.environ.get("PUMPSCOPE_PEER_PACKAGES",
                                    ROOT / "build" / "bench" / "peer"))
# Both systems write into the same server, as a user would set it up.
POSTGRES_SETTINGS = ["shared_buffers=1GB", "max_wal_size=8GB",
                     "checkpoint_timeout=30min", "track_commit_timestamp=on"]


class Subscriber(Program):
    """bench/end_to_end/subscriber.cpp."""

    def __init__(self, bench, *words):
        super().__init__([bench.build / "bench/end_to_end/end_to_end_subscriber",
                          bench.redis.port, *words], bench.folder, "subscriber",
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def report(self):
        self.check()
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


# -- the bench ----------------------------------------------------------------

class Bench:
    """Servers, the stream, and a folder for it all."""

    def __init__(self, options, folder):
        self.options = options
        self.build = options.build.resolve()
        self.program = self.build / "runtime" / "pumpscope"
        self.folder = folder
        self.postgres = servers.Postgres(POSTGRES_SETTINGS)
        try:
            self.redis = servers.Redis(
                [("--client-output-buffer-limit", "pubsub 1gb 1gb 0")])
        except BaseException:
            self.postgres.close()
            raise
        self.databases = 0

    def close(self):
        self.redis.close()
        self.postgres.close()

    def record(self):
        """Makes the stream: slots of 400 ms at the rate of the latency runs."""
        stream = self.folder / "stream.geyser"
        done = subprocess.run(
            [self.program, "simulate", "--record", stream, "--rate",
             str(self.options.rate), "--trades", str(self.options.trades),
             "--wallets", "50000"], check=True, stdin=subprocess.DEVNULL,
            capture_output=True, text=True)
        self.stream = stream
        self.truth = json.loads(done.stdout)

    def fresh_database(self):
        """Empties Redis; returns the URL of an empty database."""
        self.redis.command("FLUSHALL")
        self.databases += 1
        name = f"bench{self.databases}"
        self.postgres.query(f"CREATE DATABASE {name}")
        return self.postgres.url.rsplit("/", 1)[0] + "/" + name

    @contextlib.contextmanager
    def played(self, rate):
        """Serves the stream, from its beginning when somebody subscribes."""
        with self.running([self.program, "simulate", "--play", self.stream,
                           "--listen", "127.0.0.1:0", "--rate", rate,
                           "--linger"], "simulator") as simulator:
            simulator.endpoint = simulator.await_text("http://").split("http://")[1]
            yield simulator

    @contextlib.contextmanager
    def running(self, words, name, kind=Program, **pipes):
        with contextlib.closing(kind(words, self.folder, name, **pipes)) as x:
            yield x

    def server_seconds(self, simulator):
        return {"postgres": tree_seconds(self.postgres.process.pid),
                "redis": stat_seconds(self.redis.process.pid),
                "simulator": stat_seconds(simulator.pid)}

    def commit_times(self, database, table):
        """When the first and the last row of a table became durable."""
        text = self.postgres.query(
            "SELECT extract(epoch FROM min(x)), extract(epoch FROM max(x)), "
            "count(*), sum(n) FROM (SELECT pg_xact_commit_timestamp(xmin) x, "
            f"count(*) n FROM {table} GROUP BY 1) t", database)
        first, last, commits, rows = text.split("|")
        return float(first), float(last), int(commits), int(rows)


class Ours:
    """`pumpscope run`."""

    name = "pumpscope"
    table = "pumpscope.trade"

    def __init__(self, bench):
        self.bench = bench

    @contextlib.contextmanager
    def started(self, simulator, database, warm_up=0):
        bench = self.bench
        words = [bench.program, "run", "--store", database, "--redis",
                 bench.redis.url, "--endpoint", f"http://{simulator.endpoint}",
                 *shlex.split(bench.options.options)]
        with bench.running(words, self.name) as x:
            yield x

    def finish(self, process):
        code, seconds = process.end()
        if code != 0:
            raise Failed(f"pumpscope ended with {code}: "
                         + process.log_text()[-800:])
        return {"cpu_seconds": seconds,
                "memory_bytes_max": process.usage.ru_maxrss * 1024}

    def check(self, database):
        """Folds the journal again and compares; the truth is the market's."""
        done = subprocess.run(
            [self.bench.program, "verify", "--json", "--store", database],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        found = json.loads(done.stdout or "{}")
        if done.returncode != 0 or found.get("mismatches") != 0:
            raise Failed(f"verify: {done.stdout} {done.stderr[-500:]}")


class Peer:
    """bench/peer."""

    name = "peer"
    table = "peer_trades"

    def __init__(self, bench):
        self.bench = bench

    @contextlib.contextmanager
    def started(self, simulator, database, warm_up=0):
        bench = self.bench
        words = ["node", ROOT / "bench/peer/pipeline.mjs", "--endpoint",
                 simulator.endpoint, "--postgres", database, "--redis",
                 bench.redis.url, "--client", bench.options.peer_client,
                 "--cache", bench.options.peer_cache, "--warm-up", warm_up]
        with bench.running(words, self.name,
                           stdout=subprocess.PIPE) as x:
            x.await_text("ready")
            yield x

    def finish(self, process):
        os.kill(process.pid, signal.SIGTERM)
        text = process.process.stdout.read()
        code, _ = process.end()
        if code != 0:
            raise Failed(f"the peer ended with {code}: {text} "
                         + process.log_text()[-800:])
        return json.loads(text)

    def check(self, database):
        """Amounts against SOL are those of the market."""
        found = self.bench.postgres.query(
            "SELECT sum(quote_units) FROM peer_trades WHERE quote_mint = "
            "'So11111111111111111111111111111111111111112'", database)
        if found != self.bench.truth["volume"]["SOL"]:
            raise Failed(f"the peer's volume is {found}, not "
                         + self.bench.truth["volume"]["SOL"])


def await_trades(subscriber, processes, wanted):
    """Waits until so many trades were published."""
    seen = 0
    end = time.monotonic() + PATIENCE_SECONDS
    while seen < wanted:
        now = subscriber.report()["trades"]
        if now > seen:
            seen = now
            end = time.monotonic() + PATIENCE_SECONDS
        if time.monotonic() > end:
            raise Failed(f"{seen} of {wanted} trades were published")
        for x in processes:
            x.check()
        time.sleep(0.1)


def saturate(bench, system):
    """The whole stream as fast as it goes."""
    wanted = bench.truth["trades"]
    database = bench.fresh_database()
    with bench.played(0) as simulator, contextlib.closing(
            Subscriber(bench)) as subscriber:
        idle = bench.server_seconds(simulator)
        with system.started(simulator, database) as process:
            await_trades(subscriber, [process, simulator], wanted)
            heard = subscriber.report()
            ended = system.finish(process)
        busy = bench.server_seconds(simulator)
        sent = json.loads(_output_of(simulator))
    first, last, commits, rows = bench.commit_times(database, system.table)
    if rows != wanted or heard["trades"] != wanted:
        raise Failed(f"{system.name}: {rows} rows and {heard['trades']} "
                     f"messages of {wanted} trades")
    system.check(database)
    transactions = sent["transactions"] - sent["failed_transactions"]
    seconds = max(last, heard["last"]) - first
    cpu = {"process": ended["cpu_seconds"],
           **{x: busy[x] - idle[x] for x in idle},
           "subscriber": heard["cpu_seconds"]}
    each = {x: y / transactions * 1e6 for x, y in cpu.items()}
    each["total"] = sum(each[x] for x in ("process", "postgres", "redis"))
    row = {"run": "saturation", "system": system.name, "trades": wanted,
           "transactions": transactions, "seconds": seconds,
           "transactions_per_second": transactions / seconds,
           **{f"cpu_us_per_transaction_{x}": y for x, y in each.items()},
           "commits": commits, "ticks": heard["ticks"],
           "memory_bytes_max": ended["memory_bytes_max"]}
    emit(**row)
    return row


def _output_of(simulator):
    """Ends the simulator and returns its last line."""
    code, _ = simulator.end()
    if code != 0:
        raise Failed(f"the simulator ended with {code}")
    return simulator.log_text().splitlines()[-1]


def be_late(bench, system):
    """The stream at a fixed rate."""
    options = bench.options
    database = bench.fresh_database()
    with bench.played(options.rate) as simulator:
        with system.started(simulator, database, options.warm_up) as process:
            # Behind the pipeline, whose subscription starts the stream.
            _await_rows(bench, system, process, database)
            with contextlib.closing(Subscriber(
                    bench, f"http://{simulator.endpoint}",
                    options.warm_up)) as subscriber:
                idle = bench.server_seconds(simulator)
                end = time.monotonic() + options.warm_up + options.seconds
                while time.monotonic() < end:
                    time.sleep(0.1)
                    for x in (process, simulator, subscriber):
                        x.check()
                busy = bench.server_seconds(simulator)
                heard = subscriber.report()
            ended = system.finish(process)
    row = {"run": "latency", "system": system.name, "rate": options.rate,
           "seconds": options.seconds}
    row |= {x: y for x, y in heard.items() if "_ms_" in x or x.endswith("_count")}
    if system.name == "peer":
        # It publishes and stores side by side.
        row = {x: y for x, y in row.items() if not x.startswith(("durable_", "tick_"))}
        row |= {x: y for x, y in ended.items() if "_ms_" in x}
    row |= {f"cpu_share_{x}": (busy[x] - idle[x])
            / (options.warm_up + options.seconds) for x in idle}
    emit(**row)


def _await_rows(bench, system, process, database):
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        process.check()
        with contextlib.suppress(subprocess.CalledProcessError):
            if bench.postgres.query(
                    f"SELECT 1 FROM {system.table} LIMIT 1", database):
                return
        time.sleep(0.1)
    raise Failed(f"{system.name} stores nothing")


def peer_problem():
    """Why the pipeline cannot run; empty when it can."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (PEER_PACKAGES / "node_modules" / "@coral-xyz").is_dir():
        return f"its packages are not in {PEER_PACKAGES}: run script/test"
    return ""


def compare(ours, peer):
    def ratio(name):
        return peer[name] / ours[name]

    emit(run="ratio",
         transactions_per_second=1 / ratio("transactions_per_second"),
         process_cpu=ratio("cpu_us_per_transaction_process"),
         total_cpu=ratio("cpu_us_per_transaction_total"))


def measure(options):
    with tempfile.TemporaryDirectory(prefix="pumpscope-bench-") as folder:
        bench = Bench(options, Path(folder))
        try:
            bench.record()
            emit(run="stream", trades=bench.truth["trades"],
                 bytes=bench.stream.stat().st_size, cores=os.cpu_count(),
                 load=os.getloadavg()[0])
            systems = [Ours(bench)] if options.only != "peer" else []
            why = peer_problem()
            if options.only != "ours":
                if why:
                    emit(run="saturation", system="peer", skipped=why)
                else:
                    systems.append(Peer(bench))
            rows = [saturate(bench, x) for x in systems]
            if len(rows) == 2:
                compare(*rows)
            for x in systems:
                be_late(bench, x)
        finally:
            bench.close()


def main():
    parser = argparse.ArgumentParser(
        usage=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--trades", type=int, default=120_000)
    parser.add_argument("--rate", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--only", choices=["ours", "peer"])
    parser.add_argument("--peer-client", default="grpc-js")
    parser.add_argument("--peer-cache", default="all")
    parser.add_argument("--options", default="")
    options = parser.parse_args()
    options.warm_up = 3
    if options.smoke:
        options.trades = 4_000
        options.rate = 500
        options.seconds = 2
        options.warm_up = 1
    return run_driver(lambda: measure(options))


if __name__ == "__main__":
    sys.exit(main())
