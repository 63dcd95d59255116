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
def running(lab, *words, log_name="node.log", pipe=None):
    """A command in the background; killed at the end if it still runs."""
    with open(lab.folder / log_name, "wb") as log:
        process = subprocess.Popen(lab.command(*words), cwd=lab.folder,
                                   stdin=subprocess.DEVNULL,
                                   stdout=pipe or log, stderr=pipe or log,
                                   text=True)
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


def node(lab, redis, store, slots, *options):
    """A node with its simulator; it ends by itself."""
    return running(lab, "run", *lab.at(store), "--redis", redis.url, "--rate",
                   400, "--slots", slots, *options)


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
    its keys are right, and every trade was heard or told as a hole; 2 times in
    the short form, 30 in the long one."""
    wanted = 2 if lab.short else 30
    with hearing(lab) as (redis, listener):
        with node(lab, redis, "restart.db", 40 if lab.short else 400) as process:
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
    channel; 3 times in the short form, 30 in the long one."""
    wanted = 3 if lab.short else 30
    with hearing(lab) as (redis, listener):
        with node(lab, redis, "flush.db", 40 if lab.short else 300) as process:
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


def redis_slow_subscriber(lab, _):
    """A subscriber that does not read: Redis cuts it, nobody else notices, and
    the node holds no more than without it."""
    slots = 40 if lab.short else 300
    settings = [("--client-output-buffer-limit", "pubsub 1mb 512kb 5")]
    used = []
    for is_slow in (False, True):
        with hearing(lab, settings) as (redis, listener):
            slow = socket.socket()
            # Small, so that the kernel does not read in its place.
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", redis.port))
            if is_slow:
                slow.sendall(b"PSUBSCRIBE *\r\n")
            store = f"slow-{is_slow}.db"
            with node(lab, redis, store, slots) as process, slow:
                while process.poll() is None:
                    with contextlib.suppress(StopIteration, OSError):
                        most = memory_of(process)
                    time.sleep(0.05)
                await_end(lab, process)
                own = f"addr={':'.join(map(str, slow.getsockname()))} "
                is_there = own in redis.command("CLIENT", "LIST")
            used.append(most)
            if is_there == is_slow:
                raise Failed("Redis did not cut the subscriber" if is_slow
                             else "an idle client was cut")
            heard = listener.finish()
        subscriber.check_all(heard, lambda x, of=store: lab.dump(of, x))
        lab.remove(store)
    if used[1] > used[0] * 1.3 + (64 << 20):
        raise Failed(f"{used[1]} bytes with it, {used[0]} without")
    return {"memory_bytes": used[0], "memory_bytes_with": used[1]}


def redis_zombie(lab, chance):
    """SIGSTOP a node, let a second one take its store over, SIGCONT the first:
    it publishes nothing any more, and the keys are the second one's; once in
    the short form, 20 times in the long one."""
    rounds = 1 if lab.short else 20
    stale = 0
    for i in range(rounds):
        store = f"postgres:redis_zombie_{i}"
        with hearing(lab) as (redis, listener), running(
                lab, "simulate", "--listen", "127.0.0.1:0", "--linger",
                "--rate", 400, "--slots", 50,
                pipe=subprocess.PIPE) as market:
            url = "http://" + market.stderr.readline().strip().split("http://")[1]
            words = ["run", *lab.at(store), "--redis", redis.url,
                     "--endpoint", url]
            with running(lab, *words, log_name="zombie.log") as zombie:
                await_trades(listener, zombie, chance.randrange(200, 1500))
                zombie.send_signal(signal.SIGSTOP)
                with running(lab, *words) as heir:
                    if not await_trades(listener, heir, 300):
                        raise Failed("the second node ended by itself")
                    owner = redis.command("GET", "pumpscope:owner")
                    time.sleep(chance.uniform(0, 6))
                    zombie.send_signal(signal.SIGCONT)
                    if zombie.wait(PATIENCE_SECONDS) != 1:
                        raise Failed(f"it ended with {zombie.returncode}")
                    # None: the machine stood still for 30 s and it lapsed.
                    after = redis.command("GET", "pumpscope:owner") or owner
                    while listener.progress()["quiet_ms"] < 4_000:
                        time.sleep(0.1)
                    heir.send_signal(signal.SIGINT)
                    await_end(lab, heir)
            heard = listener.finish()
        if heard["stale"] != 0:
            raise Failed(f"{heard['stale']} messages of the first node came "
                         "after those of the second")
        if owner != after or not owner.endswith(":" + heard["fence"]):
            raise Failed(f"the owner went from {owner} to {after}")
        stale += heard["stale"]
        line = subscriber.check_all(
            heard, lambda x, of=store: lab.dump(of, x), restarted=True)
        lab.remove(store)
    return {"takeovers": rounds, "stale": stale, **line}


REDIS_CASES = {
    "redis-restart": redis_restart,
    "redis-flush": redis_flush,
    "redis-slow-subscriber": redis_slow_subscriber,
    "redis-zombie": redis_zombie,
}
