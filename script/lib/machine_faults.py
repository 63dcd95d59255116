"""Cases of script/faults about the machine: disks that are full, clocks that
jump. In the long form only."""

import contextlib
import struct
import subprocess
import tempfile
import time
from pathlib import Path

import servers
from fault_lab import Failed
from node_faults import (Market, await_all, await_heard, expect_whole, node,
                         stop, words_of)
from postgres_faults import await_epoch, epoch_of, finish, log_of, replaying
from redis_faults import hearing

PATIENCE_SECONDS = 120
HOUR_NANOS = 3_600 * 10**9


class Skipped(Exception):
    """This machine cannot run the case."""


@contextlib.contextmanager
def small_disk(folder, size):
    """A disk of its own in an empty folder; needs root."""
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}",
                               "tmpfs", folder], check=False,
                              capture_output=True, text=True)
    except OSError as error:
        raise Skipped(f"no disk can be mounted: {error}") from error
    if done.returncode != 0:
        raise Skipped(f"no disk can be mounted: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


def skippable(case):
    """The case; on a machine that cannot run it, and in the short form, it says
    so and passes."""

    def either(lab, chance):
        if lab.short and lab.count is None:
            return {"skipped": "long form only"}
        try:
            return case(lab, chance)
        except Skipped as why:
            return {"skipped": str(why)}

    either.__doc__ = case.__doc__
    return either


def fill(folder, room=0):
    """Takes all the space but this; returns the file to remove."""
    name = folder / "filler"
    with open(name, "wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            block = b"\0" * size
            with contextlib.suppress(OSError):
                while True:
                    file.write(block)
        file.truncate(max(0, file.tell() - room))
    return name


def await_text(path, text, process, start):
    """Waits until a log says something behind `start`; False when the process
    has ended."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if text in path.read_text(errors="replace")[start:]:
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.02)
    raise Failed(f"nobody said {text!r} in {PATIENCE_SECONDS} s")


@skippable
def disk_full_sqlite(lab, chance):
    """The disk of a SQLite store is full: the replay says so, tries for some
    seconds and ends with code 1; with room again the next one goes on, and
    nothing is lost; 10 times."""
    wanted = lab.wanted(0, 10)
    recording, _ = lab.recording()
    full = stores = 0
    (lab.folder / "disk").mkdir()
    with small_disk(lab.folder / "disk", "1g") as disk:
        while full < wanted:
            store = f"disk/full-{stores}.db"
            code = 1
            while code != 0 and full < wanted:
                filler = fill(disk, chance.randrange(1 << 20, 12 << 20))
                with replaying(lab, store, recording) as process:
                    code = process.wait(PATIENCE_SECONDS)
                filler.unlink()
                log = log_of(lab)
                if code == 1 and "the disk is full" in log:
                    full += 1
                elif code != 0:
                    raise Failed(f"it ended with {code}: {log}")
            lab.replay(store, recording)
            lab.expect_same(store, recording, f"after {full} full disks")
            if lab.verify(store)["mismatches"] != 0:
                raise Failed("verify found mismatches")
            lab.remove(store)
            stores += 1
    return {"full": full, "stores": stores}


@skippable
def disk_full_postgres(lab, chance):
    """The disk of the PostgreSQL server is full: the replay waits and says so,
    goes on when there is room, and loses nothing; 10 times."""
    wanted = lab.wanted(0, 10)
    recording, _ = lab.recording()
    full = stores = restarts = 0
    shared, slowest = lab.server, 0.0
    # Not in the lab's folder: the server runs as somebody else.
    with small_disk(Path(tempfile.mkdtemp(prefix="pumpscope-disk-")),
                    "1500m") as disk:
        lab.server = servers.Postgres(
            ["fsync=off", "max_wal_size=96MB", "min_wal_size=32MB"],
            parent=disk)
        try:
            while full < wanted:
                store = f"postgres:full_{stores}"
                with replaying(lab, store, recording) as process:
                    while full < wanted and process.poll() is None:
                        await_epoch(lab, store, epoch_of(lab, store)
                                    + chance.randrange(1, 20), process)
                        log = lab.folder / "replay.log"
                        start = len(log.read_text(errors="replace"))
                        filler = fill(disk)
                        is_told = await_text(log, "trying again", process,
                                             start)
                        time.sleep(chance.uniform(0, 3))
                        filler.unlink()
                        if not is_told:
                            break
                        full += 1
                        if lab.server.process.poll() is not None:
                            # Without room for its log it ends; who looks after
                            # the server starts it again.
                            lab.server.start()
                            restarts += 1
                        back = time.monotonic()
                        await_epoch(lab, store, epoch_of(lab, store) + 1,
                                    process)
                        slowest = max(slowest, time.monotonic() - back)
                    if process.wait(PATIENCE_SECONDS) != 0:
                        raise Failed(f"the replay did not survive: {log_of(lab)}")
                finish(lab, store, recording, f"after {full} full disks")
                lab.remove(store)
                stores += 1
        finally:
            lab.server.close()
            lab.server = shared
    return {"full": full, "stores": stores, "server_restarts": restarts,
            "back_to_work_seconds_max": round(slowest, 2)}


@skippable
def clock_jumps(lab, chance):
    """The clock of a live node with PostgreSQL and Redis jumps by an hour, to
    and fro: it publishes on, and all dumps are those of a quiet clock; 10
    jumps."""
    wanted = lab.wanted(0, 10)
    store = f"postgres:clock_{lab.serial()}"
    shift = lab.folder / "clock-shift"
    shift.write_bytes(struct.pack("q", 0))
    environment = {"LD_PRELOAD": str(lab.tools / "libclock_shift.so"),
                   "CLOCK_SHIFT_FILE": str(shift)}
    hours = 0
    with hearing(lab) as (redis, listener), contextlib.closing(
            Market(lab, 20 + 5 * wanted,
                   chance.randrange(1, 1 << 30))) as market:
        with node(lab, words_of(lab, store, redis, market),
                  environment=environment) as process:
            for _ in range(wanted):
                if not await_heard(listener, process, lab, store, market, 100):
                    raise Failed(f"the market ended {hours} hours off")
                hours = chance.choice([x for x in (-2, -1, 0, 1, 2)
                                       if abs(x - hours) == 1])
                with open(shift, "r+b") as file:
                    file.write(struct.pack("q", hours * HOUR_NANOS))
            await_all(lab, store, market, listener, process)
            stop(lab, process)
        line = expect_whole(lab, store, market, listener)
    lab.remove(store)
    if line["holes"]:
        raise Failed(f"holes were told: {line}")
    return {"jumps": wanted, **line}


MACHINE_CASES = {
    "disk-full-postgres": disk_full_postgres,
    "disk-full-sqlite": disk_full_sqlite,
    "clock-jumps": clock_jumps,
}
