#!/usr/bin/env python3
"""How long does a node that follows the market take to answer its HTTP API?

Usage: driver.py --build FOLDER [--smoke] [--rate N] [--requests N]
                 [--seconds N] [--warm-up N] [--store NAME] [--plain]
                 [--options WORDS]

  --build FOLDER   a built release folder
  --smoke          a short round: shows only that it runs
  --rate N         transactions per second of the simulated market (2,300,
                   which are 2,000 trades)
  --requests N     per second (500)
  --seconds N      how long they are sent (30)
  --warm-up N      seconds of the market before that (20)
  --store NAME     sqlite or postgres (one after the other)
  --plain          asks for answers that are not compressed
  --options WORDS  more options for `pumpscope run`

Starts PostgreSQL, the simulator, the node and open_loop, and ends them. Prints
JSON lines, README.md says what the figures are; exit code 1 when an answer was
an error or did not come.
"""

import argparse
import collections
import contextlib
import itertools
import os
import random
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "script" / "lib"))
import servers  # noqa: E402 (its folder is not a package)
from http_node import (end_well, percentile, simulated_node,  # noqa: E402
                       watch)
from programs import (Failed, emit, run_driver,  # noqa: E402
                      stat_seconds, tree_seconds)

# Slow answers must not keep others waiting; the node serves 1,024.
CONNECTIONS = 1_000
WALLETS = 50_000
# What a page that shows the market asks for, all clients alike: each path often
# enough that nearly all answers are kept ones.
CACHED = [
    ("tokens", "/api/v1/tokens"),
    ("tokens", "/api/v1/tokens?sortBy=market_cap&limit=100"),
    ("tokens", "/api/v1/tokens?sortBy=created_at"),
    ("tokens", "/api/v1/tokens?graduated=true&sortBy=volume_1h"),
    ("leaderboards", "/api/v1/leaderboards/losers?window=24h"),
    ("leaderboards", "/api/v1/leaderboards/losers?window=7d&by=losses"),
    ("leaderboards", "/api/v1/leaderboards/winners?window=24h"),
    ("market", "/api/v1/market"),
    ("gaps", "/api/v1/gaps"),
]
# What pages of one token or wallet ask for.
TOKEN = [
    ("token", "/api/v1/tokens/{}"),
    ("chart 1s", "/api/v1/tokens/{}/chart?interval=1s&limit=300"),
    ("chart 1m", "/api/v1/tokens/{}/chart?interval=1m&limit=300"),
    ("chart 1h", "/api/v1/tokens/{}/chart?interval=1h&fill=prev"),
    ("token trades", "/api/v1/tokens/{}/trades?limit=50"),
    ("holders", "/api/v1/tokens/{}/holders"),
]
WALLET = [
    ("wallet", "/api/v1/wallets/{}"),
    ("positions", "/api/v1/wallets/{}/positions"),
    ("wallet trades", "/api/v1/wallets/{}/trades?limit=50"),
    ("ledger", "/api/v1/wallets/{}/ledger"),
]
BASE = ("healthz", "/healthz")
KIND_OF = {**{x: "cached" for x, _ in CACHED},
           **{x: "uncached" for x, _ in TOKEN + WALLET},
           "search": "uncached", BASE[0]: "base"}


def find_keys(node):
    """Tokens and wallets of the lists that the node shows."""
    tokens = {x["mint"]: None for order in ("volume_24h", "last_trade_at")
              for x in node.data(f"/tokens?limit=200&sortBy={order}")}
    wallets = {x["wallet"]: None for side in ("losers", "winners")
               for x in node.data(f"/leaderboards/{side}?limit=100")}
    for mint in list(tokens)[:20]:
        wallets |= {x["wallet"]: None for x in node.data(
            f"/tokens/{mint}/trades?limit=100")}
    if not tokens or not wallets:
        raise Failed(f"{len(tokens)} tokens and {len(wallets)} wallets are shown")
    return list(tokens), list(wallets)


def plan_requests(count, tokens, wallets):
    """Routes and paths: 45 % hot lists, 50 % of one token or wallet, each key in
    its turn, and 5 % of the trivial route."""
    dice = random.Random(1)
    dice.shuffle(tokens)
    dice.shuffle(wallets)
    next_token, next_wallet = itertools.cycle(tokens), itertools.cycle(wallets)
    result = []
    for _ in range(count):
        chance = dice.random()
        if chance < 0.05:
            result.append(BASE)
        elif chance < 0.5:
            result.append(dice.choice(CACHED))
        elif chance < 0.55:
            text = urllib.parse.quote(next(next_wallet)[:dice.randint(3, 6)])
            result.append(("search", f"/api/v1/search?q={text}"))
        else:
            kind, pattern = dice.choice(TOKEN + WALLET)
            key = next(next_token if (kind, pattern) in TOKEN else next_wallet)
            result.append((kind, pattern.format(key)))
    return result


