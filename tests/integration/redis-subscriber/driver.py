#!/usr/bin/env python3
"""Publishing to a real Redis, heard by a real subscriber.

Usage: driver.py PROGRAM

Runs a node with its simulator and a replay of the same market, each with its
own prefix, and compares what was heard and what stands in Redis with what the
store dumps; then with users that have few rights. Starts and ends everything it needs. Prints one JSON line a case;
exit code 77 when the npm packages are missing.
"""

import json
import re
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
# Twelve seconds of a live chain: long enough for graduations and for candles
# that close.
MARKET = ["--rate", "200", "--slots", "30"]
REDIS_PAGE = ROOT / "docs" / "reference" / "redis.md"
# Every type of message that the contract has, and every interval of candles.
TYPES = {"trade", "tick", "candle", "token", "wallet", "leaderboard",
         "token_new", "graduation", "market"}
INTERVALS = {"1s", "1m", "5m", "15m", "1h", "24h"}
SOL_USD = 151.25


class Bench:
    """A working folder, the program and a Redis."""

    def __init__(self, program, folder):
        self.program = Path(program).resolve()
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.redis = servers.Redis([("--unixsocket", str(self.socket))])

    def finish(self, *words):
        done = subprocess.run([self.program, *words], cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE_SECONDS)
        if done.returncode != 0:
            raise Failed(f"{words} ended with {done.returncode}: "
                         + done.stderr[-500:])
        return done

    def run(self, *words):
        return self.finish(*words).stdout

    def dumper(self, store):
        return lambda words: self.run("dump", *words, "--store",
                                      f"sqlite:{store}")

    def keys(self, database, *login):
        """The names of all keys of a database."""
        return self.redis.command(*login, "-n", database, "--scan").split()


def rooms_of(bench, format_of, prefix, mints):
    """A Socket.IO server, its client in these rooms, and its file."""
    out = bench.folder / f"{format_of}.json"
    return subscriber.Program(
        "rooms.mjs", bench.folder, bench.redis.url, subscriber.packages(),
        format_of, f"{prefix}socket.io", out, "market:global",
        "leaderboard:24h", "leaderboard:7d", "leaderboard:all",
        *[f"token:{x}" for x in mints]), out


def check_rooms(heard, emitted, mints):
    """What came by Socket.IO is what was published."""
    found = {x["seq"] for x in emitted.get("trade", [])}
    subscriber.require(found == set(heard["trades"]),
                       f"Socket.IO brought {len(found)} of "
                       f"{len(heard['trades'])} trades")
    channels = {"leaderboard": lambda x: "leaderboard:" + x["data"]["window"],
                "market:snapshot": lambda x: "market",
                "token": lambda x: "token:" + x["data"]["mint"],
                "token:new": lambda x: "tokens:new",
                "graduation": lambda x: "tokens:graduated"}
    # By channel and number; of those that were told again the first.
    messages = {}
    for event, channel_of in channels.items():
        for x in emitted.get(event, []):
            messages.setdefault((channel_of(x), x["seq"], x["rev"]), x)
    for channel, x in heard["last"].items():
        kind, _, key = channel.partition(":")
        # Nobody joined the room of a token that was never traded.
        if kind in ("leaderboard", "market", "tokens") or (
                kind == "token" and key in mints):
            found = messages.get((channel, x["seq"], x["rev"]))
            subscriber.require(found == x, f"{channel}: {str(found)[:300]} came "
                               f"by Socket.IO, {str(x)[:300]} was published")
    return {"socketio": {x: len(y) for x, y in emitted.items()}}


def check_kinds(heard, ticks=True):
    """Every kind of message was there."""
    expected = TYPES if ticks else TYPES - {"tick"}
    missing = expected - set(heard["counts"])
    subscriber.require(not missing, f"no message of {missing} was heard")
    found = {x["interval"] for x in heard["candles"].values()}
    subscriber.require(found == INTERVALS, f"candles of {found} were heard")


def check_rates(heard, rate):
    """Trades against SOL have dollars at this rate, or none at all."""
    checked = 0
    for channel, x in heard["last"].items():
        data = x["data"]
        if not channel.startswith("trade:") or data["quote_mint"] != subscriber.SOL:
            continue
        checked += 1
        price, usd = data["price"], data["price_usd"]
        same = usd is None if rate is None or price is None else (
            usd is not None and abs(usd - price * rate) <= 1e-9 * usd)
        subscriber.require(same, f"{channel}: {price} SOL are {usd} USD")
    subscriber.require(checked > 0, "no trade against SOL was heard")


