"""A subscriber of what is published on Redis, and what it must have seen.

Used by tests/integration/redis-subscriber and script/faults. What the rules are
is told in docs/reference/redis.md.
"""

import csv
import io
import json
import os
import re
import subprocess
from pathlib import Path

from fault_lab import Failed

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "tests" / "integration" / "redis-subscriber"
SCHEMAS = ROOT / "docs" / "reference" / "schemas"
PATIENCE_SECONDS = 120
KEY = "[1-9A-HJ-NP-Za-km-z]{32,44}"
# Pattern of a key -> its type and its longest lifetime; none = it stays.
LIFETIMES = [
    (f"token:{KEY}", "hash", 172_800), (f"token:{KEY}:metrics", "hash", 172_800),
    (f"token:{KEY}:24h", "hash", 86_400), (f"token:{KEY}:prices", "zset", 86_400),
    ("tokens:by_volume", "zset", None), ("tokens:by_mcap", "zset", None),
    (f"wallet:{KEY}", "string", 60), ("leaderboard:(24h|7d|all)", "string", None),
    ("market", "string", None), ("pumpscope:owner", "string", 30),
    ("socket[.]io", "stream", None)]
SOL = "So11111111111111111111111111111111111111112"
TOTALS = ("trades realized realized_gross realized_fifo invested proceeds "
          "realizations wins loss_streak_max loss_streak_worst tokens").split()
CANDLE = ("volume_quote volume_token buy_volume_quote sell_volume_quote trades "
          "buys sells wallets").split()


def packages():
    """Where script/test installs the npm packages; None when it did not."""
    folder = Path(os.environ.get(
        "PUMPSCOPE_REDIS_SUBSCRIBER",
        ROOT / "build" / "tests" / "integration" / "redis-subscriber"))
    return folder if (folder / "node_modules" / "ioredis").is_dir() else None


class Program:
    """A Node program of tests/integration/redis-subscriber."""

    def __init__(self, name, folder, *arguments):
        if packages() is None:
            raise Failed("the npm packages of tests/integration/"
                         "redis-subscriber are not installed: run script/test")
        self.log = folder / f"{name}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["node", SOURCES / name, *map(str, arguments)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True)
        if self.process.stdout.readline().strip() != "ready":
            self.close()
            raise Failed(f"{name} does not start: "
                         + self.log.read_text(errors="replace")[-800:])

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def stop(self, out):
        """Ends it; returns the document that it wrote."""
        self.ask("stop")
        if self.process.wait(PATIENCE_SECONDS) != 0:
            raise Failed("a subscriber failed: "
                         + self.log.read_text(errors="replace")[-800:])
        return json.loads(out.read_text())

    def close(self):
        self.process.kill()
        self.process.wait()


class Subscriber(Program):
    """Hears everything that is published under a prefix."""

    def __init__(self, url, folder, prefix="", name="heard.json"):
        self.out = folder / name
        super().__init__("subscriber.mjs", folder, url, SCHEMAS, packages(),
                         self.out, prefix)

    def progress(self):
        self.ask("progress")
        return json.loads(self.process.stdout.readline())

    def finish(self):
        return self.stop(self.out)


def require(ok, what):
    if not ok:
        raise Failed(what)


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def check_trades(heard, rows):
    """No trade was heard that the store has not. Returns those of the store
    that were not heard."""
    names = ("slot", "tx_index", "ix_path", "signature", "mint")
    stored = {tuple(x[name] for name in names) for x in rows}
    found = {tuple(map(str, x)): int(seq) for seq, x in heard["trades"].items()}
    require(len(found) == len(heard["trades"]),
            "a trade was told under two numbers")
    surplus = set(found) - stored
    require(not surplus, f"{len(surplus)} trades were published that the store "
            f"has not, e.g. {next(iter(surplus), '')}")
    return stored - set(found)


