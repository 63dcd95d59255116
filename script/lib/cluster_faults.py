"""Cases of script/faults about several nodes that share a store."""

import collections
import concurrent.futures
import contextlib
import http.client
import itertools
import json
import resource
import signal
import socket
import ssl
import struct
import threading
import time
from pathlib import Path

from endpoint_faults import FIRST_SLOT
from fault_lab import Failed
from net_lab import NetLab, NoNamespaces, Relay
from node_faults import (SLOT_SECONDS, Market, await_all, expect_whole, fence_of_board,
                         log_of, node, quantile, stale_writes, trades_of,
                         watch_writes)
from postgres_faults import number
from redis_faults import hearing

PATIENCE_SECONDS = 60
CONSOLE_TOKEN = "of-a-test"
# What the design promises after a death (the time to live, and a start), after
# a planned handover, and after the end of a cut; for the long form, which runs
# alone. The short one runs beside other tests.
SERVED_AGAIN_SECONDS = 8
HANDED_OVER_SECONDS = 3
HEALED_SECONDS = 10
# For so long nobody may serve when the one with the sequencer is cut off: its
# time to live, what it left in a transaction, and a start.
CUT_OFF_SECONDS = 15
TOKENS_PATH = "/api/v1/tokens?limit=1"
BOARD_PATH = "/api/v1/leaderboards/losers?window=all&limit=1"
# Between two looks at the list of nodes, each by a process of its own.
LOOK_SECONDS = 0.2
# Between two questions of somebody who asks all the time.
ASK_SECONDS = 0.05
# For so long partitions that move may fold nothing.
MOVED_SECONDS = 1
BUSY_SECONDS = 30
# Hostile clients one after another, on a busy machine.
BLOBS_OF_SECOND = 250
# Of the market before and behind what a case does.
MARGIN_SECONDS = 10
# With less of it left no other round begins: a busy machine makes them long.
ROUND_SECONDS = 25
# What buffers of a fixed size take once they are used for the first time, and
# states of new wallets and tokens in a second of the market.
SLACK_BYTES = 32 << 20
MARKET_BYTES = 200 << 10
# In which a node that may host is given something.
SHARE_SECONDS = 4
# Between a host and the store, in each direction: too long for its share.
LAG_SECONDS = (0.005, 0.02, 0.05)
# Until the others do not wait for it any more, and are where the market is: to
# find it out takes some seconds, a move that does not come to an end ten. What
# they may pause then.
GIVEN_AWAY_SECONDS = 30
LAGGED_SECONDS = 2
LAG_SLOTS = 5
# For so long the server of the store is away: shorter and longer than a node
# lives without a beat. Until all go on then.
AWAY_SECONDS = (0, 2, 8)
BACK_TO_WORK_SECONDS = 5
# Of all partitions that a node more may take over, of so many nodes before.
MOVED_SHARE = 1.2


def judged(lab, line, **limits):
    """The line of a case, if none of these numbers of it is above what it may be
    in this form, in seconds."""
    for name, limit in limits.items():
        found = line[name]
        seconds = max(found.values()) if isinstance(found, dict) else found
        if seconds > (BUSY_SECONDS if lab.short else limit):
            raise Failed(f"{name} is {seconds:.1f}, more than {limit}: {line}")
    return line