def live(bench, made, mints):
    """A node with its simulator, a subscriber, and a cluster of Socket.IO that
    reads the stream. The rate of SOL is a key of the same Redis."""
    listener = rooms = node = None
    try:
        bench.redis.command("SET", "rate", SOL_USD)
        listener = subscriber.Subscriber(bench.redis.url, bench.folder, "a:")
        rooms, got = rooms_of(bench, "streams", "a:", mints)
        with open(bench.folder / "node.log", "wb") as log:
            node = subprocess.Popen(
                [bench.program, "run", "--store", "sqlite:live.db", "--redis",
                 bench.redis.url, "--redis-prefix", "a:", "--redis-socketio",
                 "streams", "--price", "redis:rate", *MARKET],
                cwd=bench.folder, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
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
    heard["keys"] = {key: x for key, x in heard["keys"].items()
                     if key != "rate"}
    line = subscriber.check_all(heard, bench.dumper("live.db"), "a:")
    check_kinds(heard)
    check_rates(heard, SOL_USD)
    if len(heard["trades"]) != made["trades"]:
        raise Failed(f"{len(heard['trades'])} trades, the market made "
                     f"{made['trades']}")
    return {**line, **check_rooms(heard, emitted, mints)}


def replay(bench, made, mints):
    """A replay as fast as it goes, heard by a cluster of the older adapter, and
    what it left to the next start."""
    listener = rooms = None
    try:
        listener = subscriber.Subscriber(bench.redis.url, bench.folder, "b:",
                                         "replay.json")
        rooms, got = rooms_of(bench, "classic", "b:", mints)
        for _ in range(2):
            bench.run("replay", "market.geyser", "--store", "sqlite:replay.db",
                      "--redis", bench.redis.url, "--redis-prefix", "b:",
                      "--redis-socketio", "classic", "--json")
        heard = listener.finish()
        emitted = rooms.stop(got)
    finally:
        for x in (listener, rooms):
            if x is not None:
                x.close()
    heard["keys"] = {key: x for key, x in heard["keys"].items()
                     if key.startswith("b:")}
    line = subscriber.check_all(heard, bench.dumper("replay.db"), "b:",
                                restarted=True)
    check_kinds(heard, ticks=False)
    check_rates(heard, None)
    if len(heard["trades"]) != made["trades"]:
        raise Failed(f"{len(heard['trades'])} trades, the market made "
                     f"{made['trades']}")
    return {**line, **check_rooms(heard, emitted, mints),
            "packets": heard["packets"]}


def acl_rule(user):
    """The rule that the reference gives for a user, as words."""
    text = REDIS_PAGE.read_text()
    return re.search(f"^ACL SETUSER {user} (.*)$", text, re.M)[0].split()


def access(bench, _, __):
    """Users with no more rights than the reference gives them, a database of
    its own, a Unix socket, and a password that is wrong."""
    replay_to = ("replay", "market.geyser", "--redis-prefix", "ps:",
                 "--redis-socketio", "classic", "--store")
    bench.run(*replay_to, "sqlite:socket.db", "--redis",
              f"unix:{bench.socket}?db=2")
    by_socket = bench.keys(2)
    bench.redis.command(*acl_rule("pumpscope"))
    bench.redis.command(*acl_rule("reader"), ">READER")
    # Whoever does not say who he is can do nothing.
    bench.redis.command("ACL", "SETUSER", "default", "resetkeys",
                        "resetchannels", "-@all", "+ping", "+acl")
    (bench.folder / "good").write_text("SECRET\n")
    (bench.folder / "bad").write_text("hunter2\n")
    url = f"redis://pumpscope@127.0.0.1:{bench.redis.port}/3"
    bench.run(*replay_to, "sqlite:user.db", "--redis", url,
              "--redis-password-file", "good")
    by_user = bench.keys(3, "--user", "reader", "--pass", "READER",
                         "--no-auth-warning")
    denied = bench.redis.command("ACL", "LOG")
    for found in (by_socket, by_user):
        subscriber.require(len(found) > 10
                           and all(x.startswith("ps:") for x in found),
                           f"{len(found)} keys: {found[:5]}")
    subscriber.require(not denied, f"Redis denied something: {denied[:500]}")
    told = bench.finish(*replay_to, "sqlite:bad.db", "--redis", url,
                        "--redis-password-file", "bad").stderr
    subscriber.require("WRONGPASS" in told and "hunter2" not in told,
                       f"a wrong password is told as: {told[-500:]}")
    return {"keys_by_socket": len(by_socket), "keys_by_user": len(by_user)}


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
        for case in (live, replay, access):
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
