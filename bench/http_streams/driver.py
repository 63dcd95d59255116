#!/usr/bin/env python3
"""How many clients does the live stream of a node carry, and at what cost?

Usage: driver.py --build FOLDER [--smoke] [--clients N|max] [--seconds N]
                 [--topic NAME] [--rate N] [--tokens N] [--options WORDS]

  --build FOLDER   a built release folder
  --smoke          a short round: shows only that it runs
  --clients N      clients at a time (10,000); max: as many as the node takes
                   by its limit of open files
  --seconds N      how long their messages are counted (60)
  --topic NAME     what they all subscribe (market)
  --rate N         transactions per second of the simulated market (10)
  --tokens N       tokens of it that live at a time (5): a market of many makes
                   messages long
  --options WORDS  more options for `pumpscope run`

Prints what bench_http_streams says of the server alone. Then it starts the
simulator, a node and processes of clients, and ends them. Prints JSON lines,
README.md says what the figures are; exit code 1 when a client was refused
(unless max), cut, or missed a message.
"""

import argparse
import collections
import contextlib
import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "script" / "lib"))
from http_node import end_well, simulated_node, watch  # noqa: E402
from programs import (PATIENCE_SECONDS, Failed, Program, emit,  # noqa: E402
                      resident_bytes, run_driver, stat_seconds)

CLIENTS_PER_PROCESS = 2_500
# Room for the files of a client process that are no clients.
SPARE_FILES = 64
WARM_UP_SECONDS = 10
# A message that nobody has after so long is missed.
LATE_SECONDS = 30
STEP_MS = 0.1


