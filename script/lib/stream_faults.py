"""Case of script/faults about damaged streams: what endpoints leave out, repeat
and mix up."""

import collections
import contextlib
import json
import random
import signal
import sqlite3
import threading
import time

from endpoint_faults import (START_TIME, Endpoint, lacked, log_of, node,
                             trades_of)
from fault_lab import Failed

PATIENCE_SECONDS = 120
RATE = 400


def market_of(seed, slots):
    return ["--seed", seed, "--rate", RATE, "--slots", slots, "--wallets", 300,
            "--tokens", 40, "--start-time", START_TIME]


def draw_faults(chance, kinds):
    """A list of faults for the simulator, of some of these kinds."""
    shares = {"duplicate": (0.01, 0.5), "reorder": (0.01, 0.4),
              "late": (0.001, 0.03), "fork": (0.05, 0.4)}
    chosen = [x for x in kinds if chance.random() < 0.7] or [chance.choice(kinds)]
    return [f"{x}={chance.uniform(*shares[x]):.4f}" for x in chosen]


def record(lab, seed, slots, faults):
    name = f"seed-{lab.serial()}.geyser"
    made = json.loads(lab.run("simulate", "--record", name,
                              *market_of(seed, slots), "--faults",
                              ",".join(faults) or "none"))
    return name, made


def gaps(lab, store):
    """Ranges of slots that the store says it lacks."""
    return [(x["from_slot"], x["to_slot"]) for x in map(
        json.loads, lab.run("gaps", "list", *lab.at(store)).splitlines())]


def keys_of(lab, store):
    """The trades of a store: slot, transaction, instruction, signature."""
    with contextlib.closing(sqlite3.connect(lab.folder / store)) as db:
        return {(x[0], x[1], x[2]): x[3] for x in db.execute(
            "SELECT slot, tx_index, ix_path, signature FROM trade")}


def expect_silent_none(lab, damaged, whole, omitted):
    """Each trade that a store lacks lies in a gap that it tells of, or was left
    out by an endpoint that told of its slot: then reserves do not join."""
    lacking = set(keys_of(lab, whole)) - set(keys_of(lab, damaged))
    told = gaps(lab, damaged)
    silent = [x for x in lacking
              if not any(a <= x[0] <= b for a, b in told)]
    if silent and not omitted:
        raise Failed(f"{len(silent)} trades lack without a word, e.g. "
                     f"{silent[0]}; gaps: {told}")
    breaks = lab.verify(damaged)["reserve_breaks"]
    if len(silent) > 3 and breaks == 0:
        raise Failed(f"{len(silent)} trades were left out, no reserves broke")
    return {"lacking": len(lacking), "gaps": len(told), "breaks": breaks}


def trades_without_time(lab, store):
    """The dump of trades without their block times: of a slot whose meta never
    came, the journal has the times of the events."""
    rows = [x.split(",") for x in lab.dump(store, ["trades"]).splitlines()]
    at = rows[0].index("block_time")
    return [x[:at] + x[at + 1:] for x in rows]


