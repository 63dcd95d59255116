"""Cases of script/faults with several endpoints: simulators that tell of the
same chain, and a node that reads them."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import time

from fault_lab import Failed

PATIENCE_SECONDS = 120
RATE = 2_000
# Where the recording of the same chain begins, too.
START_TIME = 1_790_000_000
FIRST_SLOT = 450_000_000
# The boards and metrics of a stream that was stopped are as of two slots
# earlier.
COMPARED = [["positions"], ["candles"], ["wallets"], ["trades"]]


def chain(lab, seed, slots):
    return ["--seed", seed, "--rate", RATE, "--slots", slots,
            "--start-time", START_TIME]


class Endpoint:
    """A simulator that can die and come back at the same address."""

    def __init__(self, lab, arguments, faults="none"):
        self.lab = lab
        self.arguments = [*arguments, "--faults", faults]
        self.process = None
        self.port = 0
        self.rpc_port = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.lab.command("simulate", "--listen", f"127.0.0.1:{self.port}",
                             "--linger", *self.arguments),
            cwd=self.lab.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if "--rpc-listen" in self.arguments:
            self.rpc_port = self.read_port()
        self.port = self.read_port()

    def read_port(self):
        line = self.process.stderr.readline()
        found = re.search(r"http://127.0.0.1:(\d+)", line)
        if not found:
            raise Failed(f"the simulator does not serve: {line.strip()}")
        return int(found.group(1))

    @property
    def rpc_url(self):
        return f"http://127.0.0.1:{self.rpc_port}"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    close = kill

    def exchange(self, recording, rate):
        """Another one at the same address serves the recording, so many
        transactions a second."""
        self.kill()
        self.arguments = ["--play", recording, "--rate", rate]
        self.start()


@contextlib.contextmanager
def endpoints(lab, arguments, *faults):
    """Simulators of one chain, one for each list of faults."""
    started = []
    try:
        for x in faults:
            started.append(Endpoint(lab, arguments, x))
        yield started
    finally:
        for x in started:
            x.kill()


@contextlib.contextmanager
def node(lab, store, servers, *options):
    """A node that reads them; its log is store.log."""
    urls = [x for server in servers for x in ("--endpoint", server.url)]
    with open(lab.folder / f"{store}.log", "ab") as log:
        process = subprocess.Popen(
            lab.command("run", *lab.at(store), *urls, "--from-slot", FIRST_SLOT,
                        "--backoff-max", "1s", *options),
            cwd=lab.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=log)
    try:
        yield process
        process.send_signal(signal.SIGINT)
        if process.wait(60) != 0:
            raise Failed(f"SIGINT did not end the node with 0: "
                         f"{log_of(lab, store)}")
    finally:
        process.kill()
        process.wait()


def log_of(lab, store):
    return (lab.folder / f"{store}.log").read_text(errors="replace")


def trades_of(lab, store):
    """Trades that the journal holds now; 0 while there is no such store."""
    try:
        with contextlib.closing(sqlite3.connect(
                f"file:{lab.folder / store}?mode=ro", uri=True)) as base:
            return base.execute("SELECT count(*) FROM trade").fetchone()[0]
    except sqlite3.Error:
        return 0


def await_trades(lab, store, wanted, process):
    end = time.monotonic() + PATIENCE_SECONDS
    while (found := trades_of(lab, store)) < wanted:
        if process.poll() is not None:
            raise Failed(f"the node ended by itself: {log_of(lab, store)}")
        if time.monotonic() > end:
            raise Failed(f"{found} trades, expected {wanted}: "
                         f"{log_of(lab, store)[-1500:]}")
        time.sleep(0.2)


def reference(lab, seed, slots):
    """Trades of the chain, and its dumps by a replay of a recording."""
    name = f"endpoints-{seed}-{slots}"
    made = json.loads(lab.run("simulate", "--record", f"{name}.geyser",
                              *chain(lab, seed, slots)))
    lab.replay(f"{name}.db", f"{name}.geyser")
    dumps = [lab.dump(f"{name}.db", x) for x in COMPARED]
    lab.remove(f"{name}.db")
    os.unlink(lab.folder / f"{name}.geyser")
    return made["trades"], dumps


def expect_truth(lab, store, dumps):
    for words, expected in zip(COMPARED, dumps):
        if lab.dump(store, words) != expected:
            raise Failed(f"the dump of {words[0]} differs: "
                         f"{log_of(lab, store)[-1500:]}")
    report = lab.verify(store)
    for name in ("mismatches", "reserve_breaks", "gaps_open"):
        if report[name] != 0:
            raise Failed(f"{name}: {report[name]}, expected 0")


def lacked(log):
    return sum(int(x) for x in re.findall(r"lacked (\d+) transactions", log))


def omitting(lab, chance):
    """Two endpoints in parallel, one of which omits 1 of 1,000 transactions
    (1 of 100 in the short form), repeats, reorders and cuts: the node ends up
    with the truth and says what that endpoint lacked."""
    slots = 25 if lab.short else 100
    omit = 0.01 if lab.short else 0.001
    seeds = 1 if lab.short else 5
    missing = 0
    for _ in range(seeds):
        seed = chance.randrange(1, 1 << 30)
        trades, dumps = reference(lab, seed, slots)
        store = f"omitting-{lab.serial()}.db"
        faults = f"omit={omit},duplicate=0.2,reorder=0.1,cut=2s"
        with endpoints(lab, chain(lab, seed, slots), faults, "none") as both:
            with node(lab, store, both) as process:
                await_trades(lab, store, trades, process)
                # The last difference is told with the next look.
                time.sleep(2)
        expect_truth(lab, store, dumps)
        found = lacked(log_of(lab, store))
        if found == 0:
            raise Failed("nobody said that an endpoint lacks transactions: "
                         f"{log_of(lab, store)}")
        missing += found
        lab.remove(store)
    return {"seeds": seeds, "missing_transactions": missing}


def complementary(lab, chance):
    """Two endpoints in parallel that are killed with kill -9 in turn and come
    back: what one of them does not tell the other one does."""
    slots = 30 if lab.short else 150
    kills = 2 if lab.short else 12
    seed = chance.randrange(1, 1 << 30)
    trades, dumps = reference(lab, seed, slots)
    store = f"complementary-{lab.serial()}.db"
    with endpoints(lab, chain(lab, seed, slots), "cut=3s", "cut=5s") as both:
        with node(lab, store, both) as process:
            for i in range(kills):
                time.sleep(chance.uniform(1.0, slots * 0.4 / (kills + 1)))
                both[i % 2].kill()
                time.sleep(chance.uniform(0.2, 1.0))
                both[i % 2].start()
            await_trades(lab, store, trades, process)
    expect_truth(lab, store, dumps)
    lab.remove(store)
    return {"kills": kills, "trades": trades}


def standby(lab, chance):
    """One endpoint at a time: kill -9 of the first, the second goes on from the
    resume window, and back to the first once it is there again."""
    slots = 40 if lab.short else 150
    rounds = 1 if lab.short else 5
    seed = chance.randrange(1, 1 << 30)
    trades, dumps = reference(lab, seed, slots)
    store = f"standby-{lab.serial()}.db"
    with endpoints(lab, chain(lab, seed, slots), "none", "none") as both:
        with node(lab, store, both, "--endpoint-mode", "standby",
                  "--standby-timeout", "2s", "--standby-return",
                  "2s") as process:
            for _ in range(rounds):
                time.sleep(chance.uniform(2, 3))
                both[0].kill()
                time.sleep(chance.uniform(1, 2))
                both[0].start()
                # Time to come back.
                time.sleep(4)
            await_trades(lab, store, trades, process)
    expect_truth(lab, store, dumps)
    log = log_of(lab, store)
    if f"{both[0].url} gives no updates" not in log:
        raise Failed(f"nobody said that the first endpoint is gone: {log}")
    if f"{both[0].url} gives updates again" not in log:
        raise Failed(f"the first endpoint was not read again: {log}")
    lab.remove(store)
    return {"switches": 2 * rounds, "trades": trades}


ENDPOINT_CASES = {
    "endpoint-omits": omitting,
    "endpoint-kills": complementary,
    "endpoint-standby": standby,
}