def check_missing(heard, missing, jpos_of):
    """Each trade that was not heard is in a hole that was told, or older than
    the subscriber's own last return."""
    holes = {}
    for channel, after, up_to in heard["holes"]:
        holes.setdefault(channel, []).append((int(after), int(up_to)))
    returned = max(map(int, heard["reconnects"]), default=0)
    for trade in missing:
        jpos = jpos_of[trade[:3]]
        channel = "trade:" + trade[4]
        if any(a < jpos <= b for a, b in holes.get(channel, [])):
            continue
        last = int(heard["last"].get(channel, {"seq": 0})["seq"])
        # Without a later message only the return tells.
        require(last < jpos < returned,
                f"trade {trade} at {jpos} was neither heard nor told as a hole")


def differing(found, row, columns):
    """The first difference between data and a row of a dump, as a text."""
    if found is None:
        return "was never published"
    return next((f"{x} is {found[x]}, the store has {row[x]}" for x in columns
                 if str(found[x]) != row[x]), None)


def check_wallets(heard, totals, positions, killed=False):
    """The last message of each wallet, against the dumps. A process that was
    killed may leave the last change of one untold: then they are counted."""
    late = []
    wallets, rows = rows_of(totals), rows_of(positions)
    for row in wallets:
        x = heard["last"].get("wallet:" + row["wallet"], {"data": None})
        if why := differing(x["data"], row, TOTALS):
            late.append(f"wallet {row['wallet']}: {why}")
    for row in rows:
        name = " ".join(row[x] for x in ("wallet", "mint", "quote_mint"))
        columns = [x for x in row if x != "wallet"]
        if why := differing(heard["positions"].get(name), row, columns):
            late.append(f"position {name}: {why}")
    require(killed or not late, f"{len(late)} differ, e.g. {late[:1]}")
    return {"wallets": len(wallets), "positions": len(rows),
            "wallets_untold": len(late)}


def check_tokens(heard, metrics):
    """The last message of each token, against the dump."""
    rows = rows_of(metrics)
    for row in rows:
        x = heard["last"].get("token:" + row["mint"])
        require(x is not None, f"token {row['mint']} was never published")
        data = x["data"]
        day, hour = data["windows"]["24h"], data["windows"]["1h"]
        found = {"quote_mint": data["quote_mint"],
                 "market_cap": data["market_cap"],
                 "liquidity": data["liquidity"], "progress": data["progress"],
                 "volume_24h": day["volume_quote"], "trades_24h": day["trades"],
                 "buys_24h": day["buys"], "sells_24h": day["sells"],
                 "price_change_1h": hour["price_change"],
                 "price_change_24h": day["price_change"],
                 "holders_traded": data["holders_traded"]}
        # The dump has scores of fewer tokens.
        found.update({y: data[y] for y in ("score", "score_seed") if row[y]})
        for column, value in found.items():
            same = (row[column] == "" if value is None
                    else float(row[column] or "nan") == value
                    if isinstance(value, float) else str(value) == row[column])
            require(same, f"token {row['mint']}: {column} is {value}, the store "
                    f"has {row[column]}")
    market = heard["last"]["market"]["data"]
    # Tokens that nobody traded for a day are in the sums with nothing.
    of_sol = [x for x in rows if x["quote_mint"] == SOL]
    for column in ("volume_24h", "trades_24h", "buys_24h", "sells_24h"):
        total = sum(int(x[column]) for x in of_sol)
        require(int(market[column]) == total,
                f"market: {column} is {market[column]}, the store has {total}")
    return {"tokens": len(rows)}


def check_candles(heard, dump, killed=False):
    """The last message of each candle, against the dump; as `check_wallets`.
    Returns how many of the dump were heard."""
    rows = {(x["mint"], x["interval"], x["open_time"]): x
            for x in rows_of(dump)}
    compared = 0
    late = []
    for name, x in heard["candles"].items():
        if x["interval"] == "1s":
            continue
        row = rows.get((x["mint"], x["interval"], str(x["time"])))
        require(row is not None, f"candle {name} is not in the store")
        compared += 1
        # The dump has no wallets of long intervals.
        columns = [y for y in CANDLE
                   if y != "wallets" or x["interval"] in ("1m", "5m")]
        if why := differing(x, row, columns):
            late.append(f"candle {name}: {why}")
    require(killed or not late, f"{len(late)} differ, e.g. {late[:1]}")
    return {"candles": compared, "candles_stored": len(rows),
            "candles_untold": len(late)}