def recorded_seed(lab, seed):
    """One stream with a mix of faults, and a second one that heals it: as from
    a second endpoint, or from the same one later."""
    chance = random.Random(seed)
    slots = chance.randrange(12, 40)
    clean, made = record(lab, seed, slots, [])
    whole = f"whole-{seed}.db"
    damaged = f"damaged-{seed}.db"
    lab.replay(whole, clean)
    # A dead fork takes numbers of slots: those of two streams must not differ
    # where one heals the other.
    loses = chance.choice(["forks", "forks", "nothing", "omit", "range", "both"])
    kinds = {"forks": ["duplicate", "reorder", "late", "fork"],
             # What is held back may be lost with the slots of a cut, one by one.
             "range": ["duplicate"]}.get(loses, ["duplicate", "reorder", "late"])
    faults = draw_faults(chance, kinds)
    if loses == "forks" and not any(x.startswith("fork") for x in faults):
        faults.append("fork=0.2")
    if loses in ("omit", "both"):
        faults.append(f"omit={chance.choice([0.001, 0.005])}")
    if loses in ("range", "both"):
        faults += [f"cut={chance.choice(['2s', '4s'])}", "out_of_range"]
    elif chance.random() < 0.5:
        faults.append("cut=3s")
    first, _ = record(lab, seed, slots, faults)
    lab.replay(damaged, first)
    counts = {"lacking": 0, "gaps": 0, "breaks": 0}
    if loses in ("omit", "range", "both"):
        counts = expect_silent_none(lab, damaged, whole, loses != "range")
        second, _ = record(lab, seed, slots, draw_faults(
            chance, ["duplicate", "reorder", "late"]))
        lab.replay(damaged, second)
        lab.forget_file(second)
    lab.forget_slots = loses == "forks"
    found, found_parts = lab.digest(damaged)
    expected, expected_parts = lab.digest(whole)
    if lab.forget_slots:
        # Boards and metrics as of slots with other numbers; time is the same.
        same = found_parts["positions"] == made["positions_sha256"]
    else:
        same = found == expected
        if not same and loses in ("range", "both"):
            same = (trades_without_time(lab, damaged)
                    == trades_without_time(lab, whole)
                    and {**found_parts, "trades": ""}
                    == {**expected_parts, "trades": ""})
    report = lab.verify(damaged)
    if (not same or report["mismatches"] or report["gaps_open"]
            or report["reserve_breaks"] or report["trades"] != made["trades"]):
        differ = [x for x in found_parts
                  if found_parts[x] != expected_parts[x]]
        raise Failed(f"seed {seed}, {slots} slots, {','.join(faults)}: dumps "
                     f"that differ: {differ}; {report}; the market made "
                     f"{made['trades']} trades")
    for x in (clean, first):
        lab.forget_file(x)
    for x in (whole, damaged):
        lab.remove(x)
    return counts