def resident_bytes(process):
    pages = Path(f"/proc/{process.pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


def memory_max(before, seconds):
    """What states of so many bytes may need so much later."""
    return 1.1 * before + SLACK_BYTES + seconds * MARKET_BYTES


class Cluster:
    """Nodes over one store, by name."""

    def __init__(self, lab, store, redis, market, secure=False, net=None):
        self.lab = lab
        self.store = store
        self.words = ["run", *lab.at(store), "--cluster", "--redis", redis.url,
                      "--endpoint", market.endpoint.url, "--from-slot",
                      FIRST_SLOT, "--backoff-max", "500ms"]
        self.market = market
        # Of nodes with networks of their own; else all are here.
        self.net = net
        self.numbers = {}
        self.nodes = {}
        # Bytes of logs when their nodes started the last time.
        self.log_starts = {}
        self.secure = secure
        self.exits = contextlib.ExitStack()
        self.authority = f"authority-{lab.serial()}"
        if secure:
            lab.run("cert", "ca", "--out", self.authority)

    def start(self, name, *more, store_port=None):
        """`store_port`: of its way to the store, if not that of all."""
        own = f":{self.lab.postgres.port}/"
        words = [str(x).replace(own, f":{store_port}/") if store_port else x
                 for x in self.words]
        words = [*words, "--node-name", name, *more, "--http",
                 f"{self.host(name)}:0"]
        if self.secure:
            words += self.credentials(name)
        elif "--node-listen" not in more:
            words += ["--node-listen", "127.0.0.1:0"]
        before = []
        if self.net:
            words = [str(x).replace("127.0.0.1", self.net.HERE)
                     if "://" in str(x) else x for x in words]
            before = self.net.words(self.number(name))
        log = self.lab.folder / f"{name}.log"
        self.log_starts[name] = log.stat().st_size if log.exists() else 0
        process = self.exits.enter_context(
            node(self.lab, words, log_name=f"{name}.log", before=before,
                 environment={"PUMPSCOPE_CONSOLE_TOKEN": CONSOLE_TOKEN}))
        self.nodes[name] = process
        return process

    def number(self, name):
        return self.numbers.setdefault(name, len(self.numbers) + 1)

    def host(self, name):
        return (self.net.address(self.number(name)) if self.net
                else "127.0.0.1")

    def credentials(self, name):
        """Options with a certificate of its own."""
        folder = f"{self.authority}/{name}"
        if not (self.lab.folder / folder).exists():
            self.lab.run("cert", "node", name, "--ca", self.authority, "--out",
                         folder, "--host", self.host(name))
        return ["--node-listen", f"{self.host(name)}:0", "--node-cert",
                f"{folder}/{name}.crt", "--node-key", f"{folder}/{name}.key",
                "--node-ca", f"{self.authority}/ca.crt"]

    def ask(self, name, path, headers=None):
        """Status and body of what a node answers."""
        host, _, port = self.rows()[name]["http"].rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=15)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def act(self, name, **action):
        """Status of an action of the console."""
        host, _, port = self.rows()[name]["http"].rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=15)
        with contextlib.closing(connection):
            connection.request("POST", "/console/api/actions",
                               json.dumps(action),
                               {"Authorization": f"Bearer {CONSOLE_TOKEN}"})
            return connection.getresponse().status

    def await_answer(self, name, path):
        """Waits until a node answers with 200; seconds, and the body."""
        begun = time.monotonic()
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, body = self.ask(name, path)
                if status == 200:
                    return time.monotonic() - begun, body
            if time.monotonic() - begun > PATIENCE_SECONDS:
                raise Failed(f"{name} does not answer {path}: {self.logs()}")
            time.sleep(0.05)

    def rows(self):
        """What `node list` says, by name. It gives up soon where a busy server
        lets it wait: that is no fault of the nodes."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                out = self.lab.run("node", "list", "--json",
                                   *self.lab.at(self.store))
                break
            except Failed as why:
                if "timeout expired" not in str(why) or time.monotonic() > end:
                    raise
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
            time.sleep(LOOK_SECONDS)

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

    def plans(self, owner):
        """How many partitions of a kind a node with the sequencer gave to
        whom, again and again."""
        log = (self.lab.folder / f"{owner}.log").read_bytes()
        lines = [x.partition("run: partitions: ")[2].split(", ")
                 for x in log[self.log_starts[owner]:].decode(
                     errors="replace").splitlines() if "run: partitions: " in x]
        return [{x.split()[0]: int(x.split()[1]) for x in line}
                for line in lines]

    def shares(self):
        """How many partitions of a kind each node has, by its name."""
        return (self.plans(self.sequencer()) or [{}])[-1]

    def spread(self):
        """The same without those that have none."""
        return {x: y for x, y in self.shares().items() if y > 0}

    def listed_spread(self):
        """The same as `node list` tells it."""
        return {x: row["partitions"] for x, row in self.rows().items()
                if row["partitions"] > 0}

    def await_spread(self, names=None):
        """Waits until each of these nodes (all that run) has its share of the
        partitions, and no other has any; what each has. One that failed waits
        for its turn."""
        end = time.monotonic() + 2 * PATIENCE_SECONDS
        while True:
            found = self.spread()
            wanted = names or self.nodes.keys()
            if found.keys() == wanted and \
                    min(found.values()) >= sum(found.values()) // len(wanted):
                return found
            if time.monotonic() > end:
                raise Failed(f"partitions are {found}: {self.logs()}")
            time.sleep(LOOK_SECONDS)

    def metric(self, name, what):
        """A number that a node tells, soon after its start."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            _, page = self.await_answer(name, "/metrics")
            for line in page.decode().splitlines():
                if line.startswith(f"pumpscope_{what} "):
                    return float(line.split()[1])
            time.sleep(0.1)
        raise Failed(f"{name} does not tell {what}")

    def served_again(self, redis, begun, fence=None):
        """Seconds until another pipeline than that of this fence journals and
        publishes boards: all partitions have a part in them."""
        before = self.epoch()
        fence = self.fence() if fence is None else fence
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

    def rounds(self, count, seconds=ROUND_SECONDS, spread=True):
        """Numbers of rounds of so many seconds: in the long form as long as the
        market lasts, and of at least one. Each begins when all nodes have their
        share, where that is wanted: after some deaths it takes a minute."""
        for i in range(count):
            if spread:
                self.await_spread()
            left = self.market.ends - time.monotonic()
            if i > 0 and left < seconds and not self.lab.short:
                return
            yield i

    def stop_all(self):
        for name, process in self.nodes.items():
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for name, process in self.nodes.items():
            code = process.wait(PATIENCE_SECONDS)
            if code not in (0, -signal.SIGKILL):
                raise Failed(f"{name} ended with {code}: {self.logs()}")


@contextlib.contextmanager
def cluster(lab, chance, seconds, names, secure=False, machines=0):
    """Nodes over a market that lasts for so long; at the end all is compared.
    Yields the cluster, Redis and a dict for sums."""
    store = f"postgres:cluster_{lab.serial()}"
    sums = collections.Counter()
    with hearing(lab) as (redis, listener), contextlib.closing(
            Market(lab, int((MARGIN_SECONDS + seconds) / SLOT_SECONDS),
                   chance.randrange(1, 1 << 30))) as market, \
            contextlib.ExitStack() as network:
        lab.run("migrate", *lab.at(store))
        net = None
        if machines:
            net = NetLab(machines)
            network.callback(net.close)
            for port in (lab.postgres.port, redis.port, market.endpoint.port):
                net.relay(port)
        nodes = Cluster(lab, store, redis, market, secure, net)
        with nodes.exits:
            for name in names:
                nodes.start(name)
            nodes.sequencer()
            nodes.await_epochs(0)
            watch_writes(lab, store)
            yield nodes, redis, sums
            owner = nodes.sequencer()
            market.hasten()
            await_all(lab, store, market, listener, nodes.nodes[owner],
                      f"{owner}.log")
            if trades_of(lab, store) != market.trades:
                raise Failed("trades came twice")
            nodes.stop_all()
        if stale := stale_writes(lab, store):
            raise Failed(f"{stale} writes of an old owner passed")
        sums.update(expect_whole(lab, store, market, listener, killed=True))
    lab.remove(store)


@contextlib.contextmanager
def open_stream(nodes, name, topics="market,trades"):
    """The live stream of a node."""
    host, _, port = nodes.rows()[name]["http"].rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=15)
    with contextlib.closing(connection):
        connection.request("GET", f"/api/v1/stream?topics={topics}")
        answer = connection.getresponse()
        if answer.status != 200:
            raise Failed(f"the stream of {name} is {answer.status}: "
                         f"{answer.read()}")
        yield answer


