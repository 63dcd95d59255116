"""Compares what a store dumps with the market's own totals and with a recount.

Used by script/faults. Every function raises `recount.Differs` and returns
figures for the case's line.
"""

import csv
import hashlib
import io
from collections import defaultdict

from recount import (ALPHABET, EVENT_NAMES, INTERVALS, USDC, WSOL, Differs,
                     Recount, require)

__all__ = ["Differs", "Recount", "check", "messages_of", "unbase58"]

MONEY_NAMES = {"SOL": WSOL, "USDC": USDC}


def unbase58(text, size):
    """The bytes of a key or signature."""
    number = 0
    for digit in text:
        number = number * 58 + ALPHABET.index(digit)
    return number.to_bytes(size, "big")


def messages_of(recording):
    """The messages of a plain recording, each with its length in front."""
    at = 0
    while at < len(recording):
        start, size, shift = at, 0, 0
        while recording[at] >= 128:
            size |= (recording[at] & 127) << shift
            shift += 7
            at += 1
        size |= recording[at] << shift
        at += 1 + size
        yield recording[start:at]


def rows_of(text):
    """Rows of a dump as dictionaries; whole numbers become integers."""
    def value(x):
        return int(x) if x.lstrip("-").isdigit() else x
    return [{name: value(x) for name, x in row.items()}
            for row in csv.DictReader(io.StringIO(text))]


def sums(rows, group, columns):
    """Sums of columns by the values of others."""
    result = defaultdict(lambda: [0] * len(columns))
    for row in rows:
        total = result[tuple(row[x] for x in group)]
        for i, name in enumerate(columns):
            total[i] += row[name]
    return result


def check_totals(made, dumps, summary, journal):
    """Every total that the simulator prints, against the dumps."""
    trades, positions = dumps["trades"], dumps["positions"]
    found = {
        "trades": len(trades),
        "buys": sum(x["side"] == "buy" for x in trades),
        "sells": sum(x["side"] == "sell" for x in trades),
        "tokens": len({x["mint"] for x in positions}),
        "wallets": len({x["wallet"] for x in positions}),
        "positions": len(positions),
        "ignored": summary["run_ignored"],
        "failed_transactions": summary["run_failed_transactions"],
        "positions_sha256": dumps["positions_sha256"],
    }
    for kind, name in EVENT_NAMES.items():
        found[name] = journal.events[kind]
    volume = sums(trades, ["quote_mint"], ["quote_units"])
    names = ["realized", "realized_gross", "realized_fifo"]
    pnl = sums(positions, ["quote_mint"], names)
    found["volume"] = {x: str(volume[mint,][0])
                       for x, mint in MONEY_NAMES.items()}
    for i, name in enumerate(names):
        found[name] = {x: str(pnl[mint,][i])
                       for x, mint in MONEY_NAMES.items()}
    require(sorted(found), sorted(made), "names of the totals")
    for name, value in made.items():
        require(found[name], value, f"true total {name}")
    return {"totals": len(made)}


def check_recount(journal, dumps, chain_time):
    """Every row of every dump, against the recount."""
    names = ("slot tx_index ix_path signature block_time program side wallet "
             "mint quote_mint token_units quote_units fee_units "
             "net_quote_units").split()
    compare("trades", dumps["trades"], names[:3],
            {x[:3]: x for x in journal.trades}, names)
    compare("positions", dumps["positions"], ["wallet", "mint", "quote_mint"],
            {key: x.row() for key, x in journal.positions.items()})
    candles = [{**x, **{y: float(x[y]) for y in
                        ("open", "high", "low", "close")}}
               for x in dumps["candles"]]
    compare("candles", candles,
            ["mint", "quote_mint", "interval", "open_time"], journal.candles())
    boards = 0
    for (window, by), rows in dumps["boards"].items():
        expected = journal.board(window, by, chain_time)
        boards += len(expected)
        require([tuple(x.values()) for x in rows], expected,
                f"leaderboard {window} {by}")
    # A wallet's money is the sum over its positions in the dump.
    columns = ("realized realized_gross realized_fifo invested proceeds "
               "realizations wins").split()
    in_sol = [x for x in dumps["positions"] if x["quote_mint"] == WSOL]
    money = sums(in_sol, ["wallet"], columns)
    tokens = sums([{**x, "one": 1} for x in in_sol], ["wallet"], ["one"])
    compare("wallets", dumps["wallets"], ["wallet"], {
        (name,): (len(x.trades), *money[name,], *x.streaks(),
                  *tokens[name,])
        for name, x in journal.wallets.items()})
    return {"candles": len(candles), "board_rows": boards,
            "reserve_joins": journal.joins,
            "curve_joins": journal.curve_joins}