class LiveSeed:
    """A node and live endpoints: a single one that cuts, lags and refuses to
    resume after the node slept for some seconds, and gaps that are filled from
    an RPC server that answers badly now and then; or two of one chain, one of
    which cuts, lags and leaves transactions out. Runs beside other seeds until
    it is asked to finish."""

    def __init__(self, lab, seed, refuses):
        self.lab, self.seed = lab, seed
        self.refuses = refuses
        chance = random.Random(seed)
        slots = chance.randrange(30, 50)
        arguments = market_of(seed, slots)
        self.clean, self.made = record(lab, seed, slots, [])
        self.store = f"live-{seed}.db"
        self.running = contextlib.ExitStack()
        faults = [*draw_faults(chance, ["duplicate", "reorder"]),
                  f"cut={chance.choice(['1s', '2s'])}"]
        options = []
        if refuses:
            faults.append("out_of_range")
            arguments += ["--rpc-listen", "127.0.0.1:0", "--rpc-errors", "0.1"]
        else:
            faults.append(f"omit={chance.choice([0.005, 0.01])}")
        self.faults = ",".join(faults)
        try:
            servers = [Endpoint(lab, arguments, self.faults)]
            self.running.callback(servers[0].kill)
            if refuses:
                options = ["--gap-wait", "1s"]
                self.rpc = servers[0].rpc_url
            else:
                servers.append(Endpoint(lab, arguments))
                self.running.callback(servers[1].kill)
            self.process = self.running.enter_context(
                node(lab, self.store, servers, *options))
            if refuses:
                self.sleep(chance.uniform(4.5, 6))
        except BaseException:
            self.running.close()
            raise

    def sleep(self, seconds):
        """Stops the node in the middle of the stream; it wakes by itself."""
        while trades_of(self.lab, self.store) < 300:
            if self.process.poll() is not None:
                raise Failed("the node ended: " + log_of(self.lab, self.store))
            time.sleep(0.05)
        self.process.send_signal(signal.SIGSTOP)
        self.alarm = threading.Timer(seconds, self.process.send_signal,
                                     [signal.SIGCONT])
        self.alarm.start()
        self.running.callback(self.alarm.join)

    def finish(self):
        """What it came to."""
        lab = self.lab
        with self.running:
            if self.refuses:
                counts = self.fill()
            else:
                counts = self.await_all()
        lab.forget_slots = False
        lab.replay(self.store, self.clean)
        lab.expect_same(self.store, self.clean,
                        f"live seed {self.seed}, {self.faults}")
        report = lab.verify(self.store)
        for name in ("mismatches", "reserve_breaks", "gaps_open"):
            if report[name] != 0:
                raise Failed(f"live seed {self.seed}: {name} {report[name]}")
        log = log_of(lab, self.store)
        lab.remove(self.store)
        lab.forget_file(self.clean)
        return {"cuts": log.count("cut on request"),
                "lags": log.count("lagged to receive"), **counts}

    def failed(self, what):
        return Failed(f"live seed {self.seed}, {self.faults}: {what}: "
                      f"{log_of(self.lab, self.store)[-1500:]}")

    def await_all(self):
        """Two endpoints together tell everything; what one of them lacks is
        said."""
        end = time.monotonic() + PATIENCE_SECONDS
        while (found := trades_of(self.lab, self.store)) < self.made["trades"]:
            if self.process.poll() is not None or time.monotonic() > end:
                raise self.failed(f"{found} trades, the market made "
                                  f"{self.made['trades']}")
            time.sleep(0.2)
        # The last difference is told with the next look.
        time.sleep(2)
        told = lacked(log_of(self.lab, self.store))
        if told == 0:
            raise self.failed("nobody said that an endpoint lacks transactions")
        return {"told_as_lacking": told}

    def fill(self):
        """Waits for the end of the stream, then fills the gaps that were
        told."""
        self.alarm.join()
        last, quiet_since = -1, time.monotonic()
        while time.monotonic() - quiet_since < 4:
            if self.process.poll() is not None:
                raise self.failed("the node ended")
            if (found := trades_of(self.lab, self.store)) != last:
                last, quiet_since = found, time.monotonic()
            time.sleep(0.2)
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE_SECONDS)
        told = gaps(self.lab, self.store)
        # What a node that sleeps did not take may have waited for it: nothing
        # is lost then, and there is nothing to tell.
        if not told and last == self.made["trades"]:
            return {}
        if not told:
            raise self.failed(f"{last} of {self.made['trades']} trades and no "
                              "gap")
        self.lab.run("gaps", "fill", *self.lab.at(self.store), "--rpc",
                     self.rpc, "--rpc-rate", "200")
        if (found := trades_of(self.lab, self.store)) != self.made["trades"]:
            raise self.failed(f"{found} trades after the gaps were filled")
        return {"gaps": len(told), "lacking": found - last}


def stream_seeds(lab, chance):
    """A mix of cuts, lags, refused resumes, omitted transactions, duplicates up
    to a half, reorder, late transactions and forks of depth 1 to 8 for each
    seed, one in ten live: every gap is told, filled by a second endpoint or by
    RPC, and the dumps are those of the whole stream; 20 seeds in the short
    form, 500 in the long one."""
    wanted = lab.wanted(20, 500)
    first = chance.randrange(1, 1 << 30)
    sums = collections.Counter()
    live = 0
    for i in range(0, wanted, 10):
        running = LiveSeed(lab, first + i, live % 2 == 0)
        live += 1
        with running.running:
            for seed in range(first + i + 1, first + min(i + 10, wanted)):
                sums.update(recorded_seed(lab, seed))
            sums.update(running.finish())
    return {"seeds": wanted, "live": live, "first_seed": first, **sums}


STREAM_CASES = {
    "stream-seeds": stream_seeds,
}