def cluster_kill(lab, chance):
    """kill -9 a random one of three nodes under load, the sequencer among
    them, and start it again, half of them at once at the same port: all
    partitions are served within 8 s (99 of 100), dumps as undisturbed; 3 in the
    short form, two of them the sequencer, 200 in the long one."""
    wanted = lab.wanted(3, 200)
    seconds = {"sequencer": [], "standby": []}
    total = collections.Counter()
    while (done := sum(map(len, seconds.values()))) < wanted:
        count = min(wanted - done, 20)
        with cluster(lab, chance, 12 * count, ["a", "b", "c"]) as (nodes, redis, sums):
            for _ in nodes.rounds(count):
                owner = nodes.sequencer()
                # In the short form one without the sequencer, then two with it.
                victim = chance.choice("abc")
                if lab.short:
                    victim = (owner if seconds["standby"] else
                              next(x for x in "abc" if x != owner))
                peer = nodes.rows()[victim]["peer"]
                begun, fence = time.monotonic(), nodes.fence()
                nodes.nodes[victim].kill()
                nodes.nodes[victim].wait()
                # As whoever watches over it does, or later.
                at_once = chance.choice((True, False))
                if at_once:
                    nodes.start(victim, "--node-listen", peer)
                role = "sequencer" if victim == owner else "standby"
                seconds[role].append(nodes.served_again(redis, begun, fence))
                if not at_once:
                    nodes.start(victim)
        total.update(sums)
    ascending = sorted(sum(seconds.values(), []))
    p99 = quantile(ascending, 0.99)
    most = {x: round(max(y, default=0), 2) for x, y in seconds.items()}
    line = {"kills": {x: len(y) for x, y in seconds.items()},
            "served_again_seconds_p50": round(quantile(ascending, 0.5), 2),
            "served_again_seconds_p99": round(p99, 2),
            "served_again_seconds_max": most["sequencer"],
            "hosted_again_seconds_max": most["standby"], **total}
    return judged(lab, line, served_again_seconds_p99=SERVED_AGAIN_SECONDS)


def stop(nodes, redis, stopped, other, role, seconds, slowest):
    """Stops a node for so long; how much more memory the other one uses then.
    Notes for how long nobody served."""
    before = {x: resident_bytes(nodes.nodes[x]) for x in nodes.nodes}
    most = memory_max(sum(before.values()), seconds)
    largest = 0
    with open_stream(nodes, stopped) as stream:
        begun, fence = time.monotonic(), nodes.fence()
        nodes.nodes[stopped].send_signal(signal.SIGSTOP)
        slowest[role] = max(slowest[role],
                            nodes.served_again(redis, begun, fence))
        while time.monotonic() < begun + seconds:
            largest = max(largest, resident_bytes(nodes.nodes[other]))
            time.sleep(0.2)
        nodes.nodes[stopped].send_signal(signal.SIGCONT)
        # What it says no more must not look like a quiet market.
        while role == "sequencer" and stream.read1(65_536):
            pass
    nodes.await_role(stopped, "standby")
    if largest > most:
        raise Failed(f"{other} used {largest} bytes, more than {most:.0f}, "
                     f"after {before}")
    return largest / before[other]


def cluster_stop(lab, chance):
    """SIGSTOP one of two nodes for longer than a node lives without a beat,
    then SIGCONT: the other one serves on in memory that is enough for both
    nodes' states, no write of the stopped one passes, it stands by, and its live
    streams end; 1 of 10 s with the sequencer in the short form, 50 of 30 s in
    the long one, every second one with the sequencer."""
    wanted = lab.wanted(1, 50)
    seconds = 10 if lab.short else 30
    slowest = collections.Counter()
    largest, done = 0.0, 0
    total = collections.Counter()
    while done < wanted:
        count = min(10, wanted - done)
        round_seconds = seconds + ROUND_SECONDS / 2
        with cluster(lab, chance, count * round_seconds, ["a", "b"]) as (nodes, redis, sums):
            for _ in nodes.rounds(count, round_seconds):
                owner = nodes.sequencer()
                role = "standby" if done % 2 else "sequencer"
                stopped, other = sorted(
                    nodes.nodes, key=lambda x: (x == owner) != (role == "sequencer"))
                largest = max(largest, stop(nodes, redis, stopped, other, role,
                                            seconds, slowest))
                done += 1
        total.update(sums)
    line = {"stops": wanted, "stopped_seconds": seconds,
            "served_again_seconds_max": round(slowest["sequencer"], 2),
            "hosted_again_seconds_max": round(slowest["standby"], 2),
            "memory_ratio_max": round(largest, 2), **total}
    return judged(lab, line, served_again_seconds_max=SERVED_AGAIN_SECONDS,
                  hosted_again_seconds_max=SERVED_AGAIN_SECONDS)


def longest_pause(nodes, seconds, ends=None):
    """The longest time in the next so many seconds, or until the event, in
    which nothing was journaled."""
    end = time.monotonic() + seconds
    seen, since, longest = nodes.epoch(), time.monotonic(), 0.0
    while time.monotonic() < end and not (ends and ends.is_set()):
        epoch, now = nodes.epoch(), time.monotonic()
        longest = max(longest, now - since)
        if epoch != seen:
            seen, since = epoch, now
        time.sleep(0.02)
    return longest


@contextlib.contextmanager
def pauses(nodes, slowest):
    """Notes the longest pause meanwhile."""
    ends = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(1) as beside:
        found = beside.submit(longest_pause, nodes, float("inf"), ends)
        try:
            yield
        finally:
            ends.set()
        slowest["pause"] = max(slowest["pause"], found.result())


def expect_few_moves(before, after, new):
    """A node more takes its share from the others, and nothing else moves."""
    most = MOVED_SHARE / len(after) * sum(after.values())
    if after[new] > most or any(after[x] > before[x] for x in before):
        raise Failed(f"{before} became {after}")