def check_board(heard, window, by, dump):
    """The last message of a board, against the first 100 rows of the dump."""
    x = heard["last"].get("leaderboard:" + window)
    require(x is not None, f"leaderboard {window} was never published")
    found = [(y["rank"], y["wallet"], y["pnl_lamports"], y["trades"],
              y["realizations"]) for y in x["data"][by]]
    expected = [tuple(y.values()) for y in rows_of(dump)[:100]]
    require([tuple(map(str, y)) for y in found] == expected,
            f"leaderboard {window} {by} at {x['seq']}: {found[:2]}…, the store "
            f"has {expected[:2]}…; messages: {heard['counts']}")


def check_board_wallets(heard, dump):
    """Rows of boards know as much as the wallets' own messages."""
    tokens = {x["wallet"]: x["tokens"] for x in rows_of(dump)}
    rows = known = 0
    for window in ("24h", "7d", "all"):
        data = heard["last"]["leaderboard:" + window]["data"]
        for row in data["net"] + data["losses"]:
            rows += 1
            # Whoever did not answer in time has nothing.
            if row["tokens"] is None:
                continue
            known += 1
            require(str(row["tokens"]) == tokens[row["wallet"]],
                    f"leaderboard {window}: {row}, the store has "
                    f"{tokens[row['wallet']]} tokens")
            wallet = heard["last"].get("wallet:" + row["wallet"])
            if wallet is not None:
                require((row["risk"], row["coverage"])
                        == (wallet["data"]["risk"], wallet["data"]["coverage"]),
                        f"leaderboard {window}: {row}, the wallet says "
                        f"{wallet['data']}")
    require(known > 0 or rows == 0, "no wallet of a board was known")
    return {"board_rows": rows, "board_rows_known": known}


def parts_of(message, restarted):
    """What two messages of the same number have in common."""
    return {x: y for x, y in message["data"].items()
            if not (restarted and x == "positions")}


def difference(key, message):
    """Where a key and a message differ, as a text."""
    if message is None:
        return "there was none"
    numbers = [[x[y] for y in ("fence", "seq", "rev")] for x in (key, message)]
    fields = {x: (key["data"].get(x), message["data"].get(x))
              for x in key["data"] | message["data"]
              if key["data"].get(x) != message["data"].get(x)}
    return f"{numbers[0]} and {numbers[1]}: {str(fields)[:600]}"


def check_keys(heard, prefix="", restarted=False):
    """Types and lifetimes of all keys, and that they hold the last messages."""
    counts = {}
    for key, x in heard["keys"].items():
        require(key.startswith(prefix), f"key {key} is without prefix")
        name = key[len(prefix):]
        rule = next((y for y in LIFETIMES if re.fullmatch(y[0], name)), None)
        require(rule is not None, f"key {name} is documented nowhere")
        pattern, kind, lifetime = rule
        counts[pattern] = counts.get(pattern, 0) + 1
        require(x["type"] == kind, f"key {name} is a {x['type']}")
        in_time = x["ttl"] == -1 if lifetime is None else 0 <= x["ttl"] <= lifetime
        require(in_time, f"key {name} lives {x['ttl']} s")
        last = heard["last"].get(name)
        if kind == "string" and name != "pumpscope:owner":
            found = json.loads(x["value"])
            # One that was published again differs in time.
            # The market of a new process has other lists at the same number,
            # and a wallet other positions: those that changed since it began.
            same = restarted and name == "market" or (
                last is not None
                and parts_of(found, restarted) == parts_of(last, restarted))
            require(same and found["seq"] == last["seq"],
                    f"key {name} is not the last message: "
                    + difference(found, last))
        if re.fullmatch(f"token:{KEY}", name):
            require(last is not None, f"key {name} without a message")
            data = last["data"]
            require(x["value"]["seq"] == last["seq"]
                    and x["value"]["latest_market_cap"]
                    == (data["market_cap"] or "")
                    and x["value"]["trades"] == str(data["trades"]),
                    f"key {name} is not the last message: {x['value']}")
    for name, last in heard["last"].items():
        if name.startswith("token:"):
            # One that nobody traded has no price.
            priced = [":prices"] if last["data"]["price"] is not None else []
            for part in ("", ":metrics", ":24h", *priced):
                require(prefix + name + part in heard["keys"],
                        f"key {name}{part} is missing")
        elif name == "market" or name.startswith("leaderboard:"):
            require(prefix + name in heard["keys"], f"key {name} is missing")
    return {"keys": sum(counts.values())}


