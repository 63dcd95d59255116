#!/usr/bin/env python3
"""Publishing to a real Redis, heard by a real subscriber.

Usage: driver.py PROGRAM

Runs a node with its simulator and a replay of the same market, each with its
own prefix, and compares what was heard and what stands in Redis with what the
store dumps. Starts and ends everything it needs. Prints one JSON line a case;
exit code 77 when the npm packages are missing.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT / "script" / "lib"))
import servers  # noqa: E402 (its folder is not a package)
import subscriber  # noqa: E402
from fault_lab import Failed  # noqa: E402

PATIENCE_SECONDS = 240
MARKET = ["--rate", "200", "--slots", "60"]


class Bench:
    """A working folder, the program and a Redis."""

    def __init__(self, program, folder):
        self.program = Path(program).resolve()
        self.folder = folder
        self.redis = servers.Redis()

    def run(self, *words):
        done = subprocess.run([self.program, *words], cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE_SECONDS)
        if done.returncode != 0:
            raise Failed(f"{words} ended with {done.returncode}: "
                         + done.stderr[-500:])
        return done.stdout

    def dumper(self, store):
        return lambda words: self.run("dump", *words, "--store",
                                      f"sqlite:{store}")


def live(bench, made, mints):
    """A node with its simulator, a subscriber, and a Socket.IO server."""
    listener = rooms = node = None
    got = bench.folder / "rooms.json"
    try:
        listener = subscriber.Subscriber(bench.redis.url, bench.folder, "a:")
        rooms = subscriber.Program(
            "rooms.mjs", bench.folder, bench.redis.url, subscriber.packages(),
            "a:socket.io", got, *[f"token:{x}" for x in mints])
        with open(bench.folder / "node.log", "wb") as log:
            node = subprocess.Popen(
                [bench.program, "run", "--store", "sqlite:live.db", "--redis",
                 bench.redis.url, "--redis-prefix", "a:", "--redis-socketio",
                 "streams", *MARKET], cwd=bench.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        # It ends with its simulator.
        if node.wait(PATIENCE_SECONDS) != 0:
            raise Failed(f"the node ended with {node.returncode}")
        heard = listener.finish()
        emitted = rooms.stop(got)
    finally:
        for x in (listener, rooms):
            if x is not None:
                x.close()
        if node is not None and node.poll() is None:
            node.kill()
            node.wait()
    line = subscriber.check_all(heard, bench.dumper("live.db"), "a:")
    if len(heard["trades"]) != made["trades"]:
        raise Failed(f"{len(heard['trades'])} trades, the market made "
                     f"{made['trades']}")
    found = {x["seq"] for x in emitted.get("trade", [])}
    if found != set(heard["trades"]):
        raise Failed(f"Socket.IO brought {len(found)} of "
                     f"{len(heard['trades'])} trades")
    return {**line, "socketio_trades": len(found)}


def replay(bench, made, _):
    """A replay as fast as it goes, and what it left to the next start."""
    listener = subscriber.Subscriber(bench.redis.url, bench.folder, "b:",
                                     "replay.json")
    try:
        for _ in range(2):
            bench.run("replay", "market.geyser", "--store", "sqlite:replay.db",
                      "--redis", bench.redis.url, "--redis-prefix", "b:",
                      "--json")
        heard = listener.finish()
    finally:
        listener.close()
    heard["keys"] = {key: x for key, x in heard["keys"].items()
                     if key.startswith("b:")}
    line = subscriber.check_all(heard, bench.dumper("replay.db"), "b:",
                                restarted=True)
    if len(heard["trades"]) != made["trades"]:
        raise Failed(f"{len(heard['trades'])} trades, the market made "
                     f"{made['trades']}")
    return line


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    if subscriber.packages() is None or shutil.which("node") is None:
        print("node or the npm packages are missing: run script/test",
              file=sys.stderr)
        return 77
    folder = Path(tempfile.mkdtemp(prefix="pumpscope-subscriber-"))
    bench = None
    status = 0
    try:
        bench = Bench(sys.argv[1], folder)
        made = json.loads(bench.run("simulate", "--record", "market.geyser",
                                    *MARKET))
        bench.run("replay", "market.geyser", "--store", "sqlite:known.db")
        rows = subscriber.rows_of(bench.dumper("known.db")(["trades"]))
        mints = sorted({x["mint"] for x in rows})
        for case in (live, replay):
            line = {"case": case.__name__, "ok": True}
            try:
                line.update(case(bench, made, mints))
            except Failed as error:
                line.update(ok=False, why=str(error)[:2000])
                status = 1
            print(json.dumps(line), flush=True)
    finally:
        if bench is not None:
            bench.redis.close()
        shutil.rmtree(folder, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