def drain(nodes, name):
    """Has a node give all away; seconds until it has ended with code 0 and the
    others go on."""
    begun = time.monotonic()
    nodes.lab.run("node", "drain", name, *nodes.lab.at(nodes.store))
    if (code := nodes.nodes.pop(name).wait(PATIENCE_SECONDS)) != 0:
        raise Failed(f"{name} ended with {code}: {nodes.logs()}")
    nodes.sequencer()
    nodes.await_epochs(nodes.epoch())
    return time.monotonic() - begun


def note_moves(nodes, owner, moves):
    """Adds up what the node with the sequencer moved; none may fail."""
    if nodes.metric(owner, "partition_moves_failed_total"):
        raise Failed("partitions did not move: " + nodes.logs())
    moves["moves"] += int(nodes.metric(owner, "partition_moves_total"))
    moves["seconds"] = max(moves["seconds"],
                           nodes.metric(owner, "partition_move_seconds_max"))


def first_of(nodes, name, path):
    """The first row of a list of a node: lists follow in their own time."""
    while not (listed := json.loads(nodes.await_answer(name, path)[1])["data"]):
        time.sleep(0.2)
    return listed[0]


@contextlib.contextmanager
def answered(nodes, name, moves):
    """A node is asked for lists, boards, and a wallet and a token of them all
    the time, and answers everything; notes how many questions that were, and
    the slowest."""
    wallet = first_of(nodes, name, BOARD_PATH)["wallet"]
    mint = first_of(nodes, name, TOKENS_PATH)["mint"]
    paths = [BOARD_PATH, TOKENS_PATH, f"/api/v1/wallets/{wallet}",
             f"/api/v1/tokens/{mint}"]
    host, _, port = nodes.rows()[name]["http"].rpartition(":")
    ends, wrong = threading.Event(), []

    def ask():
        connection = http.client.HTTPConnection(host, int(port), timeout=15)
        with contextlib.closing(connection):
            for path in itertools.cycle(paths):
                if ends.wait(ASK_SECONDS):
                    return
                begun = time.monotonic()
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
                moves["asked"] += 1
                moves["answer"] = max(moves["answer"],
                                      time.monotonic() - begun)
                if answer.status != 200:
                    wrong.append((path, answer.status))

    with concurrent.futures.ThreadPoolExecutor(1) as beside:
        asking = beside.submit(ask)
        try:
            yield
        finally:
            ends.set()
        asking.result()
    if wrong:
        raise Failed(f"{name} answered {wrong[:3]}: {nodes.logs()}")


def join_and_drain(nodes, serial, moves, of_owner):
    """A node more takes its share, and all others go on; then one gives all
    away, the one with the sequencer or another. Seconds that the latter took,
    and for which nothing was journaled meanwhile."""
    before = nodes.await_spread()
    fence = nodes.fence()
    moves["quiet"] = max(moves["quiet"], longest_pause(nodes, 4))
    new = f"node-{serial}"
    nodes.start(new)
    nodes.await_role(new, "standby")
    moves["pause"] = max(moves["pause"], longest_pause(nodes, 4))
    expect_few_moves(before, nodes.await_spread(), new)
    owner = nodes.sequencer()
    if nodes.fence() != fence:
        raise Failed("all began anew: " + nodes.logs())
    if of_owner:
        note_moves(nodes, owner, moves)
    leaving = owner if of_owner else next(
        x for x in nodes.nodes if x not in (owner, new))
    longest = collections.defaultdict(float)
    with pauses(nodes, longest):
        seconds = drain(nodes, leaving)
    if not of_owner and nodes.fence() != fence:
        raise Failed("all began anew: " + nodes.logs())
    return seconds, longest["pause"]


