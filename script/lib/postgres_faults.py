"""Cases of script/faults with a real PostgreSQL server."""

import contextlib
import signal
import subprocess
import time

from fault_lab import Failed

PATIENCE_SECONDS = 120


@contextlib.contextmanager
def replaying(lab, store, recording, *options, log_name="replay.log"):
    """A replay into a store; killed at the end if it still runs."""
    command = lab.command("replay", recording, *lab.at(store), "--json",
                          *options)
    with open(lab.folder / log_name, "wb") as log:
        process = subprocess.Popen(command, cwd=lab.folder,
                                   stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def log_of(lab):
    return (lab.folder / "replay.log").read_text(errors="replace")[-800:]


def number(lab, store, sql):
    """What a query of one number answers; 0 while there is no such store."""
    schema = store.partition(":")[2]
    try:
        return int(lab.postgres.poll(sql.format(schema=schema)) or 0)
    except subprocess.CalledProcessError:
        return 0


def epoch_of(lab, store):
    return number(lab, store, "SELECT epoch FROM {schema}.head")


def await_epoch(lab, store, epoch, process):
    """Waits until the journal has this epoch or the process has ended."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None or epoch_of(lab, store) >= epoch:
            return
        time.sleep(0.01)
    raise Failed(f"no epoch {epoch} in {PATIENCE_SECONDS} s: {log_of(lab)}")


def expect_dense(lab, store):
    """max(jpos) = count(trade) + count(token_event), and no position twice."""
    lacking = number(lab, store,
                     "SELECT abs(max(jpos) - count(*)) + count(*) "
                     "- count(DISTINCT jpos) FROM {schema}.journal")
    if lacking != 0:
        raise Failed(f"positions of the journal are not dense: {lacking}")


def finish(lab, store, recording, what):
    """The rest of a replay, and what it must have come to."""
    lab.replay(store, recording)
    expect_dense(lab, store)
    lab.expect_same(store, recording, what)


def postgres_replay(lab, _):
    """A replay into PostgreSQL ends up as one into SQLite, and verify agrees;
    again, nothing comes twice."""
    recording, _ = lab.recording()
    store = "postgres:plain"
    for _ in range(2):
        finish(lab, store, recording, "a replay into PostgreSQL")
    if lab.verify(store)["mismatches"] != 0:
        raise Failed("verify found mismatches")
    lab.remove(store)
    return {}


def postgres_kill9(lab, chance):
    """kill -9 a replay into PostgreSQL at random moments; 3 kills in the short
    form, 200 in the long one."""
    recording, _ = lab.recording()
    _, _, seconds = lab.reference(recording)
    wanted = lab.wanted(3, 200)
    kills = stores = 0
    while kills < wanted:
        store = f"postgres:kill9_{stores}"
        for _ in range(5):
            with replaying(lab, store, recording) as process:
                try:
                    process.wait(chance.uniform(0.02, max(0.2, seconds)))
                    break
                except subprocess.TimeoutExpired:
                    kills += 1
        finish(lab, store, recording, f"after {kills} kills")
        lab.remove(store)
        stores += 1
    return {"kills": kills, "replays": stores}


def break_server(lab, chance):
    """Breaks the server in one of the ways that servers break; it is back when
    this returns. Returns the way."""
    how = chance.choice(["kill", "immediate", "fast", "backend"])
    server = lab.postgres
    if how == "backend":
        # All others are thrown out with it, and the server recovers.
        victim = server.query(
            "SELECT pid FROM pg_stat_activity WHERE application_name = "
            "'pumpscope' ORDER BY random() LIMIT 1")
        if victim:
            subprocess.run(["kill", "-KILL", victim], check=False)
        time.sleep(0.1)
        while not server.answers():
            time.sleep(0.02)
        return how
    server.stop({"kill": signal.SIGKILL, "immediate": signal.SIGQUIT,
                 "fast": signal.SIGINT}[how])
    server.start()
    return how


def postgres_restart(lab, chance):
    """Kill, stop and restart the server under load: the replay goes on by
    itself, soon after the server is back, and loses nothing; 5 times in the
    short form, 100 in the long one."""
    recording, _ = lab.recording()
    wanted = lab.wanted(5, 100)
    breaks = stores = 0
    slowest = 0.0
    ways = {}
    while breaks < wanted:
        store = f"postgres:restart_{stores}"
        durability = chance.choice(["power-loss", "process-crash"])
        with replaying(lab, store, recording, "--durability",
                       durability) as process:
            epoch = chance.randrange(1, 10)
            while process.poll() is None and breaks < wanted:
                await_epoch(lab, store, epoch, process)
                if process.poll() is not None:
                    break
                how = break_server(lab, chance)
                ways[how] = ways.get(how, 0) + 1
                breaks += 1
                back = time.monotonic()
                # What an asynchronous commit lost is written again.
                epoch = epoch_of(lab, store) + 1
                await_epoch(lab, store, epoch, process)
                slowest = max(slowest, time.monotonic() - back)
                epoch += chance.randrange(1, 30)
            if process.wait(PATIENCE_SECONDS) != 0:
                raise Failed(f"the replay did not survive: {log_of(lab)}")
        finish(lab, store, recording, f"after {breaks} breaks")
        lab.remove(store)
        stores += 1
    if slowest > 5:
        raise Failed(f"back to work only after {slowest:.1f} s")
    return {"breaks": breaks, "ways": ways, "replays": stores,
            "back_to_work_seconds_max": round(slowest, 2)}


def postgres_zombie(lab, chance):
    """SIGSTOP a replay, let a second one take over, SIGCONT the first: it is
    refused and ends with code 1; once in the short form, 100 times in the long
    one."""
    recording, _ = lab.recording()
    rounds = lab.wanted(1, 100)
    for i in range(rounds):
        store = f"postgres:zombie_{i}"
        with replaying(lab, store, recording) as zombie:
            await_epoch(lab, store, chance.randrange(1, 20), zombie)
            zombie.send_signal(signal.SIGSTOP)
            held = zombie.poll() is None
            fence = number(lab, store, "SELECT fence FROM {schema}.head")
            with replaying(lab, store, recording,
                           log_name="heir.log") as heir:
                await_epoch(lab, store, epoch_of(lab, store)
                            + chance.randrange(1, 10), heir)
                zombie.send_signal(signal.SIGCONT)
                code = zombie.wait(PATIENCE_SECONDS)
                if heir.wait(PATIENCE_SECONDS) != 0:
                    raise Failed(f"the second replay failed: {log_of(lab)}")
            after = number(lab, store, "SELECT fence FROM {schema}.head")
            if held and after != fence + 1:
                raise Failed(f"the fence went from {fence} to {after}")
            # One that had nothing left to write has ended well.
            if code not in (0, 1):
                raise Failed(f"the zombie ended with {code}")
        finish(lab, store, recording, "after a takeover")
        lab.remove(store)
    return {"takeovers": rounds}


POSTGRES_CASES = {
    "postgres-replay": postgres_replay,
    "postgres-kill9": postgres_kill9,
    "postgres-restart": postgres_restart,
    "postgres-zombie": postgres_zombie,
}