def compare(what, rows, key_names, expected, value_names=None):
    found = {}
    for row in rows:
        key = tuple(row[x] for x in key_names)
        values = [row[x] for x in value_names or row
                  if value_names or x not in key_names]
        if key in found:
            require("twice", "once", f"{what} {key}")
        found[key] = tuple(values)
    for key in found.keys() | expected.keys():
        require(found.get(key), expected.get(key), f"{what} {key}")


def check_identities(journal, dumps):
    """What must be so whatever the trades are; concepts/accounting, proofs."""
    for x in dumps["positions"]:
        what = f"conservation of {x['wallet']} in {x['mint']}"
        cost_out = x["proceeds"] - x["unmatched_proceeds"] - x["realized"]
        require(cost_out + x["cost_basis"], x["invested"], what)
        matched = x["sold_units"] - x["unmatched_units"]
        require(matched + x["units"], x["bought_units"], what)
        if x["units"] == 0:
            require(x["realized_fifo"], x["realized"], what + ", closed")
        bounds = 0 <= x["wins"] <= x["realizations"] <= x["sells"]
        require(bounds and x["units"] >= 0, True, what + ", bounds")
    # Ledgers and journal.
    group = ["mint", "quote_mint"]
    legs = ["token_units", "net_quote_units"]
    for side, columns in (("buy", ["bought_units", "invested"]),
                          ("sell", ["sold_units", "proceeds"])):
        traded = sums([x for x in dumps["trades"] if x["side"] == side],
                      group, legs)
        held = sums(dumps["positions"], group, columns)
        for key in traded.keys() | held.keys():
            require(held[key], traded[key], f"ledgers of {key}, {side}")
    # Charts, off-venue volume and journal, in every interval.
    traded = sums([{**x, "one": 1} for x in dumps["trades"]], group,
                  ["quote_units", "one"])
    for name, _ in INTERVALS:
        bars = [x for x in dumps["candles"] if x["interval"] == name]
        charted = sums(bars, group, ["volume_quote", "trades"])
        for key, total in traded.items():
            off = journal.off_venue.get(key, [0, 0])
            require([a + b for a, b in zip(charted[key], off)], total,
                    f"candles {name} and off-venue volume of {key}")
    for x in dumps["candles"]:
        what = f"bar {x['mint']} {x['interval']} {x['open_time']}"
        require(x["buys"] + x["sells"], x["trades"], what)
        require(x["buy_volume_quote"] + x["sell_volume_quote"],
                x["volume_quote"], what)
        prices = [float(x[y]) for y in ("low", "open", "close", "high")]
        require((min(prices), max(prices)), (prices[0], prices[3]), what)
    return {"positions": len(dumps["positions"])}


def check(store, texts, made, summary):
    """All of the above. `texts` are dumps by their arguments; `made` is what
    the simulator printed, `summary` what the replay did."""
    dumps = {x: rows_of(texts[x])
             for x in ("trades", "positions", "wallets", "candles")}
    dumps["positions_sha256"] = hashlib.sha256(
        texts["positions"].encode()).hexdigest()
    dumps["boards"] = {
        (words[2], words[4]): rows_of(text) for name, text in texts.items()
        if (words := name.split())[0] == "leaderboard"}
    journal = Recount(store)
    figures = {"trades": len(journal.trades), "tokens": len(journal.tokens),
               "wallets": len(dumps["wallets"])}
    figures.update(check_totals(made, dumps, summary, journal))
    figures.update(check_recount(journal, dumps, summary["chain_time"]))
    figures.update(check_identities(journal, dumps))
    require(journal.breaks, 0, "reserve breaks")
    require(journal.curve_breaks, 0, "breaks of real reserves")
    return figures
