"""Cases of script/faults about the audit of a running node."""

import collections
import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
import urllib.request

from fault_lab import Failed
from recount import base58

# What design and issue promise: a state that is touched is found in a minute.
FOUND_WITHIN_SECONDS = 60
PATIENCE_SECONDS = 120
ADMIN_TOKEN = "audit-faults"
KINDS = ("wallet", "token")
# Of one store, in the long form.
FOUND_PER_STORE = 5

# Table, key column, kind in the table of incidents, what is done to a row, and
# what takes it back.
FLIP = "extra = set_byte(extra, 20, get_byte(extra, 20) # 1)"
CORRUPTIONS = (
    ("wallet", "wallet", 0, "realized = realized + 1",
     "realized = realized - 1"),
    ("position", "wallet", 0, "units = units + 1", "units = units - 1"),
    ("position", "wallet", 0, "realized = realized - 1000000",
     "realized = realized + 1000000"),
    ("token", "mint", 1, "market_cap = market_cap + 1",
     "market_cap = market_cap - 1"),
    ("token", "mint", 1, "reserve_breaks = reserve_breaks + 1",
     "reserve_breaks = reserve_breaks - 1"),
    ("token", "mint", 1, FLIP, FLIP),
)


@contextlib.contextmanager
def running_node(lab, store, *options):
    """A node on the built-in simulator; stopped gracefully at the end."""
    with open(lab.folder / "node.log", "wb") as log:
        process = subprocess.Popen(
            lab.command("run", *lab.at(store), "--http", "127.0.0.1:0",
                        *options), cwd=lab.folder,
            env={**os.environ, "PUMPSCOPE_CONSOLE_TOKEN": ADMIN_TOKEN},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield process
        process.send_signal(signal.SIGINT)
        if process.wait(PATIENCE_SECONDS) != 0:
            raise Failed("the node did not end well: " + log_of(lab))
    finally:
        process.kill()
        process.wait()


def log_of(lab):
    return (lab.folder / "node.log").read_text(errors="replace")[-800:]


def await_rows(lab, process, sql, patience):
    """Waits for a query to answer something; returns it and the seconds."""
    start = time.monotonic()
    while time.monotonic() - start < patience:
        if process.poll() is not None:
            raise Failed("the node ended: " + log_of(lab))
        try:
            if rows := lab.postgres.query(sql):
                return rows, time.monotonic() - start
        except subprocess.CalledProcessError:
            # There is no such table yet.
            pass
        time.sleep(0.2)
    return "", time.monotonic() - start


def await_incident(lab, process, table, version, sql):
    """Waits for the incident of a row that was corrupted in this version;
    returns it and the seconds. Nothing when the row was written again without
    one."""
    start = time.monotonic()
    rewritten_at = None
    while time.monotonic() - start < FOUND_WITHIN_SECONDS:
        found, _ = await_rows(lab, process, sql, 0.1)
        if found:
            return found, time.monotonic() - start
        if rewritten_at is None and lab.postgres.query(
                f"SELECT count(*) FROM {table} WHERE xmin::text = "
                f"'{version}'") == "0":
            rewritten_at = time.monotonic()
        # A repair is told before, but read later.
        if rewritten_at and time.monotonic() - rewritten_at > 3:
            break
    return "", time.monotonic() - start


def fold_again(lab, kind, key):
    """What an operator does who does not want to wait for the audit."""
    url, = re.findall(r"http://127\.0\.0\.1:\d+",
                      (lab.folder / "node.log").read_text(errors="replace"))[:1]
    request = urllib.request.Request(
        url + "/console/api/actions",
        json.dumps({"action": "refold", "kind": kind, "key": key}).encode(),
        {"Authorization": "Bearer " + ADMIN_TOKEN,
         "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        answer.read()


def await_verified(lab, store):
    """Waits until verify agrees, beside the running node."""
    end = time.monotonic() + FOUND_WITHIN_SECONDS
    while True:
        try:
            return lab.verify(store)
        except Failed:
            if time.monotonic() > end:
                raise
        time.sleep(2)


def audit_repair(lab, chance):
    """Corrupt random rows of states under a running node: the audit finds each
    that is touched and not overwritten within 60 s, keeps the incident and
    repairs it; what was overwritten is folded again by the console; verify
    agrees; 1 row in the short form, with an audit that is quicker, 50 in the
    long one."""
    wanted = lab.wanted(1, 50)
    counts = collections.Counter()
    slowest = 0.0
    stores = 0
    # A new market each time: in an old one a token has so many trades that
    # nearly all of the audit is about the few tokens.
    while counts["found"] < wanted:
        slowest = max(slowest, repaired_store(
            lab, chance, f"audit_{stores}", wanted,
            min(wanted, counts["found"] + FOUND_PER_STORE), counts))
        stores += 1
    return {**counts, "stores": stores, "found_seconds_max": round(slowest, 1)}


def repaired_store(lab, chance, schema, wanted, goal, counts):
    """Corrupts rows until so many were found, and sees that all are repaired;
    returns what the slowest one took."""
    store = f"postgres:{schema}"
    found_before = counts["found"]
    slowest = 0.0
    rewritten = set()
    # So few live actors that states are loaded again from their rows.
    with running_node(lab, store, "--rate", "200", "--wallets", "100",
                      "--tokens", "10", "--live-wallets", "1",
                      "--live-tokens", "1", "--checkpoint-interval", "200ms",
                      "--partitions", "4", "--audit-keys-per-minute",
                      "6000" if lab.short else "200", "--seed",
                      str(chance.randrange(1, 1 << 31))) as node:
        enough, _ = await_rows(
            lab, node, f"SELECT 1 FROM {schema}.position HAVING count(*) > 50",
            PATIENCE_SECONDS)
        if not enough:
            raise Failed("the node made no positions: " + log_of(lab))
        while counts["found"] < goal:
            if counts["overwritten"] + counts["untouched"] > 10 * wanted + 30:
                raise Failed(f"too few rows were found: {dict(counts)}")
            table, column, kind, change, undo = chance.choice(CORRUPTIONS)
            last = int(lab.postgres.query(
                f"SELECT coalesce(max(number), 0) FROM {schema}.audit"))
            # Of whom traded just now and may soon again: others are not touched.
            active = (f"SELECT {column} FROM {schema}.trade WHERE jpos > "
                      f"(SELECT jpos - 200 FROM {schema}.head)")
            row = lab.postgres.query(
                f"UPDATE {schema}.{table} SET {change} WHERE ctid = (SELECT "
                f"ctid FROM {schema}.{table} WHERE {column} IN ({active}) "
                f"ORDER BY random() LIMIT 1) "
                f"RETURNING encode({column}, 'hex'), ctid, xmin").splitlines()
            if not row or row[0].count("|") != 2:
                # Rewritten in this very moment.
                continue
            key, place, version = row[0].split("|")
            incident, seconds = await_incident(
                lab, node, f"{schema}.{table}", version,
                f"SELECT what FROM {schema}.audit WHERE number > {last} AND "
                f"kind = {kind} AND key = '\\x{key}'")
            if incident:
                counts["found"] += 1
                slowest = max(slowest, seconds)
            elif lab.postgres.query(
                    f"UPDATE {schema}.{table} SET {undo} WHERE ctid = "
                    f"'{place}' AND xmin = '{version}' RETURNING 1"):
                # Of a key that nobody traded: it is met by chance some day.
                counts["untouched"] += 1
            else:
                counts["overwritten"] += 1
                rewritten.add((KINDS[kind], base58(bytes.fromhex(key))))
        # A row may have been rewritten by an entity that was loaded from it:
        # then it is still wrong, and the audit meets it among thousands of keys
        # some day. Nothing else is wrong.
        for key in rewritten:
            fold_again(lab, *key)
        await_verified(lab, store)
        open_repairs = f"SELECT 1 FROM {schema}.repair HAVING count(*) = 0"
        if not await_rows(lab, node, open_repairs, PATIENCE_SECONDS)[0]:
            raise Failed("repairs stay open: " + log_of(lab))
    report = lab.verify(store)
    if report["mismatches"] != 0 or report["repairs_open"] != 0:
        raise Failed(f"after {dict(counts)}: {report}")
    listed = [json.loads(x) for x in
              lab.run("audit", "list", *lab.at(store)).splitlines()]
    if (len(listed) < counts["found"] - found_before
            or not all(x["what"] for x in listed)):
        raise Failed(f"{dict(counts)}, listed are {listed}")
    lab.remove(store)
    return slowest


STATES = ("wallet", "position", "token", "candle", "wallet_bucket", "cursor")


def changed(chance, column, value):
    """A value that is not the one that is stored."""
    if column == "graduated":
        return 1 - value
    if isinstance(value, bytes):
        if not value:
            return b"\x01"
        place = chance.randrange(len(value))
        flipped = value[place] ^ (1 << chance.randrange(8))
        return value[:place] + bytes([flipped]) + value[place + 1:]
    if isinstance(value, str):
        return value + "x"
    # Never back: an earlier cursor is the truth where nothing came since.
    return value + chance.randrange(1, 1 << 20)


class SqliteRows:
    """Corrupts single values of a store in a file."""

    def __init__(self, lab, store, chance):
        self.base = sqlite3.connect(lab.folder / store)
        self.chance = chance

    def close(self):
        self.base.close()

    def columns(self, table):
        return [x[1] for x in self.base.execute(f"PRAGMA table_info({table})")
                if x[5] == 0]

    def corrupt(self, table, column):
        keys = [x[1] for x in self.base.execute(f"PRAGMA table_info({table})")
                if x[5] > 0]
        *key, old = self.base.execute(
            f"SELECT {', '.join(keys)}, {column} FROM {table} "
            f"ORDER BY random() LIMIT 1").fetchone()
        where = " AND ".join(f"{x} = ?" for x in keys)

        def write(value):
            self.base.execute(
                f"UPDATE {table} SET {column} = ? WHERE {where}", (value, *key))
            self.base.commit()

        write(changed(self.chance, column, old))
        return lambda: write(old)


class PostgresRows:
    """Corrupts single values of a store in a schema."""

    CHANGES = {
        "bytea": "CASE WHEN length({0}) = 0 THEN '\\x01'::bytea ELSE set_byte("
                 "{0}, {1} % length({0}), get_byte({0}, {1} % length({0})) # "
                 "(1 << {2})) END",
        "text": "{0} || 'x'",
        "boolean": "NOT {0}",
        "numeric": "coalesce({0}, 0) + {1} + 1",
        "bigint": "{0} + {1} + 1",
        # Half of all partitions away.
        "smallint": "({0} + 512) % 1024",
    }

    def __init__(self, lab, store, chance):
        self.query = lab.postgres.query
        self.schema = store.partition(":")[2]
        self.chance = chance

    def close(self):
        pass

    def columns(self, table):
        """But keys, and the fence, which is no state."""
        return self.query(
            "SELECT attname FROM pg_attribute WHERE attrelid = "
            f"'{self.schema}.{table}'::regclass AND attnum > 0 AND attnum <> "
            "ALL (SELECT unnest(indkey) FROM pg_index WHERE indisprimary AND "
            f"indrelid = '{self.schema}.{table}'::regclass) AND attname <> "
            "'fence'").splitlines()

    def corrupt(self, table, column):
        name = f"{self.schema}.{table}"
        kind = self.query(
            "SELECT data_type FROM information_schema.columns WHERE "
            f"table_schema = '{self.schema}' AND table_name = '{table}' AND "
            f"column_name = '{column}'")
        change = self.CHANGES[kind].format(
            column, self.chance.randrange(1 << 20), self.chance.randrange(8))
        self.query(f"CREATE TABLE {self.schema}.kept AS SELECT * FROM {name} "
                   "ORDER BY random() LIMIT 1")
        keys = self.query(
            "SELECT attname FROM pg_attribute WHERE attrelid = "
            f"'{name}'::regclass AND attnum = ANY (SELECT unnest(indkey) FROM "
            f"pg_index WHERE indisprimary AND indrelid = '{name}'::regclass)")
        where = " AND ".join(f"t.{x} = k.{x}" for x in keys.splitlines())
        write = (f"UPDATE {name} t SET {column} = {{}} FROM "
                 f"{self.schema}.kept k WHERE {where}")
        self.query(write.format(change.replace(column, f"t.{column}")))

        def restore():
            self.query(write.format(f"k.{column}"))
            self.query(f"DROP TABLE {self.schema}.kept")

        return restore


def verify_corruption(lab, chance):
    """Corrupt one value of one row, in turn each column of each kind of state,
    in either store: verify finds it; 1 round in the short form, 10 in the long
    one."""
    recording, _ = lab.recording(trades=1_000 if lab.short else 5_000)
    found = {}
    for store, rows in (("corrupted.db", SqliteRows),
                        ("postgres:corrupted", PostgresRows)):
        lab.replay(store, recording)
        with contextlib.closing(rows(lab, store, chance)) as values:
            for table in STATES * (1 if lab.short else 10):
                for column in values.columns(table):
                    restore = values.corrupt(table, column)
                    done = subprocess.run(
                        lab.command("verify", *lab.at(store)), cwd=lab.folder,
                        stdin=subprocess.DEVNULL, capture_output=True,
                        timeout=PATIENCE_SECONDS)
                    restore()
                    if done.returncode != 1:
                        raise Failed(f"{store}: verify ended with "
                                     f"{done.returncode} although a "
                                     f"{table}.{column} is corrupt")
                    found[table] = found.get(table, 0) + 1
        if lab.verify(store)["mismatches"] != 0:
            raise Failed(f"{store}: verify finds what was restored")
        lab.remove(store)
    return {"found": found}


AUDIT_CASES = {"audit-repair": audit_repair,
               "verify-corruption": verify_corruption}
