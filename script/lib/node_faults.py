"""Cases of script/faults about nodes that die or sleep between a live server,
PostgreSQL and Redis."""

import collections
import contextlib
import json
import math
import os
import re
import signal
import subprocess
import time

import subscriber
from endpoint_faults import FIRST_SLOT, START_TIME, Endpoint
from fault_lab import Failed
from postgres_faults import expect_dense, number
from redis_faults import hearing

PATIENCE_SECONDS = 120
RATE = 400
# Redis drops a subscriber that does not read as fast as trades are published.
HASTENED_RATE = 2_000
SLOT_SECONDS = 0.4
TRANSACTIONS_OF_SLOT = RATE * SLOT_SECONDS
# The crash points of domain/crash_point.hpp, and how often a process may come
# by before it dies there.
STEPS = {"before_takeover": 1, "after_takeover": 1, "before_commit": 6,
         "after_commit": 6, "before_send": 8, "after_send": 8,
         "before_publish": 4, "after_publish": 4, "before_checkpoint": 3,
         "after_checkpoint": 3}
# After this time without its step a node has nothing more to do.
STEP_SECONDS = 15


class Market:
    """A chain: a live server that tells it, a recording of the same, and how
    many trades it has."""

    def __init__(self, lab, slots, seed):
        self.lab = lab
        arguments = ["--seed", seed, "--rate", RATE, "--slots", slots,
                     "--start-time", START_TIME]
        self.recording = f"market-{lab.serial()}.geyser"
        self.trades = json.loads(
            lab.run("simulate", "--record", self.recording,
                    *arguments))["trades"]
        self.endpoint = Endpoint(lab, arguments)
        self.ends = time.monotonic() + slots * SLOT_SECONDS

    def hasten(self):
        """What is left of it comes faster."""
        if self.ends > time.monotonic():
            self.endpoint.exchange(self.recording, HASTENED_RATE)

    def close(self):
        self.endpoint.kill()
        self.lab.forget_file(self.recording)


