"""Counts a store's journal again: positions, wallets, candles, boards.

A third implementation of what the program computes, after its folds and the
one of `verify`, and the only one that shares no code with them: it reads the
SQLite file itself (docs/reference/store.md) and knows docs/concepts only. Exact
integers throughout. Memory: everything. Used by script/faults.
"""

import sqlite3
from collections import defaultdict

WSOL, USDC, USDT = (
    "So11111111111111111111111111111111111111112",
    "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
    "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB")
VAULT = "BwWK17cbHxwWBKZkUYvzxLcNQ1YVyaFezduWbtm2de6s"
MONEY = (WSOL, USDC, USDT)
INTERVALS = (("1m", 60), ("5m", 300), ("15m", 900), ("1h", 3_600),
             ("24h", 86_400))
WINDOWS = {"24h": (300, 86_400), "7d": (3_600, 604_800), "all": None}

INVERTED = 1 << 1

# How fields are packed: u unsigned, s signed, k key, t text.
TRADE = tuple(x.split(":") for x in (
    "s:event_time u:program u:side u:flags u:fee_basis_points s:decimals "
    "k:quote_mint k:pool u:units u:gross s:fees s:net u:base_reserves "
    "u:quote_reserves u:real_token u:real_quote u:pool_base u:pool_quote "
    "u:lp_fee s:virtual_quote").split())
EVENT = tuple(x.split(":") for x in (
    "s:event_time u:program u:flags k:quote_mint k:pool k:creator t:name "
    "t:symbol t:uri u:base_units u:quote_units u:base_reserves "
    "u:quote_reserves u:real_token u:real_quote").split())
(CREATED, COMPLETED, MIGRATED, POOL_CREATED, DEPOSITED, WITHDRAWN,
 PARAMETERS) = range(1, 8)
# The slot turned out not to be on the chain: none of its rows counts.
VOIDED = 10
EVENT_NAMES = {CREATED: "created", COMPLETED: "completed",
               MIGRATED: "migrated", POOL_CREATED: "pools_created",
               DEPOSITED: "deposits", WITHDRAWN: "withdrawals"}

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class Differs(Exception):
    """Something is not what the journal says it is."""


def require(found, expected, what):
    if found != expected:
        raise Differs(f"{what}: {found}, expected {expected}")


def base58(data):
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


class Keys(dict):
    """Base58 of keys, each computed once."""

    def __missing__(self, key):
        self[key] = base58(key)
        return self[key]


KEYS = Keys()
CODED_KEYS = (base58(bytes(32)), *MONEY)
CURVE = CODED_KEYS[0]


