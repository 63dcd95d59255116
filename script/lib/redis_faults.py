"""Cases of script/faults with a real Redis server."""

import contextlib
import signal
import socket
import sqlite3
import subprocess
import time

import servers
import subscriber
from fault_lab import Failed

PATIENCE_SECONDS = 200


@contextlib.contextmanager
def running(lab, *words):
    """A command in the background; killed at the end if it still runs."""
    with open(lab.folder / "node.log", "wb") as log:
        process = subprocess.Popen(lab.command(*words), cwd=lab.folder,
                                   stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def hearing(lab, settings=()):
    """A Redis and a subscriber of everything in it."""
    redis = servers.Redis(settings)
    try:
        with contextlib.closing(
                subscriber.Subscriber(redis.url, lab.folder)) as listener:
            yield redis, listener
    finally:
        redis.close()


def node(lab, redis, store, slots):
    """A node with its simulator; it ends by itself."""
    return running(lab, "run", *lab.at(store), "--redis", redis.url, "--rate",
                   400, "--slots", slots)


def await_trades(listener, process, count):
    """Waits until so many more trades were heard; False when the node ended."""
    def heard():
        return listener.progress()["counts"].get("trade", 0)

    start = heard()
    end = time.monotonic() + PATIENCE_SECONDS
    while heard() < start + count:
        if process.poll() is not None:
            return False
        if time.monotonic() > end:
            raise Failed(f"{count} more trades did not come")
        time.sleep(0.02)
    return True


def await_end(lab, process):
    if process.wait(PATIENCE_SECONDS) != 0:
        log = (lab.folder / "node.log").read_text(errors="replace")[-800:]
        raise Failed(f"the node ended with {process.returncode}: {log}")


def positions_of(lab, store):
    """Position in the journal of each trade of a SQLite store."""
    with contextlib.closing(sqlite3.connect(lab.folder / store)) as db:
        return {tuple(map(str, row[:3])): row[3] for row in db.execute(
            "SELECT slot, tx_index, ix_path, jpos FROM trade")}


def redis_restart(lab, chance):
    """kill -9 of Redis under load, and an empty one in its place: at the end
    its keys are right, and every trade was heard or told as a hole; once in the
    short form, 20 times in the long one."""
    wanted = lab.wanted(1, 20)
    with hearing(lab) as (redis, listener):
        with node(lab, redis, "restart.db", 15 + 13 * wanted) as process:
            breaks = 0
            while breaks < wanted and await_trades(
                    listener, process, chance.randrange(300, 1500)):
                redis.stop(signal.SIGKILL)
                time.sleep(chance.uniform(0, 1.5))
                redis.start()
                breaks += 1
            # The last one must have something after it.
            if not await_trades(listener, process, 100):
                raise Failed("the node ended before Redis was back")
            await_end(lab, process)
        heard = listener.finish()
    line = subscriber.check_keys_only(
        heard, lambda words: lab.dump("restart.db", words),
        positions_of(lab, "restart.db"))
    lab.remove("restart.db")
    return {"breaks": breaks, **line}


def redis_flush(lab, chance):
    """FLUSHALL under load: the keys come back, and nothing is missing on any
    channel; once in the short form, 29 times in the long one."""
    wanted = lab.wanted(1, 29)
    with hearing(lab) as (redis, listener):
        with node(lab, redis, "flush.db", 10 + 10 * wanted) as process:
            flushes = 0
            while flushes < wanted and await_trades(
                    listener, process, chance.randrange(300, 1200)):
                redis.command("FLUSHALL")
                flushes += 1
            if not await_trades(listener, process, 100):
                raise Failed("the node ended right after the last one")
            await_end(lab, process)
        heard = listener.finish()
    line = subscriber.check_all(heard, lambda x: lab.dump("flush.db", x))
    lab.remove("flush.db")
    return {"flushes": flushes, **line}


def memory_of(process):
    """Largest resident memory of a process so far, in bytes."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        line = next(x for x in status if x.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


class SlowRun:
    """A node whose Redis has one more client, that reads nothing."""

    def __init__(self, lab, running, is_slow, slots):
        self.lab, self.is_slow = lab, is_slow
        self.most = 0
        self.store = f"slow-{is_slow}.db"
        self.redis, self.listener = running.enter_context(hearing(lab, [
            ("--client-output-buffer-limit", "pubsub 1mb 512kb 5")]))
        self.client = running.enter_context(socket.socket())
        # Small, so that the kernel does not read in its place.
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.client.connect(("127.0.0.1", self.redis.port))
        if is_slow:
            self.client.sendall(b"PSUBSCRIBE *\r\n")
        self.process = running.enter_context(
            node(lab, self.redis, self.store, slots))

    def look(self):
        """Notes the memory; False when the node has ended."""
        with contextlib.suppress(StopIteration, OSError):
            self.most = memory_of(self.process)
        return self.process.poll() is None

    def finish(self):
        await_end(self.lab, self.process)
        own = f"addr={':'.join(map(str, self.client.getsockname()))} "
        is_there = own in self.redis.command("CLIENT", "LIST")
        if is_there == self.is_slow:
            raise Failed("Redis did not cut the subscriber" if self.is_slow
                         else "an idle client was cut")
        subscriber.check_all(self.listener.finish(),
                             lambda x: self.lab.dump(self.store, x))
        self.lab.remove(self.store)
        return self.most


def redis_slow_subscriber(lab, _):
    """A subscriber that does not read: Redis cuts it, nobody else notices, and
    the node holds no more than without it."""
    slots = 20 if lab.short else 300
    with contextlib.ExitStack() as running:
        # Beside each other: they wait for their markets most of the time.
        both = [SlowRun(lab, running, x, slots) for x in (False, True)]
        while any([x.look() for x in both]):
            time.sleep(0.05)
        used = [x.finish() for x in both]
    if used[1] > used[0] * 1.3 + (64 << 20):
        raise Failed(f"{used[1]} bytes with it, {used[0]} without")
    return {"memory_bytes": used[0], "memory_bytes_with": used[1]}


REDIS_CASES = {
    "redis-restart": redis_restart,
    "redis-flush": redis_flush,
    "redis-slow-subscriber": redis_slow_subscriber,
}