@contextlib.contextmanager
def node(lab, words, crash_at=None, environment=(), log_name="node.log",
         before=()):
    """A node; with `crash_at` one that kills itself there. `before` stands
    before its command."""
    environment = {**os.environ, **dict(environment)}
    command = [*before, *lab.command(*words)]
    if crash_at is not None:
        environment["CRASH_AT"] = crash_at
        command[0] = str(lab.tools / "pumpscope-crash")
    with open(lab.folder / log_name, "ab") as log:
        process = subprocess.Popen(command, cwd=lab.folder, env=environment,
                                   stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def log_of(lab, name="node.log"):
    return (lab.folder / name).read_text(errors="replace")[-800:]


def words_of(lab, store, redis, market):
    return ["run", *lab.at(store), "--redis", redis.url, "--endpoint",
            market.endpoint.url, "--from-slot", FIRST_SLOT, "--backoff-max",
            "500ms"]


def trades_of(lab, store):
    return number(lab, store, "SELECT count(*) FROM {schema}.trade")


def await_all(lab, store, market, listener, process, log_name="node.log"):
    """Waits until the journal has all trades, all are heard and nothing is told
    any more; the market may still last."""
    known, end = -1, 0.0
    while (found := trades_of(lab, store)) < market.trades:
        if process.poll() is not None:
            raise Failed(f"the node ended by itself: {log_of(lab, log_name)}")
        if found > known:
            known, end = found, time.monotonic() + PATIENCE_SECONDS
        if time.monotonic() > end:
            raise Failed(f"{found} trades, expected {market.trades}: "
                         f"{log_of(lab, log_name)}")
        time.sleep(0.2)
    # What is missing then is told by who compares.
    end = time.monotonic() + PATIENCE_SECONDS
    while listener.progress()["trades"] < market.trades and time.monotonic() < end:
        time.sleep(0.1)
    while listener.progress()["quiet_ms"] < 1_500:
        time.sleep(0.1)


def expect_whole(lab, store, market, listener, killed=False):
    """What a store and its subscriber must have come to; all dumps are compared
    once the end of the recording sealed what a live stream leaves open."""
    expect_dense(lab, store)
    heard = listener.finish()
    if heard["stale"] != 0:
        raise Failed(f"{heard['stale']} messages of an old owner came after "
                     "those of a new one")
    line = subscriber.check_all(heard, lambda x: lab.dump(store, x),
                                restarted=True, killed=killed)
    if lab.replay(store, market.recording)["trades"] != market.trades:
        raise Failed("a replay of the same chain brought more trades")
    lab.expect_same(store, market.recording, "all dumps")
    expect_dense(lab, store)
    return {x: line[x] for x in ("holes", "duplicates", "wallets", "tokens",
                                 "wallets_untold", "candles_untold")}


def stop(lab, process):
    process.send_signal(signal.SIGINT)
    if process.wait(PATIENCE_SECONDS) != 0:
        raise Failed(f"the node ended with {process.returncode}: {log_of(lab)}")


def crash(lab, chance, words, step):
    """Starts a node and lets it die; tells whether it came that far."""
    if step == "random":
        with node(lab, words) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(chance.uniform(0.05, 1.5))
                raise Failed(f"the node ended with {code}: {log_of(lab)}")
        return True
    times = chance.randrange(1, STEPS[step] + 1)
    with node(lab, words, f"{step}:{times}") as process:
        try:
            code = process.wait(STEP_SECONDS)
        except subprocess.TimeoutExpired:
            return False
    if code != -signal.SIGKILL:
        raise Failed(f"at {step} the node ended with {code}: {log_of(lab)}")
    return True


def crash_round(lab, chance, wanted, kills):
    """Kills the nodes of one store until there were enough kills or the market
    is at its end; then one of them goes on to the end."""
    serial = lab.serial()
    store = f"postgres:crash_{serial}"
    order = [*STEPS, "random"]
    chance.shuffle(order)
    with hearing(lab) as (redis, listener), contextlib.closing(
            Market(lab, 20 + int(2.5 * wanted),
                   chance.randrange(1, 1 << 30))) as market:
        words = words_of(lab, store, redis, market)
        first = kills.total()
        while kills.total() < first + wanted:
            if trades_of(lab, store) >= market.trades:
                break
            step = order[kills.total() % len(order)]
            if crash(lab, chance, words, step):
                kills[step] += 1
            elif trades_of(lab, store) < market.trades:
                raise Failed(f"no {step} in {STEP_SECONDS} s: {log_of(lab)}")
        if kills.total() == first:
            raise Failed("the market ended before the first kill")
        fence = number(lab, store, "SELECT fence FROM {schema}.head") + 1
        with node(lab, words) as process:
            # On a busy machine it may be quiet because it only begins.
            await_boards(lab, redis, fence)
            await_all(lab, store, market, listener, process)
            stop(lab, process)
        line = expect_whole(lab, store, market, listener, killed=True)
    lab.remove(store)
    return line


def crash_steps(lab, chance):
    """kill -9 of a live node with PostgreSQL and Redis at random moments and at
    each named step (before and after take-over, commit, send, publish,
    checkpoint): dumps as undisturbed, dense positions, every trade heard; 20
    kills in the short form, 1,000 in the long one."""
    wanted = lab.wanted(20, 1_000)
    kills = collections.Counter()
    stores = 0
    sums = collections.Counter()
    while kills.total() < wanted:
        sums.update(crash_round(lab, chance, min(wanted - kills.total(), 60),
                                kills))
        stores += 1
    return {"kills": kills.total(), "steps": dict(sorted(kills.items())),
            "stores": stores, **sums}


def watch_writes(lab, store):
    """Lets the server keep the fence of every write, and how often the
    functions that write were called."""
    schema = store.partition(":")[2]
    lab.postgres.query(f"""
        CREATE TABLE {schema}.watched (n bigserial, what text, fence bigint);
        CREATE FUNCTION {schema}.watch_head() RETURNS trigger
        LANGUAGE plpgsql AS $$ BEGIN
          INSERT INTO {schema}.watched (what, fence) VALUES ('head', NEW.fence);
          RETURN NULL;
        END $$;
        CREATE FUNCTION {schema}.watch_cursor() RETURNS trigger
        LANGUAGE plpgsql AS $$ BEGIN
          INSERT INTO {schema}.watched (what, fence)
          VALUES ('cursor ' || NEW.kind || ' ' || NEW.part, NEW.fence);
          RETURN NULL;
        END $$;
        CREATE TRIGGER watch_head AFTER UPDATE ON {schema}.head
          FOR EACH ROW EXECUTE FUNCTION {schema}.watch_head();
        CREATE TRIGGER watch_cursor AFTER UPDATE ON {schema}.cursor
          FOR EACH ROW EXECUTE FUNCTION {schema}.watch_cursor();""")


def stale_writes(lab, store):
    """Writes with a fence below one that was there before."""
    return number(lab, store,
                  "SELECT count(*) FROM (SELECT fence, max(fence) OVER "
                  "(PARTITION BY what ORDER BY n) AS highest "
                  "FROM {schema}.watched) AS x WHERE fence < highest")


def epoch_calls(lab, store):
    """How often an epoch was given to the server."""
    return number(lab, store,
                  "SELECT sum(calls) FROM pg_stat_user_functions WHERE "
                  "schemaname = '{schema}' AND funcname = 'commit_epoch'")


@contextlib.contextmanager
def timed_statements(lab):
    """Makes the server log how long statements take; gives a function that
    returns the milliseconds of all take-overs since."""
    server = lab.postgres
    settings = {"log_min_duration_statement": "0",
                "log_parameter_max_length": "0", "track_functions": "'pl'"}
    for name, value in settings.items():
        server.query(f"ALTER ROLE pumpscope SET {name} = {value}")
    log = server.folder / "server.log"
    start = log.stat().st_size

    def take_overs():
        with open(log, encoding="utf-8", errors="replace") as text:
            text.seek(start)
            return sorted(float(x) for x in re.findall(
                r"duration: ([0-9.]+) ms  execute [^:]*: "
                r"SELECT take_over", text.read()))

    try:
        yield take_overs
    finally:
        server.query("ALTER ROLE pumpscope RESET ALL")


def quantile(ascending, share):
    """By nearest rank: so many of the values are at most that."""
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]