def ask(options, node, plan):
    """Sends the requests; returns what open_loop prints, as rows."""
    words = [options.build / "bench/api_latency/api_latency_open_loop", node.host,
             node.port, options.requests, CONNECTIONS]
    if not options.plain:
        words.append("Accept-Encoding: gzip")
    done = subprocess.run(
        [str(x) for x in words], input="".join(f"{path}\n" for _, path in plan),
        capture_output=True, text=True, timeout=options.seconds + 60)
    rows = [[int(x) for x in line.split()] for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(rows) != len(plan):
        raise Failed(f"open_loop ended with {done.returncode}: {done.stderr}")
    return rows


def times(rows):
    """Of answers that came, in ms."""
    values = sorted(x[1] / 1e3 for x in rows if x[0] != 0)
    return {"count": len(values),
            **{f"ms_{name}": percentile(values, share)
               for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1))}}


def spent(node, server, seconds, work):
    """What the node and the server of its store did meanwhile."""
    def state():
        return {"trades": node.trades(), "cpu": stat_seconds(node.pid),
                "server_cpu": tree_seconds(server.process.pid) if server else 0,
                "time": time.monotonic(),
                **{x: node.metrics().get(f"pumpscope_cache_{x}_total", 0)
                   for x in ("hits", "joins", "misses")}}

    before = state()
    result = work(seconds)
    after = state()
    return {x: after[x] - before[x] for x in before}, result


def report(options, store, plan, rows, idle, busy, load):
    by_route = collections.defaultdict(list)
    for (route, _), row in zip(plan, rows):
        by_route[route].append(row)
    by_kind = collections.defaultdict(list)
    for route, found in by_route.items():
        by_kind[KIND_OF[route]] += found
        emit(run="route", store=store, route=route, kind=KIND_OF[route],
             **times(found),
             body_bytes=sum(x[3] for x in found) / len(found))
    errors = collections.Counter(str(x[0]) for x in rows if x[0] != 200)
    last = max(i / options.requests + x[1] / 1e6 for i, x in enumerate(rows))
    unsent = sorted(x[2] / 1e3 for x in rows)
    asked = busy["hits"] + busy["joins"] + busy["misses"]
    emit(run="api", store=store, gzip=not options.plain,
         cores=os.cpu_count(), load=load,
         **{f"{kind}_{name}": value for kind, found in sorted(by_kind.items())
            for name, value in times(found).items()},
         unsent_ms_p99=percentile(unsent, 0.99), errors=errors,
         requests_per_second=len(rows) / max(last, options.seconds),
         trades_per_second=busy["trades"] / busy["time"],
         trades_per_second_without=idle["trades"] / idle["time"],
         cpu_share=busy["cpu"] / busy["time"],
         cpu_share_without=idle["cpu"] / idle["time"],
         cpu_share_server=busy["server_cpu"] / busy["time"],
         cpu_share_server_without=idle["server_cpu"] / idle["time"],
         cpu_us_per_request=(busy["cpu"] - idle["cpu"] / idle["time"]
                             * busy["time"]) / len(rows) * 1e6,
         cache_made_share=busy["misses"] / asked if asked else None)
    if errors:
        raise Failed(f"{store}: {sum(errors.values())} of {len(rows)} requests "
                     f"were not answered with 200: {dict(errors)}")


def measure(options, store, folder, server=None):
    market = ["--rate", options.rate, "--wallets", WALLETS]
    url = server.url if server else f"sqlite:{folder}/node.db"
    words = ["--store", url, *shlex.split(options.options)]
    program = options.build / "runtime" / "pumpscope"
    with simulated_node(program, folder, market, words) as (node, simulator):
        watch(options.warm_up, node, simulator)
        idle, _ = spent(node, server, options.seconds,
                        lambda seconds: watch(seconds, node, simulator))
        plan = plan_requests(int(options.requests * options.seconds),
                             *find_keys(node))
        load = os.getloadavg()[0]
        busy, rows = spent(node, server, options.seconds,
                           lambda _: ask(options, node, plan))
        end_well(node)
    report(options, store, plan, rows, idle, busy, load)


def measure_stores(options):
    with tempfile.TemporaryDirectory(prefix="pumpscope-bench-") as folder:
        folder = Path(folder)
        if options.store != "postgres":
            measure(options, "sqlite", folder)
        if options.store != "sqlite":
            with contextlib.closing(servers.Postgres(
                    ["shared_buffers=1GB", "max_wal_size=8GB"])) as server:
                measure(options, "postgres", folder, server)


def main():
    parser = argparse.ArgumentParser(
        usage=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--rate", type=int, default=2_300)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--warm-up", type=float, default=20)
    parser.add_argument("--store", choices=["sqlite", "postgres"])
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--options", default="")
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.smoke:
        options.rate, options.requests = 300, 50
        options.seconds, options.warm_up = 2, 2
    return run_driver(lambda: measure_stores(options))


if __name__ == "__main__":
    sys.exit(main())