class Clients(Program):
    """sse_clients.cpp: clients with an address of loopback of their own."""

    def __init__(self, options, folder, node, number, count):
        self.count = count
        super().__init__(
            [options.build / "bench/http_streams/sse_clients", node.host,
             node.port, f"127.0.0.{2 + number}", options.topic, count],
            folder, f"clients-{number}", stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(PATIENCE_SECONDS)
            self.check()
        return json.loads(line)

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()


def ask_all(processes, word):
    """All are asked before the first answers."""
    for x in processes:
        x.tell(word)
    return [x.answer() for x in processes]


class Merged:
    """Reports of all processes, about the messages of some time."""

    def __init__(self, reports, since_ms, until_ms):
        self.reports = reports
        self.messages = collections.defaultdict(list)
        for report in reports:
            for x in report["messages"]:
                if since_ms <= x["ts_ms"] < until_ms:
                    self.messages[x["id"]].append(x)

    def sum(self, name):
        return sum(x[name] for x in self.reports)

    def delivered(self):
        return sum(x["count"] for parts in self.messages.values() for x in parts)

    def missed(self, clients):
        return clients * len(self.messages) - self.delivered()

    def delays_ms(self):
        """From `ts` to the clients; the end of the step is what counts."""
        steps = collections.Counter()
        for parts in self.messages.values():
            for x in parts:
                for step, count in x["delays"].items():
                    steps[int(step)] += count
        return {f"delay_ms_{name}": of_counts(steps, share)
                for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1))}

    def spreads_ms(self):
        """From the first client of a message to its last."""
        values = sorted((max(x["last_us"] for x in parts)
                         - min(x["first_us"] for x in parts)) / 1e3
                        for parts in self.messages.values())
        return {"spread_ms_p50": values[len(values) // 2],
                "spread_ms_max": values[-1]}


def of_counts(steps, share):
    rank = share * sum(steps.values())
    seen = 0
    for step in sorted(steps):
        seen += steps[step]
        if seen >= rank:
            return (step + 1) * STEP_MS
    return None


def split(options):
    """How many clients each process has."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    share = min(CLIENTS_PER_PROCESS, limit - SPARE_FILES)
    # One more than the node can have files for.
    left = limit + 1 if options.clients == "max" else int(options.clients)
    result = []
    while left > 0:
        result.append(min(left, share))
        left -= result[-1]
    return result


def subscribe(options, folder, node, stack):
    """Starts a single client, and all others behind it."""
    def started(number, count):
        return stack.enter_context(contextlib.closing(
            Clients(options, folder, node, number, count)))

    begin = time.monotonic()
    single = started(0, 1)
    if single.answer()["open"] != 1:
        raise Failed("the first client does not get its stream")
    processes = [started(i + 1, x) for i, x in enumerate(split(options))]
    settled = [x.answer() for x in processes]
    seconds = time.monotonic() - begin
    total = {x: sum(y[x] for y in settled)
             for x in ("open", "refused", "failed")}
    if total["failed"] or (total["refused"] and options.clients != "max"):
        raise Failed(f"not all clients got a stream: {total}")
    return single, processes, {"clients": total["open"],
                               "refused": total["refused"],
                               "connect_seconds": seconds}


def await_all(processes, since_ms, until_ms, clients):
    """Their reports, when all messages of the time came, or too late."""
    end = time.monotonic() + LATE_SECONDS
    while True:
        found = Merged(ask_all(processes, "report"), since_ms, until_ms)
        if found.missed(clients) == 0 or time.monotonic() > end:
            return found
        time.sleep(1)


def cpu_share(node, seconds, *programs):
    begin, before = time.monotonic(), stat_seconds(node.pid)
    watch(seconds, node, *programs)
    return (stat_seconds(node.pid) - before) / (time.monotonic() - begin)


def follow(options, node, simulator, stack, folder):
    watch(options.warm_up, node, simulator)
    cpu_without = cpu_share(node, options.warm_up, simulator)
    memory_without = resident_bytes(node.pid)
    single, processes, row = subscribe(options, folder, node, stack)
    clients = row["clients"]
    memory_with = resident_bytes(node.pid)
    watch(min(options.seconds, 5), node, simulator, single, *processes)
    ask_all([single, *processes], "forget")
    since_ms = time.time_ns() // 1_000_000
    load = os.getloadavg()[0]
    client_seconds = sum(stat_seconds(x.pid) for x in processes)
    cpu = cpu_share(node, options.seconds, simulator, single, *processes)
    client_seconds = sum(stat_seconds(x.pid) for x in processes) - client_seconds
    until_ms = time.time_ns() // 1_000_000
    memory_after = resident_bytes(node.pid)
    # What is alive is asked now, what came when it had its time.
    fresh = Merged(ask_all(processes, "report"), 0, 0).sum("fresh")
    found = await_all(processes, since_ms, until_ms, clients)
    alone = Merged(ask_all([single], "report"), since_ms, until_ms)
    if not found.messages or not alone.messages:
        raise Failed("no message came")
    delivered = found.delivered()
    row |= {"alive": fresh, "messages": len(found.messages),
            "delivered": delivered, "missed": found.missed(clients),
            "cut": found.sum("lost"), "holes": found.sum("holes"),
            "repeats": found.sum("repeats"), "resets": found.sum("resets"),
            "message_bytes": found.sum("bytes") / max(delivered, 1),
            **found.delays_ms(), **found.spreads_ms(),
            **{f"single_{x}": y for x, y in alone.delays_ms().items()},
            "memory_bytes_without": memory_without,
            "memory_bytes_per_client": (memory_with - memory_without) / clients,
            "memory_bytes_per_client_after":
                (memory_after - memory_without) / clients,
            "cpu_us_per_message": (cpu - cpu_without) * options.seconds
                / max(delivered, 1) * 1e6,
            "cpu_share": cpu, "cpu_share_without": cpu_without,
            "cpu_share_clients": client_seconds / options.seconds}
    emit(run="node", topic=options.topic, cores=os.cpu_count(), load=load, **row)
    wrong = {x: row[x] for x in ("missed", "cut", "holes", "repeats", "resets")
             if row[x]}
    if fresh != clients or wrong:
        raise Failed(f"{fresh} of {clients} clients are alive; {wrong}")


def run_alone(options):
    """The server without a node; it has a process of clients itself."""
    done = subprocess.run(
        [options.build / "bench/http_streams/bench_http_streams",
         "--smoke" if options.smoke else str(options.clients)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"bench_http_streams ended with {done.returncode}: "
                     + done.stdout + done.stderr)
    emit(**{**json.loads(done.stdout), "run": "alone"})


def measure(options):
    market = ["--rate", options.rate, "--tokens", options.tokens]
    with tempfile.TemporaryDirectory(prefix="pumpscope-bench-") as folder, \
            contextlib.ExitStack() as stack:
        folder = Path(folder)
        node, simulator = stack.enter_context(simulated_node(
            options.build / "runtime" / "pumpscope", folder, market,
            ["--store", f"sqlite:{folder}/node.db",
             *shlex.split(options.options)]))
        follow(options, node, simulator, stack, folder)
        end_well(node)


def measure_both(options):
    if options.clients != "max":
        run_alone(options)
    measure(options)


def count_or_max(text):
    return text if text == "max" else int(text)


def main():
    parser = argparse.ArgumentParser(
        usage=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--clients", type=count_or_max, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--topic", default="market")
    parser.add_argument("--rate", type=int, default=10)
    parser.add_argument("--tokens", type=int, default=5)
    parser.add_argument("--options", default="")
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.warm_up = WARM_UP_SECONDS
    if options.smoke:
        options.clients, options.seconds, options.warm_up = 200, 3, 2
    return run_driver(lambda: measure_both(options))


if __name__ == "__main__":
    sys.exit(main())