def await_heard(listener, process, lab, store, market, count):
    """Waits for so many more trades; False when the market is at its end."""
    def heard():
        return listener.progress()["counts"].get("trade", 0)

    start = heard()
    end = time.monotonic() + PATIENCE_SECONDS
    while heard() < start + count:
        if process.poll() is not None:
            raise Failed(f"a node ended by itself: {log_of(lab)}")
        if trades_of(lab, store) >= market.trades:
            return False
        if time.monotonic() > end:
            raise Failed(f"{count} more trades did not come: {log_of(lab)}")
        time.sleep(0.05)
    return True


def fence_of_board(redis):
    board = redis.command("GET", "leaderboard:all")
    return str(json.loads(board)["fence"]) if board else ""


def await_boards(lab, redis, fence):
    """Waits until boards are out with this fence or a higher one."""
    end = time.monotonic() + PATIENCE_SECONDS
    while int(fence_of_board(redis) or 0) < fence:
        if time.monotonic() > end:
            raise Failed(f"no board with fence {fence}: {log_of(lab)}")
        time.sleep(0.05)


def expect_owner(lab, redis, fence):
    """Owner and board in Redis are those of this fence, or soon are."""
    end = time.monotonic() + 10
    while fence_of_board(redis) != fence:
        if time.monotonic() > end:
            raise Failed(f"the board is of fence {fence_of_board(redis)}, "
                         f"the owner's is {fence}: {log_of(lab)}")
        time.sleep(0.05)
    owner = redis.command("GET", "pumpscope:owner")
    if not owner.endswith(":" + fence):
        raise Failed(f"the owner in Redis is {owner}, expected fence {fence}")


def take_over(lab, chance, words, old, redis, listener, store, market):
    """Stops the old node, starts its heir, and lets the old one wake up.
    Returns the heir and what ends it."""
    old.send_signal(signal.SIGSTOP)
    with contextlib.ExitStack() as heirs:
        fence = number(lab, store, "SELECT fence FROM {schema}.head") + 1
        heir = heirs.enter_context(node(lab, words))
        await_heard(listener, heir, lab, store, market, 60)
        expect_owner(lab, redis, str(fence))
        # Sometimes the lease of the old one is still fresh, sometimes not.
        time.sleep(chance.choice([0, 0, 0, 0.5, 5.5]))
        old.send_signal(signal.SIGCONT)
        if old.wait(PATIENCE_SECONDS) != 1:
            raise Failed(f"the old node ended with {old.returncode}")
        expect_owner(lab, redis, str(fence))
        return heir, heirs.pop_all()


def takeover(lab, chance):
    """SIGSTOP a live node with PostgreSQL and Redis, let a second process take
    over, SIGCONT the first: the server lets none of its writes pass, it tells
    nothing, the keys are the second one's, and so on, each heir the next to
    sleep; 5 take-overs in the short form, 100 in the long one."""
    wanted = lab.wanted(5, 100)
    done = stale = refused = 0
    durations = []
    sums = collections.Counter()
    while done < wanted:
        store = f"postgres:takeover_{lab.serial()}"
        count = min(wanted - done, 20)
        with hearing(lab) as (redis, listener), contextlib.closing(
                Market(lab, 20 + 7 * count,
                       chance.randrange(1, 1 << 30))) as market, \
                timed_statements(lab) as take_overs, \
                contextlib.ExitStack() as current:
            words = words_of(lab, store, redis, market)
            process = current.enter_context(node(lab, words))
            await_heard(listener, process, lab, store, market, 60)
            watch_writes(lab, store)
            before = epoch_calls(lab, store), number(
                lab, store, "SELECT epoch FROM {schema}.head")
            for _ in range(count):
                process, heirs = take_over(lab, chance, words, process, redis,
                                           listener, store, market)
                current.push(heirs)
                done += 1
                if trades_of(lab, store) >= market.trades:
                    break
            await_all(lab, store, market, listener, process)
            stop(lab, process)
            stale += stale_writes(lab, store)
            # Its statistics come a little later.
            time.sleep(1.2)
            refused += (epoch_calls(lab, store) - before[0]) - (
                number(lab, store, "SELECT epoch FROM {schema}.head")
                - before[1])
            durations += take_overs()
            sums.update(expect_whole(lab, store, market, listener,
                                     killed=True))
        lab.remove(store)
    if stale:
        raise Failed(f"{stale} writes of an old owner passed")
    durations.sort()
    if len(durations) < done:
        raise Failed(f"{len(durations)} take-overs in the log of the server")
    line = {"takeovers": done, "stale_writes": stale,
            "refused_epochs": refused,
            "takeover_ms_p50": quantile(durations, 0.5),
            "takeover_ms_p99": quantile(durations, 0.99), **sums}
    if line["takeover_ms_p99"] > 300:
        raise Failed(f"take-overs are slow: {line}")
    return line


NODE_CASES = {
    "crash-steps": crash_steps,
    "takeover": takeover,
}
