"""Cases of script/faults about several nodes that share a store."""

import collections
import contextlib
import json
import signal
import time

from endpoint_faults import FIRST_SLOT
from fault_lab import Failed
from node_faults import (Market, await_all, expect_whole, fence_of_board,
                         log_of, node, stale_writes, trades_of, watch_writes)
from postgres_faults import number
from redis_faults import hearing

PATIENCE_SECONDS = 60
# What the design promises after a death: the time to live, and a start.
SERVED_AGAIN_SECONDS = 8
# After a planned handover nobody waits for a death.
HANDED_OVER_SECONDS = 3
SLOTS_PER_ROUND = 35


class Cluster:
    """Nodes over one store, by name."""

    def __init__(self, lab, store, redis, market, ttl="5s"):
        self.lab = lab
        self.store = store
        self.words = ["run", *lab.at(store), "--cluster", "--node-ttl", ttl,
                      "--redis", redis.url, "--endpoint", market.endpoint.url,
                      "--from-slot", FIRST_SLOT, "--backoff-max", "500ms",
                      "--http", "127.0.0.1:0"]
        self.nodes = {}
        self.exits = contextlib.ExitStack()

    def start(self, name):
        words = [*self.words, "--node-name", name]
        process = self.exits.enter_context(
            node(self.lab, words, log_name=f"{name}.log"))
        self.nodes[name] = process
        return process

    def rows(self):
        """What `node list` says, by name."""
        out = self.lab.run("node", "list", "--json", *self.lab.at(self.store))
        rows = map(json.loads, out.splitlines())
        return {x["name"]: x for x in rows}

    def sequencer(self, besides=()):
        """Waits until a node has the sequencer; its name."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            for name, row in self.rows().items():
                if row["role"] == "sequencer" and name not in besides:
                    return name
            time.sleep(0.05)
        raise Failed("no node has the sequencer: " + self.logs())

    def await_role(self, name, role):
        end = time.monotonic() + PATIENCE_SECONDS
        while (found := self.rows().get(name, {}).get("role")) != role:
            if time.monotonic() > end:
                raise Failed(f"{name} is {found}, not {role}: {self.logs()}")
            time.sleep(0.05)

    def logs(self):
        return "; ".join(f"{x}: {log_of(self.lab, x + '.log')[-300:]}"
                         for x in self.nodes)

    def fence(self):
        return number(self.lab, self.store, "SELECT fence FROM {schema}.head")

    def epoch(self):
        return number(self.lab, self.store, "SELECT epoch FROM {schema}.head")

    def await_epochs(self, since, count=2):
        """Waits until the journal grew by some epochs."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.epoch() < since + count:
            if time.monotonic() > end:
                raise Failed("the journal does not grow: " + self.logs())
            time.sleep(0.02)

    def served_again(self, redis, begun):
        """Seconds until an heir journals and publishes."""
        before = self.epoch()
        fence = self.fence()
        end = begun + PATIENCE_SECONDS
        while self.fence() == fence:
            if time.monotonic() > end:
                raise Failed("nobody takes over: " + self.logs())
            time.sleep(0.02)
        self.await_epochs(before)
        while int(fence_of_board(redis) or 0) <= fence:
            if time.monotonic() > end:
                raise Failed("nobody publishes: " + self.logs())
            time.sleep(0.02)
        return time.monotonic() - begun

    def stop_all(self):
        for name, process in self.nodes.items():
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for name, process in self.nodes.items():
            code = process.wait(PATIENCE_SECONDS)
            if code not in (0, -signal.SIGKILL):
                raise Failed(f"{name} ended with {code}: {self.logs()}")


@contextlib.contextmanager
def cluster(lab, chance, rounds, names, ttl="5s"):
    """Nodes over a market that lasts for so many rounds; at the end all is
    compared. Yields the cluster, Redis and a dict for sums."""
    store = f"postgres:cluster_{lab.serial()}"
    sums = collections.Counter()
    with hearing(lab) as (redis, listener), contextlib.closing(
            Market(lab, 40 + SLOTS_PER_ROUND * rounds,
                   chance.randrange(1, 1 << 30))) as market:
        lab.run("migrate", *lab.at(store))
        nodes = Cluster(lab, store, redis, market, ttl)
        with nodes.exits:
            for name in names:
                nodes.start(name)
            nodes.sequencer()
            nodes.await_epochs(0)
            watch_writes(lab, store)
            yield nodes, redis, sums
            owner = nodes.sequencer()
            await_all(lab, store, market, listener, nodes.nodes[owner])
            if trades_of(lab, store) != market.trades:
                raise Failed("trades came twice")
            nodes.stop_all()
        if stale := stale_writes(lab, store):
            raise Failed(f"{stale} writes of an old owner passed")
        sums.update(expect_whole(lab, store, market, listener, killed=True))
    lab.remove(store)