def check_all(heard, dump, prefix="", jpos_of=None, restarted=False,
              killed=False):
    """All of the above. `dump(words)` returns a dump of the store. Without
    `jpos_of` every trade must have been heard; after a restart holes may be
    told that are none, and the market lacks what only a run knows (progress
    before the next trade, wallets of a day). After a kill the last change of a
    wallet or a candle may be untold until its next trade
    (docs/reference/redis.md): these are counted."""
    require(not heard["errors"], f"errors: {heard['errors'][:3]}")
    missing = check_trades(heard, rows_of(dump(["trades"])))
    if jpos_of is None:
        require(not missing, f"{len(missing)} trades were never published")
        require(restarted or not any(x[0].startswith("trade:") for x in heard["holes"]),
                f"holes were told: {heard['holes'][:3]}")
    else:
        check_missing(heard, missing, jpos_of)
    for by in ("net", "losses"):
        for window in ("24h", "7d", "all"):
            check_board(heard, window, by, dump(
                ["leaderboard", "--window", window, "--by", by]))
    return {"messages": heard["counts"], "missing": len(missing),
            "holes": len(heard["holes"]), "duplicates": heard["duplicates"],
            **check_wallets(heard, dump(["wallets"]), dump(["positions"]),
                            killed),
            **check_board_wallets(heard, dump(["wallets"])),
            **check_tokens(heard, dump(["metrics"])),
            **check_candles(heard, dump(["candles"]), killed),
            **check_keys(heard, prefix, restarted)}


def check_keys_only(heard, dump, jpos_of):
    """What must hold for a subscriber that was cut off: no trade lacks without
    a word, and the keys are right, whatever it heard."""
    require(not heard["errors"], f"errors: {heard['errors'][:3]}")
    missing = check_trades(heard, rows_of(dump(["trades"])))
    check_missing(heard, missing, jpos_of)
    values = {name: x["value"] for name, x in heard["keys"].items()}
    for row in rows_of(dump(["metrics"])):
        name = f"token:{row['mint']}:metrics"
        require(name in values, f"key {name} is missing")
        for column in ("market_cap", "liquidity", "volume_24h", "trades_24h",
                       "buys_24h", "sells_24h", "holders_traded"):
            require(values[name][column] == row[column],
                    f"key {name}: {column} is {values[name][column]}, the "
                    f"store has {row[column]}")
    boards = dict(heard, last={})
    for window in ("24h", "7d", "all"):
        require("leaderboard:" + window in values,
                f"key leaderboard:{window} is missing")
        boards["last"]["leaderboard:" + window] = json.loads(
            values["leaderboard:" + window])
        for by in ("net", "losses"):
            check_board(boards, window, by, dump(
                ["leaderboard", "--window", window, "--by", by]))
    totals = {x["wallet"]: x for x in rows_of(dump(["wallets"]))}
    wallets = 0
    for name, value in values.items():
        if name.startswith("wallet:"):
            wallets += 1
            data = json.loads(value)["data"]
            row = totals.get(data["wallet"])
            for column in TOTALS if row else ():
                require(str(data[column]) == row[column],
                        f"key {name}: {column} is {data[column]}, the store "
                        f"has {row[column]}")
    return {"messages": heard["counts"], "missing": len(missing),
            "holes": len(heard["holes"]), "wallet_keys": wallets,
            "reconnects": len(heard["reconnects"]),
            "keys": len(values)}