def unpack(body, fields):
    """Reads the first fields of a packed row."""
    at = 0
    result = {}

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = body[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    for kind, name in fields:
        value = number()
        if kind == "s":
            value = value >> 1 ^ -(value & 1)
        elif kind == "k":
            if value < len(CODED_KEYS):
                value = CODED_KEYS[value]
            else:
                value = KEYS[body[at:at + 32]]
                at += 32
        elif kind == "t":
            at += value
            value = body[at - value:at]
        result[name] = value
    return result


class Position:
    """What a wallet made of one coin against one quote; concepts/accounting."""

    __slots__ = ("units", "cost", "bought", "sold", "invested", "proceeds",
                 "realized", "gross", "gross_cost", "fifo", "unmatched_units",
                 "unmatched_proceeds", "buys", "sells", "realizations", "wins",
                 "lots", "oldest")

    def __init__(self):
        for name in self.__slots__:
            setattr(self, name, 0)
        self.lots = []

    def buy(self, units, net, gross):
        self.units += units
        self.cost += net
        self.gross_cost += gross
        self.bought += units
        self.invested += net
        self.buys += 1
        self.lots.append([units, net])

    def sell(self, units, net, gross):
        """Returns the realized PnL, None when nothing was matched."""
        self.sold += units
        self.proceeds += net
        self.sells += 1
        matched = min(units, self.units)
        self.unmatched_units += units - matched
        if matched == 0:
            self.unmatched_proceeds += net
            return None
        # Python's division floors, also below zero, as it should.
        cost = self.cost * matched // self.units
        gross_cost = self.gross_cost * matched // self.units
        got = net * matched // units
        fifo_cost = 0
        left = matched
        # A lot of no units but some cost goes with the one before it.
        while self.oldest < len(self.lots) and (
                left or self.lots[self.oldest][0] == 0):
            lot = self.lots[self.oldest]
            take = min(left, lot[0])
            part = lot[1] if take == lot[0] else lot[1] * take // lot[0]
            fifo_cost += part
            left -= take
            lot[0] -= take
            lot[1] -= part
            self.oldest += lot[0] == 0
        self.units -= matched
        self.cost -= cost
        self.gross_cost -= gross_cost
        self.unmatched_proceeds += net - got
        pnl = got - cost
        self.realized += pnl
        self.gross += gross * matched // units - gross_cost
        self.fifo += got - fifo_cost
        self.realizations += 1
        self.wins += pnl > 0
        return pnl

    def row(self):
        return (self.units, self.cost, self.bought, self.sold, self.invested,
                self.proceeds, self.realized, self.gross, self.fifo,
                self.unmatched_units, self.unmatched_proceeds, self.buys,
                self.sells, self.realizations, self.wins)


class Wallet:
    """Trades and realizations of a wallet in SOL, in chain order."""

    __slots__ = ("trades", "realizations")

    def __init__(self):
        self.trades = []
        # (place on the chain, block time, PnL)
        self.realizations = []

    def streaks(self):
        """The longest streak of losses, and the largest sum over one."""
        longest = worst = length = total = 0
        for _, _, pnl in self.realizations:
            length, total = (length + 1, total - pnl) if pnl < 0 else (0, 0)
            longest = max(longest, length)
            worst = max(worst, total)
        return longest, worst


class Token:
    """Leading venue and chains of reserves of a coin."""

    def __init__(self):
        self.curve_seen = self.curve_done = False
        self.named_pool = self.leader = self.leader_rank = None
        self.chains = {}
        # Real token reserves of the curve; None while unknown.
        self.real_token = None

    def leads(self, x, after):
        """Tells whether a trade is in the chart."""
        if x["program"] == 0:
            self.curve_seen = True
            return not self.curve_done
        if self.curve_seen and not self.curve_done:
            return False
        if self.named_pool:
            return x["pool"] == self.named_pool
        depth = (after[0] if x["flags"] & INVERTED
                 else after[1] + x["virtual_quote"])
        rank = (x["quote_mint"] == WSOL, depth)
        if self.leader not in (None, x["pool"]) and rank <= self.leader_rank:
            return False
        self.leader, self.leader_rank = x["pool"], rank
        return True


def reserves_around(x):
    """Reserves of a venue (base, quote) before and after a trade."""
    told = x["base_reserves"], x["quote_reserves"]
    takes_base = (x["side"] == 0) != bool(x["flags"] & INVERTED)
    sign = 1 if takes_base else -1
    base, quote = x["pool_base"], x["pool_quote"]
    if x["program"] == 0:
        return (told[0] + sign * base, told[1] - sign * quote), told
    return told, (told[0] - sign * base,
                  told[1] + sign * quote + x["lp_fee"])


class Candle:
    """One bar of 1m or a merge of such."""

    __slots__ = ("prices", "volumes", "counts", "wallets")

    def __init__(self):
        # open, high, low, close as (quote, token).
        self.prices = None
        # quote, token, quote bought, quote sold
        self.volumes = [0, 0, 0, 0]
        # trades, buys, sells
        self.counts = [0, 0, 0]
        self.wallets = set()

    def add(self, x, price):
        sell = x["side"]
        self.volumes[0] += x["gross"]
        self.volumes[1] += x["units"]
        self.volumes[2 + sell] += x["gross"]
        self.counts[0] += 1
        self.counts[1 + sell] += 1
        self.wallets.add(x["wallet"])
        if price:
            self.add_prices((price, price, price, price))

    def add_prices(self, more):
        if self.prices is None:
            self.prices = more
            return
        first, high, low, _ = self.prices
        if more[1][0] * high[1] > high[0] * more[1][1]:
            high = more[1]
        if more[2][0] * low[1] < low[0] * more[2][1]:
            low = more[2]
        self.prices = first, high, low, more[3]

    def merge(self, x):
        self.volumes = [a + b for a, b in zip(self.volumes, x.volumes)]
        self.counts = [a + b for a, b in zip(self.counts, x.counts)]
        self.wallets |= x.wallets
        if x.prices:
            self.add_prices(x.prices)

    def row(self, seconds):
        # A division of integers is correctly rounded.
        prices = [a / b for a, b in self.prices] if self.prices else [0.0] * 4
        wallets = len(self.wallets) if seconds <= 300 else 0
        return (*prices, *self.volumes, *self.counts, wallets)


class Recount:
    """All that a journal says. `path` is the file of a SQLite store."""

    def __init__(self, path):
        self.positions = defaultdict(Position)
        self.wallets = defaultdict(Wallet)
        self.tokens = defaultdict(Token)
        self.minutes = defaultdict(Candle)
        self.trades = []
        self.volume = defaultdict(int)
        # By (mint, quote mint): gross leg and trades, all and off venue.
        self.flows = defaultdict(lambda: [0, 0])
        self.off_venue = defaultdict(lambda: [0, 0])
        self.events = defaultdict(int)
        self.joins = self.breaks = 0
        self.curve_joins = self.curve_breaks = 0
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            for row in db.execute(
                    "SELECT kind, slot, tx_index, ix_path, block_time, wallet,"
                    " mint, signature, body FROM journal WHERE slot NOT IN"
                    f" (SELECT slot FROM journal WHERE kind = {VOIDED})"
                    " ORDER BY slot, tx_index, ix_path"):
                self.add(*row)
        finally:
            db.close()

    def add(self, kind, slot, tx_index, ix_path, time, wallet, mint, signature,
            body):
        x = unpack(body, EVENT if kind else TRADE)
        x.update(place=(slot, tx_index, ix_path), time=time,
                 wallet=KEYS[wallet], mint=KEYS[mint])
        token = self.tokens[x["mint"]]
        if kind:
            self.events[kind] += 1
            self.add_event(token, kind, x)
            return
        self.trades.append((
            slot, tx_index, ix_path, base58(signature), time,
            ("pump", "pump_amm")[x["program"]], ("buy", "sell")[x["side"]],
            x["wallet"], x["mint"], x["quote_mint"], x["units"], x["gross"],
            x["fees"], x["net"]))
        self.volume[x["quote_mint"]] += x["gross"]
        self.add_to_ledger(x)
        self.add_to_chart(token, x)

    def add_to_ledger(self, x):
        position = self.positions[x["wallet"], x["mint"], x["quote_mint"]]
        trade = position.sell if x["side"] else position.buy
        pnl = trade(x["units"], x["net"], x["gross"])
        if x["quote_mint"] != WSOL:
            return
        wallet = self.wallets[x["wallet"]]
        wallet.trades.append(x["time"])
        if pnl is not None:
            wallet.realizations.append((x["place"], x["time"], pnl))

    def add_to_chart(self, token, x):
        before, after = reserves_around(x)
        leads = token.leads(x, after)
        self.join(token, x["pool"], before, after)
        if x["program"] == 0:
            self.follow_curve(token, x)
        key = x["mint"], x["quote_mint"]
        for flows in (self.flows, *([] if leads else [self.off_venue])):
            flows[key][0] += x["gross"]
            flows[key][1] += 1
        if not leads:
            return
        quote = after[1] + x["virtual_quote"]
        price = ((after[0], quote) if x["flags"] & INVERTED
                 else (quote, after[0]))
        if price[1] == 0 or min(price) < 0:
            price = None
        self.minutes[(*key, x["time"] // 60 * 60)].add(x, price)

    def follow_curve(self, token, x):
        """The coins that left a curve are those that wallets bought of it."""
        if x["real_token"] == x["real_quote"] == 0:
            # The oldest layouts do not tell the real reserves.
            token.real_token = None
            return
        if token.real_token is not None:
            change = x["units"] if x["side"] else -x["units"]
            self.curve_joins += 1
            self.curve_breaks += x["real_token"] != token.real_token + change
        token.real_token = x["real_token"]

    def join(self, token, pool, before, after):
        if pool in token.chains:
            self.joins += 1
            self.breaks += token.chains[pool] != before
        token.chains[pool] = after

    def add_event(self, token, kind, x):
        told = x["base_reserves"], x["quote_reserves"]
        if kind in (POOL_CREATED, DEPOSITED, WITHDRAWN) and (
                x["mint"] in MONEY or x["quote_mint"] not in MONEY):
            return
        if kind == CREATED:
            if min(told) > 0:
                token.chains[CURVE] = told
            token.real_token = x["real_token"] or None
        elif kind == COMPLETED:
            token.curve_done = True
        elif kind == MIGRATED:
            token.curve_done = True
            token.named_pool = token.named_pool or x["pool"]
        elif kind == POOL_CREATED:
            token.chains[x["pool"]] = told
        elif kind in (DEPOSITED, WITHDRAWN):
            sign = 1 if kind == DEPOSITED else -1
            self.join(token, x["pool"], told,
                      (told[0] + sign * x["base_units"],
                       told[1] + sign * x["quote_units"]))
        elif kind == PARAMETERS:
            token.chains[CURVE] = told
            token.real_token = x["real_token"] or token.real_token
        else:
            raise Differs(f"an event of kind {kind - 1} is not known here")

    def candles(self):
        """Rows of all intervals by (mint, quote mint, interval, start)."""
        result = {}
        for name, seconds in INTERVALS:
            bars = defaultdict(Candle)
            # Minutes of a coin come in order of time here.
            for key in sorted(self.minutes):
                start = key[2] // seconds * seconds
                bars[key[0], key[1], start].merge(self.minutes[key])
            for (mint, quote, start), bar in bars.items():
                result[mint, quote, name, start] = bar.row(seconds)
        return result

    def board(self, window, by, now):
        """Rows of a board of losers at a chain time."""
        length, reach = WINDOWS[window] or (1, now + 1)
        begin = now // length * length - reach

        def inside(time):
            return time // length * length >= begin

        rows = []
        for name, wallet in self.wallets.items():
            if name == VAULT:
                continue
            hits = [x for x in wallet.realizations if inside(x[1])]
            losses = [x for x in hits if x[2] < 0]
            value = sum(x[2] for x in (hits if by == "net" else losses))
            if value < 0:
                rows.append((value, losses[-1][0], name,
                             sum(map(inside, wallet.trades)), len(hits)))
        rows.sort()
        return [(rank, x[2], x[0], x[3], x[4])
                for rank, x in enumerate(rows, 1)]
