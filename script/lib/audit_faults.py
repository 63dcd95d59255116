"""Cases of script/faults about the audit of a running node."""

import contextlib
import signal
import subprocess
import time

from fault_lab import Failed

# What design and issue promise: a state that is touched is found in a minute.
FOUND_WITHIN_SECONDS = 60
PATIENCE_SECONDS = 120

# Table, key column, kind in the table of incidents, and what is done to a row.
CORRUPTIONS = (
    ("wallet", "wallet", 0, "realized = realized + 1"),
    ("position", "wallet", 0, "units = units + 1"),
    ("position", "wallet", 0, "realized = realized - 1000000"),
    ("token", "mint", 1, "market_cap = market_cap + 1"),
    ("token", "mint", 1, "reserve_breaks = reserve_breaks + 1"),
    ("token", "mint", 1, "extra = set_byte(extra, 20, get_byte(extra, 20) # 1)"),
)


@contextlib.contextmanager
def running_node(lab, store, *options):
    """A node on the built-in simulator; stopped gracefully at the end."""
    with open(lab.folder / "node.log", "wb") as log:
        process = subprocess.Popen(
            lab.command("run", *lab.at(store), *options), cwd=lab.folder,
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


def audit_repair(lab, chance):
    """Corrupt random rows of states under a running node: the audit finds each
    that is not overwritten within 60 s, keeps the incident and repairs it;
    verify agrees; 1 row in the short form, 50 in the long one."""
    wanted = lab.wanted(1, 50)
    store = "postgres:audit"
    schema = "audit"
    found = overwritten = 0
    slowest = 0.0
    # So few live actors that states are loaded again from their rows.
    with running_node(lab, store, "--rate", "200", "--wallets", "100",
                      "--tokens", "10", "--live-wallets", "1",
                      "--live-tokens", "1", "--checkpoint-interval", "200ms",
                      "--partitions", "4", "--seed",
                      str(chance.randrange(1, 1 << 31))) as node:
        enough, _ = await_rows(
            lab, node, f"SELECT 1 FROM {schema}.position HAVING count(*) > 50",
            PATIENCE_SECONDS)
        if not enough:
            raise Failed("the node made no positions: " + log_of(lab))
        while found < wanted:
            if overwritten > 3 * wanted + 3:
                raise Failed(f"{overwritten} rows were overwritten, only "
                             f"{found} found")
            table, column, kind, change = chance.choice(CORRUPTIONS)
            last = int(lab.postgres.query(
                f"SELECT coalesce(max(number), 0) FROM {schema}.audit"))
            key = lab.postgres.query(
                f"UPDATE {schema}.{table} SET {change} WHERE ctid = (SELECT "
                f"ctid FROM {schema}.{table} ORDER BY random() LIMIT 1) "
                f"RETURNING encode({column}, 'hex'), xmin").splitlines()
            key, _, version = (key or [""])[0].partition("|")
            if len(key) != 64:
                # Rewritten in this very moment.
                continue
            incident, seconds = await_incident(
                lab, node, f"{schema}.{table}", version,
                f"SELECT what FROM {schema}.audit WHERE number > {last} AND "
                f"kind = {kind} AND key = '\\x{key}'")
            if incident:
                found += 1
                slowest = max(slowest, seconds)
            else:
                overwritten += 1
        open_repairs = f"SELECT 1 FROM {schema}.repair HAVING count(*) = 0"
        if not await_rows(lab, node, open_repairs, PATIENCE_SECONDS)[0]:
            raise Failed("repairs stay open: " + log_of(lab))
    report = lab.verify(store)
    if report["mismatches"] != 0 or report["repairs_open"] != 0:
        raise Failed(f"after {found} incidents: {report}")
    lab.remove(store)
    return {"found": found, "overwritten": overwritten,
            "found_seconds_max": round(slowest, 1)}


AUDIT_CASES = {"audit-repair": audit_repair}