def cluster_drain(lab, chance):
    """Add a node: it takes its share, and all others go on. Then have one give
    all away: it ends with code 0, and the others go on at once. While the
    sequencer stays nobody is told of a hole. 1 that hosts and 1 with the
    sequencer in the short form, 50 each in the long one."""
    wanted = lab.wanted(2, 100)
    seconds, paused = [], []
    moves = collections.defaultdict(float)
    total = collections.Counter()
    serial = 0
    of_owner = [False] * ((wanted + 1) // 2) + [True] * (wanted // 2)
    for first in range(0, wanted, 10):
        batch = of_owner[first:first + 10]
        for which in sorted(set(batch)):
            count = batch.count(which)
            with cluster(lab, chance, 25 * count, ["first", "second"]) as (nodes, redis, sums):
                for _ in range(count):
                    serial += 1
                    asked = contextlib.nullcontext() if which else \
                        answered(nodes, nodes.sequencer(), moves)
                    with asked:
                        drained = join_and_drain(nodes, serial, moves, which)
                    seconds.append(drained[0])
                    paused.append(drained[1])
                note_moves(nodes, nodes.sequencer(), moves)
            if not which and sums["holes"]:
                raise Failed(f"holes were told: {dict(sums)}")
            total.update(sums)
    seconds.sort()
    paused.sort()
    line = {"drains": wanted,
            "handed_over_seconds_p99": round(quantile(seconds, 0.99), 2),
            "handed_over_seconds_max": round(seconds[-1], 2),
            "handover_pause_seconds_p50": round(quantile(paused, 0.5), 2),
            "handover_pause_seconds_p99": round(quantile(paused, 0.99), 2),
            "handover_pause_seconds_max": round(paused[-1], 2),
            "pause_seconds_max": round(moves["pause"], 2),
            "quiet_pause_seconds_max": round(moves["quiet"], 2),
            "asked": int(moves["asked"]),
            "answer_seconds_max": round(moves["answer"], 2),
            "moves": int(moves["moves"]),
            "move_seconds_max": round(moves["seconds"], 2), **total}
    return judged(lab, line, handed_over_seconds_p99=HANDED_OVER_SECONDS,
                  move_seconds_max=MOVED_SECONDS,
                  handover_pause_seconds_p99=MOVED_SECONDS + moves["quiet"])


def stream_of(nodes, name, events):
    """Reads so many events of the live stream of a node; their names."""
    with open_stream(nodes, name) as answer:
        names = []
        while len(names) < events:
            line = answer.readline().decode()
            if not line:
                raise Failed(f"the stream of {name} ended after {names}")
            if line.startswith("event: "):
                names.append(line[7:].strip())
        return names


def same_answers(nodes, names):
    """All nodes say the same of what does not change under their hands."""
    mint = first_of(nodes, names[0], TOKENS_PATH)["mint"]
    slot = json.loads(nodes.await_answer(names[0], "/api/v1/status")[1])[
        "data"]["sealed_slot"] - 5
    # What is closed changes no more.
    chart = f"/api/v1/tokens/{mint}/chart?interval=1s&open=false&limit=30"
    while not (closed := json.loads(nodes.await_answer(
            names[0], chart)[1])["data"]["candles"]):
        time.sleep(0.2)
    chart += f"&to={closed[-1]['time']}"
    told = {}
    for name in names:
        _, body = nodes.await_answer(name, chart)
        told[name] = json.loads(body)["data"]["candles"]
        # What a node knows of the others is as old as its last beat.
        _, body = nodes.await_answer(name, "/console/api/nodes")
        if name not in [x["name"] for x in json.loads(body)["nodes"]]:
            raise Failed(f"{name} does not know itself")
        _, body = nodes.await_answer(name, "/console/api/overview")
        if json.loads(body)["sealed_slot"] < slot:
            raise Failed(f"{name} shows an old overview")
        nodes.await_answer(name, "/api/v1/leaderboards/losers?window=all&limit=5")
        nodes.await_answer(name, "/readyz")
    for name in names[1:]:
        if told[name] != told[names[0]]:
            raise Failed(f"{name} says other things: {told}")


def client_hello():
    """The first message of a genuine client of TLS."""
    sent = ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    client = context.wrap_bio(ssl.MemoryBIO(), sent)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return sent.read()


def builds_of(nodes):
    """The build of each node that runs, by its name."""
    rows = nodes.rows()
    return {x: rows[x]["build"] for x in nodes.nodes}


def start_as(nodes, name, binary):
    """Starts a node of a program. Partitions are spread over nodes of the
    sequencer's build, and for as long as others would need to get some they
    get none."""
    owner = nodes.sequencer()
    known = len(nodes.plans(owner))
    with nodes.lab.using(binary):
        nodes.start(name)
    nodes.await_role(name, "standby")
    builds = builds_of(nodes)
    same = {x for x in builds if builds[x] == builds[owner]}
    nodes.await_spread(same)
    if len(same) < len(builds):
        time.sleep(SHARE_SECONDS)
    for plan in nodes.plans(owner)[known:]:
        if any(count > 0 and x not in same for x, count in plan.items()):
            raise Failed(f"{owner} gave {plan} to builds {builds}: "
                         f"{nodes.logs()}")


def exchange_all(nodes, chance, binary, slowest):
    """Exchanges each node for one of another program, first or last the one
    with the sequencer. Every node answers in between. Notes the slowest drain
    of each kind in seconds."""
    names = sorted(nodes.nodes)
    first = nodes.sequencer()
    order = chance.sample(names, len(names))
    order.sort(key=lambda x: x == first, reverse=chance.choice([True, False]))
    for name in order:
        how = "handed_over" if name == nodes.sequencer() else "given_away"
        slowest[how] = max(slowest[how], drain(nodes, name))
        start_as(nodes, name, binary)
        same_answers(nodes, names)
        for x in names:
            stream_of(nodes, x, 3)
    with nodes.lab.using(binary):
        build = nodes.lab.run("--version").split()[-1]
    if set(builds_of(nodes).values()) != {build}:
        raise Failed(f"nodes are {builds_of(nodes)}, not {build}")


def expect_refused(nodes, binary, why):
    """A node of a program that does not fit the store ends and says why."""
    with nodes.lab.using(binary):
        code = nodes.start("late").wait(PATIENCE_SECONDS)
    nodes.nodes.pop("late")
    said = log_of(nodes.lab, "late.log")
    if code != 1 or why not in said:
        raise Failed(f"a node that should be refused ended with {code}: {said}")


def raise_store(nodes, newer):
    """Migrates the store under nodes that do not know its new version: they go
    on. All else is done with the newer program from here on."""
    lab = nodes.lab
    expect_refused(nodes, newer, "has an older store version")
    older, lab.binary = lab.binary, newer
    lab.run("migrate", *lab.at(nodes.store))
    expect_refused(nodes, older, "use a newer program")
    nodes.await_epochs(nodes.epoch())
    nodes.await_spread()


def cluster_upgrade(lab, chance):
    """Exchange three nodes under load one by one for those of another build,
    the sequencer first or last: while builds are mixed those of the other one
    host nothing and every node answers, then all host, dumps as undisturbed.
    Then migrate the store under them: they go on, and whoever does not know its
    version is refused. 1 round in the short form; 10 in the long one, every
    second one with a newer store, and the way back behind the others."""
    wanted = lab.wanted(1, 10)
    this, following, newer_store = [lab.binary] + [
        lab.tools / x for x in ("pumpscope_next", "pumpscope_next_store")]
    # Each that is drained may have the sequencer by then: then none gave
    # partitions away alone.
    slowest = collections.Counter()
    back = 0
    total = collections.Counter()
    for first in range(0, wanted, 2):
        both = wanted - first >= 2
        with lab.using(this), cluster(lab, chance, 140 if both else 60, ["a", "b", "c"]) as (
                nodes, redis, sums):
            nodes.await_spread()
            with pauses(nodes, slowest):
                exchange_all(nodes, chance, following, slowest)
                if both:
                    exchange_all(nodes, chance, this, slowest)
                    back += 1
                raise_store(nodes, newer_store)
                if both:
                    exchange_all(nodes, chance, newer_store, slowest)
        total.update(sums)
    line = {"rounds": wanted, "rounds_back": back,
            **{f"{x}_seconds_max": round(slowest[x], 2)
               for x in ("handed_over", "given_away", "pause")},
            **total}
    return judged(lab, line, handed_over_seconds_max=HANDED_OVER_SECONDS,
                  pause_seconds_max=HANDED_OVER_SECONDS,
                  given_away_seconds_max=SERVED_AGAIN_SECONDS)


def hosted_by(nodes, asked, name):
    """How many partitions a node has, of wallets and of tokens together, as the
    console of another one shows."""
    _, body = nodes.await_answer(asked, "/console/api/partitions")
    return [x["node"] for x in json.loads(body)["partitions"]].count(name)


def move_one(nodes, names):
    """Has the console, of a node that stands by, move a partition; waits until
    it is there."""
    before = nodes.await_spread()
    owner = nodes.sequencer()
    asked, to = [x for x in names if x != owner]
    if nodes.act(asked, action="move", partition=0, node="nobody") != 409:
        raise Failed("a partition was moved to nobody")
    # One of them is not there yet, and may go there.
    if not any(nodes.act(asked, action="move", partition=x, node=to) == 202
               for x in range(sum(before.values()))):
        raise Failed(f"no partition moves: {before}: {nodes.logs()}")
    after = {**before, owner: before[owner] - 1, to: before[to] + 1}
    end = time.monotonic() + PATIENCE_SECONDS
    while nodes.spread() != after or nodes.listed_spread() != after \
            or hosted_by(nodes, asked, to) != 2 * after[to]:
        if time.monotonic() > end:
            raise Failed(f"{before} became {nodes.spread()}, as listed "
                         f"{nodes.listed_spread()}: {nodes.logs()}")
        time.sleep(0.05)


def node_hello(chance, payload):
    """What nodes would say to each other first without TLS (BASP of CAF 0.17,
    a header in front of bytes)."""
    return struct.pack(">BBBBIQQQ", chance.randrange(8), 0, 0,
                       chance.randrange(4),
                       chance.choice([0, len(payload), (1 << 32) - 1]),
                       chance.choice([0, 4]), 0, chance.randrange(20)) + payload


def hostile_bytes(nodes, chance, name, count):
    """Sends bytes that are no TLS, or the beginning of it, to the port of a
    node, and again and again what a genuine client said once, alone or with a
    part changed. It lives on."""
    host, _, port = nodes.rows()[name]["peer"].rpartition(":")
    header = bytes.fromhex("16030102000100 01fc0303".replace(" ", ""))
    replayed = client_hello()
    for i in range(count):
        with contextlib.suppress(OSError), socket.create_connection(
                (host, int(port)), timeout=5) as client:
            blob = chance.randbytes(chance.randrange(0, 3_000))
            changed = bytearray(replayed)
            changed[chance.randrange(len(changed))] = chance.randrange(256)
            client.sendall([blob, header + blob, replayed, replayed + blob,
                            bytes(changed), node_hello(chance, blob)][i % 6])
    if (code := nodes.nodes[name].poll()) is not None:
        raise Failed(f"{name} ended with {code}: {nodes.logs()}")


def expect_stranger(nodes, chance, blobs, *credentials):
    """A node with other credentials, or none, is let in by nobody, and bytes do
    not end it."""
    nodes.secure = False
    stranger = nodes.start("stranger", "--node-listen", "127.0.0.1:0",
                           *credentials)
    nodes.await_role("stranger", "standby")
    status, _ = nodes.ask("stranger", "/api/v1/tokens")
    if status != 503:
        raise Failed(f"a stranger was answered {status}")
    if nodes.ask("stranger", "/readyz")[0] != 503:
        raise Failed("a stranger says that it is ready")
    hostile_bytes(nodes, chance, "stranger", blobs)
    stranger.send_signal(signal.SIGINT)
    if (code := stranger.wait(PATIENCE_SECONDS)) != 0:
        raise Failed(f"a stranger ended with {code}: {nodes.logs()}")
    nodes.nodes.pop("stranger")
    nodes.secure = True


def cluster_answers(lab, chance):
    """Three nodes with certificates of one authority: each answers API, stream
    and console, which moves a partition, before and after the sequencer is
    killed; bytes that are no TLS, on a port with certificates and on one
    without, and strangers get nowhere; 3,000 blobs in the short form, 10^5 in
    the long one."""
    names = ["a", "b", "c"]
    blobs = lab.wanted(3_000, 100_000)
    # The market outlives them.
    seconds = 55 + blobs // BLOBS_OF_SECOND
    with cluster(lab, chance, seconds, names, secure=True) as (nodes, redis, sums):
        move_one(nodes, names)
        same_answers(nodes, names)
        owner = nodes.sequencer()
        standby = next(x for x in names if x != owner)
        for name in names:
            if stream_of(nodes, name, 6).count("market") == 0:
                raise Failed(f"the stream of {name} has no market")
        hostile_bytes(nodes, chance, owner, blobs // 2)
        # The certificate of another authority, which it trusts.
        lab.run("cert", "ca", "--out", "theirs")
        lab.run("cert", "node", "stranger", "--ca", "theirs", "--out",
                "theirs", "--host", "127.0.0.1")
        expect_stranger(nodes, chance, 0, "--node-cert", "theirs/stranger.crt",
                        "--node-key", "theirs/stranger.key", "--node-ca",
                        "theirs/ca.crt")
        # What a node has that is given none.
        expect_stranger(nodes, chance, blobs // 2)
        same_answers(nodes, names)
        begun = time.monotonic()
        nodes.nodes[owner].kill()
        nodes.nodes.pop(owner).wait()
        nodes.served_again(redis, begun)
        left = [x for x in names if x != owner]
        slowest = max(nodes.await_answer(x, "/api/v1/tokens?limit=1")[0]
                      for x in left)
        slowest += time.monotonic() - begun - slowest
        nodes.start(owner)
        nodes.await_role(owner, "standby")
        same_answers(nodes, [owner, standby])
    line = {"blobs": blobs, "answered_again_seconds_max": round(slowest, 2),
            **sums}
    return judged(lab, line, answered_again_seconds_max=SERVED_AGAIN_SECONDS + 1)


def cuts_of(nodes, chance, how, owner, other):
    """Cuts between machines: (from, to) of packets that get lost."""
    store = nodes.net.HERE
    owner, other = nodes.host(owner), nodes.host(other)
    both = lambda a, b: [(a, b), (b, a)]
    return {
        # The sequencer is alone.
        "full": both(owner, store) + both(owner, other),
        "full-standby": both(other, store) + both(owner, other),
        # One hears, but is not heard.
        "one-way": [(owner, store), (owner, other)],
        "one-way-back": [(store, owner), (other, owner)],
        "node-database": both(owner, store),
        "host-database": both(other, store),
        "node-node": both(owner, other),
    }[how]


CUTS = ["full", "node-node", "one-way", "node-database", "one-way-back",
        "full-standby", "host-database"]


def expect_one_owner(nodes):
    """The rows of the store name one living sequencer, and it writes."""
    nodes.sequencer()
    nodes.await_epochs(nodes.epoch())


def cut_round(nodes, chance, how, redis, seconds):
    """One cut and its end; how long the others did not serve, and how long it
    took after the end until all was well."""
    owner = nodes.sequencer()
    other = next(x for x in nodes.nodes if x != owner)
    begun = time.monotonic()
    for source, target in cuts_of(nodes, chance, how, owner, other):
        nodes.net.cut(source, target)
    outage = 0.0
    # Who cannot be reached any more is followed; whoever can goes on.
    if how in ("node-node", "full-standby", "host-database"):
        nodes.await_epochs(nodes.epoch())
    else:
        outage = nodes.served_again(redis, begun)
    time.sleep(max(0, begun + seconds - time.monotonic()))
    nodes.net.heal()
    healed = time.monotonic()
    expect_one_owner(nodes)
    for name in nodes.nodes:
        while nodes.rows().get(name, {}).get("role") not in ("sequencer",
                                                             "standby"):
            if time.monotonic() - healed > PATIENCE_SECONDS:
                raise Failed(f"{name} does not come back: {nodes.logs()}")
            time.sleep(0.1)
        nodes.await_answer(name, "/api/v1/tokens?limit=1")
        nodes.await_answer(name, "/readyz")
    return outage, time.monotonic() - healed


def cluster_cut(lab, chance):
    """Two nodes on machines of their own (network namespaces), the network cut
    between them, to the store, or both, in one or both directions: no two ever
    write, another one serves after 15 s, all is well 10 s after the end of the
    cut, dumps as undisturbed; the 4 worst ways once in the short form, 7 ways 35
    times in the long one."""
    wanted = lab.wanted(4, 245)
    healed = collections.Counter()
    outages = 0.0
    total = collections.Counter()
    try:
        done = 0
        while done < wanted:
            count = min(12, wanted - done)
            with cluster(lab, chance, 20 * count, ["a", "b"], secure=True,
                         machines=2) as (nodes, redis, sums):
                for _ in nodes.rounds(count, spread=False):
                    how = CUTS[done % len(CUTS)]
                    done += 1
                    # Longer than a node lives without a beat.
                    cut_seconds = 6 if lab.short else chance.uniform(8, 14)
                    outage, seconds = cut_round(nodes, chance, how, redis,
                                                cut_seconds)
                    outages = max(outages, outage)
                    healed[how] = max(healed[how], round(seconds, 2))
            total.update(sums)
    except NoNamespaces as why:
        return {"skipped": str(why)}
    line = {"cuts": wanted, "healed_seconds_max": dict(healed),
            "served_again_seconds_max": round(outages, 2), **total}
    return judged(lab, line, healed_seconds_max=HEALED_SECONDS,
                  served_again_seconds_max=CUT_OFF_SECONDS)


class Slow:
    """Lets a process run for a tenth of the time."""

    SLICE_SECONDS = 0.02

    def __init__(self, process):
        self.process = process
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ends.is_set():
            self.process.send_signal(signal.SIGSTOP)
            self.ends.wait(9 * self.SLICE_SECONDS)
            self.process.send_signal(signal.SIGCONT)
            time.sleep(self.SLICE_SECONDS)

    def close(self):
        self.ends.set()
        self.thread.join()


def memory_beside(lab, chance, seconds, slows, total):
    """The memory of the one with the sequencer before and at most in so many
    seconds of the market, in which the other node gets a tenth of its time, or
    all of it."""
    with cluster(lab, chance, seconds + 10, ["a", "b"]) as (nodes, redis, sums):
        nodes.await_spread()
        owner = nodes.sequencer()
        other = next(x for x in nodes.nodes if x != owner)
        # Some of the market, so that what grows has grown.
        nodes.await_epochs(nodes.epoch(), 10)
        before = most = resident_bytes(nodes.nodes[owner])
        with contextlib.closing(Slow(nodes.nodes[other])) if slows else \
                contextlib.nullcontext():
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                most = max(most, resident_bytes(nodes.nodes[owner]))
                time.sleep(0.2)
        if set(nodes.await_spread()) != {"a", "b"}:
            raise Failed("the slow node hosts nothing any more")
    total.update(sums)
    return before, most


def cluster_slow(lab, chance):
    """A host gets a tenth of its time: the memory of the one with the sequencer
    is a tenth larger at most than in the quiet, no trade is dropped, and the slow
    one catches up; 300 s 5 times in the long form, behind as long a quiet, and 20 s
    once in the short one, compared with what a market adds."""
    wanted = lab.wanted(1, 5)
    seconds = 20 if lab.short else 300
    total = collections.Counter()
    quiet = None
    if not lab.short:
        _, quiet = memory_beside(lab, chance, seconds, False, total)
    largest = 0.0
    for _ in range(wanted):
        before, most = memory_beside(lab, chance, seconds, True, total)
        limit = 1.1 * quiet if quiet else memory_max(before, seconds)
        largest = max(largest, most / limit)
        if most > limit:
            raise Failed(f"{most} bytes, {before} before and {quiet} in the quiet, "
                         f"more than {limit:.0f}")
    return {"rounds": wanted, "slow_seconds": seconds,
            "memory_of_limit_max": round(largest, 2), **total}


def await_given_away(nodes, owner, name):
    """Waits until a node has no partition any more, and the others are where
    the market is; seconds."""
    begun = time.monotonic()
    while name in nodes.spread() or nodes.metric(owner, "ingest_lag_slots") > LAG_SLOTS:
        if time.monotonic() - begun > 2 * PATIENCE_SECONDS:
            raise Failed(f"{name} is waited for: {nodes.logs()}")
        time.sleep(0.1)
    return time.monotonic() - begun


def cluster_lag(lab, chance):
    """The way of a host to the store gets so long that it cannot fold what is
    its share: its partitions are taken away from it, and the others go on as in
    the quiet while it stays as slow; later it has its share again. 1 in the
    short form, 10 in the long one."""
    wanted = lab.wanted(1, 10)
    given, quiet, after = 0.0, 0.0, 0.0
    slowest = collections.Counter()
    total = collections.Counter()
    for _ in range(wanted):
        with contextlib.closing(Relay("127.0.0.1", lab.postgres.port, 0)) as way, \
                cluster(lab, chance, 45 if lab.short else 150, ["a", "b"]) as (nodes, redis, sums):
            # It keeps little in memory, so it needs the store all the time.
            nodes.start("slow", "--live-wallets", 64, "--live-tokens", 64,
                        store_port=way.port)
            nodes.await_spread()
            owner = nodes.sequencer()
            quiet = max(quiet, longest_pause(nodes, 5))
            way.delay_seconds = chance.choice(LAG_SECONDS)
            with pauses(nodes, slowest):
                given = max(given, await_given_away(nodes, owner, "slow"))
            after = max(after, longest_pause(nodes, 10))
            way.delay_seconds = 0
            if not lab.short:
                nodes.await_spread()
        total.update(sums)
    line = {"rounds": wanted, "given_away_seconds_max": round(given, 2),
            "pause_seconds_max": round(slowest["pause"], 2),
            "quiet_pause_seconds_max": round(quiet, 2),
            "pause_after_seconds_max": round(after, 2), **total}
    return judged(lab, line, given_away_seconds_max=GIVEN_AWAY_SECONDS,
                  pause_after_seconds_max=LAGGED_SECONDS)


def break_store(lab, chance, meanwhile):
    """Ends the server of the store in some way, for less or more time than a
    node lives without a beat, and starts it again; `meanwhile` is done while it
    is away. Returns how, and when it was back."""
    away = chance.choice(AWAY_SECONDS)
    how = chance.choice([signal.SIGKILL, signal.SIGQUIT, signal.SIGINT])
    lab.postgres.stop(how)
    begun = time.monotonic()
    meanwhile()
    time.sleep(max(0, begun + away - time.monotonic()))
    lab.postgres.start()
    return f"{how.name} {away} s", time.monotonic()


def cluster_store(lab, chance):
    """The server of the store is killed or ended under load, and is back at once
    or later than a node lives without a beat: whoever has the sequencer goes on
    with it, and all that host with their partitions. In one round of two a node
    dies meanwhile, the one with the sequencer or another; it starts again when
    the others go on. 1 with a death in the short form, 50 in the long one."""
    wanted = lab.wanted(1, 50)
    slowest = collections.Counter()
    ways = collections.Counter()
    total = collections.Counter()
    done = 0
    while done < wanted:
        count = min(wanted - done, 10)
        with cluster(lab, chance, 25 * count, ["a", "b", "c"]) as (nodes, redis, sums):
            for _ in nodes.rounds(count):
                owner, fence = nodes.sequencer(), nodes.fence()
                victim = None if done % 2 else chance.choice("abc")

                def meanwhile():
                    if victim:
                        nodes.nodes[victim].kill()
                        nodes.nodes[victim].wait()

                how, back = break_store(lab, chance, meanwhile)
                ways[how] += 1
                done += 1
                if victim:
                    what = "killed"
                    seconds = nodes.served_again(redis, back, fence)
                    nodes.start(victim)
                else:
                    what = "undisturbed"
                    nodes.await_epochs(nodes.epoch())
                    seconds = time.monotonic() - back
                slowest[what] = max(slowest[what], seconds)
                if victim != owner and nodes.sequencer() != owner:
                    raise Failed(f"{owner} lost the sequencer ({how}): "
                                 f"{nodes.logs()}")
                if not victim and nodes.fence() != fence:
                    raise Failed(f"all began anew ({how}): {nodes.logs()}")
        total.update(sums)
    line = {"breaks": wanted, "ways": dict(ways),
            "back_to_work_seconds_max": round(slowest["undisturbed"], 2),
            "served_again_seconds_max": round(slowest["killed"], 2), **total}
    return judged(lab, line, back_to_work_seconds_max=BACK_TO_WORK_SECONDS,
                  served_again_seconds_max=SERVED_AGAIN_SECONDS)


CLUSTER_CASES = {
    "cluster-answers": cluster_answers,
    "cluster-cut": cluster_cut,
    "cluster-kill": cluster_kill,
    "cluster-stop": cluster_stop,
    "cluster-drain": cluster_drain,
    "cluster-upgrade": cluster_upgrade,
    "cluster-slow": cluster_slow,
    "cluster-lag": cluster_lag,
    "cluster-store": cluster_store,
}