def cluster_kill(lab, chance):
    """kill -9 a random one of three nodes under load, the sequencer among
    them, and start it again: another serves within 8 s, dumps as undisturbed;
    3 kills of the sequencer in the short form, 200 kills in the long one."""
    wanted = lab.wanted(3, 200)
    done = collections.Counter()
    slowest = 0.0
    total = collections.Counter()
    while done.total() < wanted:
        count = min(wanted - done.total(), 20)
        with cluster(lab, chance, count, ["a", "b", "c"]) as (nodes, redis, sums):
            for _ in range(count):
                owner = nodes.sequencer()
                victim = owner if lab.short else chance.choice("abc")
                begun = time.monotonic()
                nodes.nodes[victim].kill()
                nodes.nodes[victim].wait()
                if victim == owner:
                    slowest = max(slowest, nodes.served_again(redis, begun))
                    done["sequencer"] += 1
                else:
                    nodes.await_epochs(nodes.epoch())
                    done["standby"] += 1
                nodes.start(victim)
        total.update(sums)
    if slowest > SERVED_AGAIN_SECONDS:
        raise Failed(f"served again only after {slowest:.1f} s")
    return {"kills": dict(done), "served_again_seconds_max": round(slowest, 2),
            **total}


def cluster_stop(lab, chance):
    """SIGSTOP the sequencer for longer than a node lives without a beat, then
    SIGCONT: the others served on, none of its writes passes, and it stands by;
    1 in the short form (8 s), 50 of 30 s in the long one."""
    wanted = lab.wanted(1, 50)
    seconds = 8 if lab.short else 30
    slowest = 0.0
    total = collections.Counter()
    for first in range(0, wanted, 10):
        count = min(10, wanted - first)
        with cluster(lab, chance, 2 * count * max(1, seconds // 15),
                     ["a", "b"]) as (nodes, redis, sums):
            for _ in range(count):
                owner = nodes.sequencer()
                begun = time.monotonic()
                nodes.nodes[owner].send_signal(signal.SIGSTOP)
                slowest = max(slowest, nodes.served_again(redis, begun))
                time.sleep(max(0, begun + seconds - time.monotonic()))
                nodes.nodes[owner].send_signal(signal.SIGCONT)
                nodes.await_role(owner, "standby")
        total.update(sums)
    if slowest > SERVED_AGAIN_SECONDS:
        raise Failed(f"served again only after {slowest:.1f} s")
    return {"stops": wanted, "served_again_seconds_max": round(slowest, 2),
            **total}


def cluster_drain(lab, chance):
    """Add a node and have the sequencer give all away: it ends with code 0,
    another one goes on at once; 2 in the short form, 100 in the long one."""
    wanted = lab.wanted(2, 100)
    slowest = 0.0
    total = collections.Counter()
    serial = 0
    for first in range(0, wanted, 20):
        count = min(20, wanted - first)
        with cluster(lab, chance, count, ["first"]) as (nodes, redis, sums):
            for _ in range(count):
                serial += 1
                nodes.start(f"node-{serial}")
                nodes.await_role(f"node-{serial}", "standby")
                owner = nodes.sequencer()
                begun = time.monotonic()
                lab.run("node", "drain", owner, *lab.at(nodes.store))
                if (code := nodes.nodes.pop(owner).wait(PATIENCE_SECONDS)) != 0:
                    raise Failed(f"{owner} ended with {code}: {nodes.logs()}")
                nodes.sequencer()
                nodes.await_epochs(nodes.epoch())
                slowest = max(slowest, time.monotonic() - begun)
        total.update(sums)
    if slowest > HANDED_OVER_SECONDS:
        raise Failed(f"handed over only after {slowest:.1f} s")
    return {"drains": wanted, "handed_over_seconds_max": round(slowest, 2),
            **total}


CLUSTER_CASES = {
    "cluster-kill": cluster_kill,
    "cluster-stop": cluster_stop,
    "cluster-drain": cluster_drain,
}
