// A small market that is the same in every run: tokens on constant-product
// curves, wallets that trade them, and what the API says about both. Numbers
// hang together as far as pages can see; it proves nothing about the server.

export const sol = "So11111111111111111111111111111111111111112";
export const intervals = { "1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "24h": 86400 };
const windows = { "5m": 300, "15m": 900, "1h": 3600, "6h": 21600, "24h": 86400 };
const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const supplyUnits = 1_000_000_000_000_000n;
const slotSeconds = 0.4;
/** Where the market's history ends and its life begins: 2026-01-02 12:00 UTC. */
export const epoch = 1_767_355_200;
const firstSlot = 450_000_000;

/** Names that a stranger could write, each of which has bitten someone. */
const hostile = [
  { symbol: "<b>X</b>", name: "<img src=x onerror=alert(1)>", uri: "javascript:alert(1)" },
  { symbol: "\u202Egnp.exe", name: "safe\u202Egnp.cod", uri: "https://user:pass@example.com/a" },
  { symbol: "A\u200B\u200BB", name: "zero\u200Bwidth\uFEFF", uri: "https://xn--80ak6aa92e.com/meta.json" },
  { symbol: "L".repeat(400), name: "long ".repeat(2_000), uri: `https://example.com/${"a".repeat(300)}` },
  { symbol: `Z${"\u0301".repeat(80)}`, name: `a${"\u0335\u0321".repeat(60)}lgo`, uri: "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi" },
  { symbol: "", name: "\uD800 alone", uri: null },
];

export function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const text = (unix) => (unix === null ? null : new Date(unix * 1000).toISOString().replace(".000Z", "Z"));
const slotOf = (unix) => firstSlot + Math.floor((unix - epoch) / slotSeconds);

export class Market {
  constructor({ seed = 7, tokens = 80, wallets = 40, history = 30 } = {}) {
    this.random = createRandom(seed);
    this.now = epoch;
    this.jpos = 0;
    this.trades = [];
    this.wallets = Array.from({ length: wallets }, () => this.key(44));
    this.tokens = new Map();
    for (let i = 0; i < tokens; ++i)
      this.addToken(i, epoch - 60 - Math.floor(this.random() ** 2 * 86_000));
    const plan = [];
    for (const token of this.tokens.values()) {
      const count = Math.ceil(history * (0.3 + this.random()));
      for (let i = 0; i < count; ++i)
        plan.push([token, token.created + Math.floor((epoch - token.created) * Math.sqrt(this.random()))]);
    }
    plan.sort((a, b) => a[1] - b[1]);
    for (const [token, at] of plan)
      this.trade(token, at);
  }

  key(length) {
    return Array.from({ length }, () => alphabet[Math.floor(this.random() * alphabet.length)]).join("");
  }

  addToken(i, created) {
    const words = ["Moon", "Cat", "Dog", "Frog", "Sol", "Turbo", "Based", "Pixel", "Honey", "Ghost"];
    const first = words[i % words.length];
    const second = words[Math.floor(i / words.length + 3 * i) % words.length];
    const graduated = i % 5 === 0;
    const token = {
      mint: this.key(44),
      names: i >= 1 && i <= hostile.length
        ? hostile[i - 1]
        : { symbol: `${first}${i}`.toUpperCase(), name: `${first} ${second} ${i}`, uri: `https://meta.example/${i}.json` },
      creator: this.wallets[i % this.wallets.length],
      created,
      graduatedAt: graduated ? Math.min(epoch - 5, created + 40) : null,
      pool: graduated ? this.key(44) : null,
      quote: BigInt(Math.floor((30 + (graduated ? 80 : 40) * this.random()) * 1e9)),
      base: 0n,
      trades: [],
      candles: Object.fromEntries(Object.keys(intervals).map((x) => [x, new Map()])),
      holders: new Map(),
      paid: new Map(),
    };
    token.base = 32_190_000_000_000_000_000_000_000n / token.quote;
    this.tokens.set(token.mint, token);
    return token;
  }

  /** One trade; gives it with its journal position. */
  trade(token = this.pick([...this.tokens.values()]), at = this.now) {
    const wallet = this.pick(this.wallets);
    const held = token.holders.get(wallet) ?? 0n;
    // Every other wallet has no luck: it sells only what has fallen.
    const paid = token.paid.get(wallet) ?? 0n;
    const hasRisen = held * token.quote > paid * token.base;
    const hasLuck = this.wallets.indexOf(wallet) % 2 === 0;
    const buys = held === 0n || hasRisen !== hasLuck || this.random() < 0.2;
    let quote = BigInt(Math.floor((0.02 + 1.5 * this.random() ** 3) * 1e9));
    let units;
    const product = token.base * token.quote;
    if (buys) {
      units = token.base - product / (token.quote + quote);
      token.quote += quote;
    } else {
      units = (held * BigInt(Math.floor(30 + 70 * this.random()))) / 100n;
      quote = token.quote - product / (token.base + units);
      token.quote -= quote;
    }
    token.base = product / token.quote;
    token.holders.set(wallet, held + (buys ? units : -units));
    const fee = quote / 100n;
    token.paid.set(wallet, buys ? paid + quote + fee : paid - (paid * units) / held);
    const slot = slotOf(at);
    const last = this.trades.at(-1);
    const price = (Number(token.quote) / 1e9) / (Number(token.base) / 1e6);
    const trade = {
      signature: this.key(88),
      slot,
      tx_index: last?.slot === slot ? last.tx_index + 1 : 0,
      ix_path: 2,
      block_time: text(at),
      block_time_unix: at,
      program: token.pool ? "pump_amm" : "pump",
      side: buys ? "buy" : "sell",
      wallet,
      mint: token.mint,
      quote_mint: sol,
      pool: token.pool,
      token_units: String(units),
      quote_units: String(quote),
      fee_units: String(fee),
      net_quote_units: String(buys ? quote + fee : quote - fee),
      price,
      price_usd: price * 150,
      market_cap: String((token.quote * supplyUnits) / token.base),
      market_cap_usd: price * 150 * 1e9,
      reserves: { base: String(token.base), quote: String(token.quote) },
    };
    const entry = { trade, jpos: ++this.jpos };
    this.trades.push(trade);
    token.trades.push(trade);
    token.seq = entry.jpos;
    this.addToCandles(token, trade);
    return entry;
  }

  addToCandles(token, trade) {
    const volume = Number(trade.quote_units) / 1e9;
    for (const [interval, step] of Object.entries(intervals)) {
      const time = Math.floor(trade.block_time_unix / step) * step;
      const candles = token.candles[interval];
      let x = candles.get(time);
      if (!x) {
        const before = [...candles.values()].at(-1);
        if (before)
          before.closed = true;
        const open = before?.close ?? trade.price;
        x = {
          time, open, high: open, low: open, close: open, volume: 0, volume_quote: "0", volume_token: "0",
          buy_volume_quote: "0", sell_volume_quote: "0", trades: 0, buys: 0, sells: 0, wallets: 0,
          closed: false, complete: true, filled: false,
        };
        candles.set(time, x);
      }
      x.high = Math.max(x.high, trade.price);
      x.low = Math.min(x.low, trade.price);
      x.close = trade.price;
      x.volume += volume;
      x.volume_quote = String(BigInt(x.volume_quote) + BigInt(trade.quote_units));
      x.volume_token = String(BigInt(x.volume_token) + BigInt(trade.token_units));
      const side = trade.side === "buy" ? "buy_volume_quote" : "sell_volume_quote";
      x[side] = String(BigInt(x[side]) + BigInt(trade.quote_units));
      ++x.trades;
      ++x[trade.side === "buy" ? "buys" : "sells"];
      x.wallets = Math.min(x.trades, this.wallets.length);
    }
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  /** As of its last trade: windows do not move on without one. */
  tokenObject(token) {
    if (token.object?.trades !== token.trades.length)
      token.object = this.describe(token);
    return { ...token.object, chain_time: text(this.now) };
  }

  describe(token) {
    const last = token.trades.at(-1);
    const price = last?.price ?? null;
    return {
      mint: token.mint,
      quote_mint: sol,
      name: token.names.name,
      symbol: token.names.symbol,
      uri: token.names.uri,
      creator: token.creator,
      created_at: text(token.created),
      decimals: 6,
      graduated: token.pool !== null,
      graduated_at: text(token.graduatedAt),
      program: token.pool ? "pump_amm" : "pump",
      pool: token.pool,
      price,
      price_usd: price === null ? null : price * 150,
      market_cap: last?.market_cap ?? null,
      market_cap_usd: last?.market_cap_usd ?? null,
      liquidity: String(token.quote * (token.pool ? 2n : 1n)),
      liquidity_usd: (Number(token.quote) / 1e9) * 150,
      liquidity_basis: token.pool ? "pool_twice_money" : "curve_real_quote",
      progress: token.pool ? 1 : Math.min(0.99, Number(token.quote - 30_000_000_000n) / 85e9),
      reserves: { base: String(token.base), quote: String(token.quote) },
      trades: token.trades.length,
      reserve_breaks: token.names === hostile[1] ? 2 : 0,
      last_trade_at: last?.block_time ?? null,
      last_trade_at_unix: last?.block_time_unix ?? 0,
      last_trade_type: last?.side ?? null,
      holders_traded: [...token.holders.values()].filter((x) => x > 0n).length,
      score: null,
      score_seed: null,
      windows: Object.fromEntries(Object.entries(windows).map(([name, length]) => [name, this.window(token, length)])),
      chart_rev: 0,
    };
  }

  window(token, length) {
    const inside = token.trades.filter((x) => x.block_time_unix > this.now - length);
    const before = token.trades.findLast((x) => x.block_time_unix <= this.now - length) ?? token.trades[0];
    const buys = inside.filter((x) => x.side === "buy").length;
    const volume = inside.reduce((sum, x) => sum + BigInt(x.quote_units), 0n);
    const last = token.trades.at(-1);
    return {
      volume_quote: String(volume),
      volume_usd: (Number(volume) / 1e9) * 150,
      trades: inside.length,
      buys,
      sells: inside.length - buys,
      wallets: new Set(inside.map((x) => x.wallet)).size,
      price_change: before && last ? last.price / before.price - 1 : null,
      since_launch: token.created > this.now - length,
    };
  }

  holders(token, limit) {
    return [...token.holders].filter(([, units]) => units > 0n).sort((a, b) => (b[1] > a[1] ? 1 : -1)).slice(0, limit)
      .map(([wallet, units], i) => {
        const position = this.positions(wallet).find((x) => x.mint === token.mint);
        return {
          rank: i + 1, wallet, units: String(units), share: Number(units) / Number(supplyUnits),
          cost_basis: position.cost_basis, realized: position.realized, last_trade_at: position.last_trade_at,
        };
      });
  }

  /** Positions of a wallet by average cost, of trades up to a slot. */
  positions(wallet, slot = Infinity) {
    const byMint = new Map();
    for (const x of this.trades) {
      if (x.wallet !== wallet || x.slot > slot)
        continue;
      let p = byMint.get(x.mint);
      if (!p) {
        p = { mint: x.mint, units: 0n, cost: 0n, bought: 0n, sold: 0n, invested: 0n, proceeds: 0n, realized: 0n,
          buys: 0, sells: 0, wins: 0, first: x.block_time_unix, last: 0, outcomes: [] };
        byMint.set(x.mint, p);
      }
      const units = BigInt(x.token_units);
      const net = BigInt(x.net_quote_units);
      if (x.side === "buy") {
        p.units += units; p.cost += net; p.bought += units; p.invested += net; ++p.buys;
      } else {
        const cost = p.units === 0n ? 0n : (p.cost * units) / p.units;
        p.units -= units; p.cost -= cost; p.sold += units; p.proceeds += net; ++p.sells;
        p.realized += net - cost;
        p.wins += net > cost ? 1 : 0;
        p.outcomes.push([x.block_time_unix, net - cost]);
      }
      p.last = x.block_time_unix;
    }
    return [...byMint.values()].map((p) => {
      const token = this.tokens.get(p.mint);
      const mark = (p.units * token.quote) / token.base;
      return {
        mint: p.mint, quote_mint: sol, units: String(p.units), cost_basis: String(p.cost),
        bought_units: String(p.bought), sold_units: String(p.sold), invested: String(p.invested),
        proceeds: String(p.proceeds), realized: String(p.realized), realized_gross: String(p.realized + p.proceeds / 50n),
        realized_fifo: String(p.realized - p.realized / 10n), unmatched_units: "0", unmatched_proceeds: "0",
        buys: p.buys, sells: p.sells, realizations: p.sells, wins: p.wins, coverage: 1, last_trade_at: text(p.last),
        mark: String(mark - p.cost), exit: String((mark * 97n) / 100n - p.cost), name: token.names.name, symbol: token.names.symbol,
        hold_seconds: p.last - p.first, outcomes: p.outcomes,
      };
    });
  }

  wallet(wallet, slot = Infinity) {
    const positions = this.positions(wallet, slot);
    const sum = (name) => positions.reduce((total, x) => total + BigInt(x[name]), 0n);
    const outcomes = positions.flatMap((x) => x.outcomes).sort((a, b) => a[0] - b[0]);
    let streak = 0, longest = 0, run = 0n, worst = 0n, total = 0n;
    const curve = [];
    for (const [time_unix, pnl] of outcomes) {
      streak = pnl < 0n ? streak + 1 : 0;
      run = pnl < 0n ? run + pnl : 0n;
      longest = Math.max(longest, streak);
      worst = run < worst ? run : worst;
      total += pnl;
      curve.push({ time_unix, realized: String(total) });
    }
    const trades = positions.reduce((n, x) => n + x.buys + x.sells, 0);
    if (trades === 0)
      return null;
    const wins = positions.reduce((n, x) => n + x.wins, 0);
    const matched = Number(sum("invested") - sum("cost_basis"));
    return {
      wallet, trades, realized: String(sum("realized")), realized_gross: String(sum("realized_gross")),
      realized_fifo: String(sum("realized_fifo")), invested: String(sum("invested")), proceeds: String(sum("proceeds")),
      volume: String(sum("invested") + sum("proceeds")), realizations: outcomes.length, wins,
      win_rate: outcomes.length ? wins / outcomes.length : null,
      roi: outcomes.length && matched ? Number(sum("realized")) / matched : null,
      loss_streak_max: longest, loss_streak_worst: String(-worst), tokens: positions.length,
      coverage: wallet === this.wallets[1] ? 0.62 : 1, risk: 0.4, last_trade_at: positions.map((x) => x.last_trade_at).sort().at(-1),
      positions, curve: curve.slice(-500),
      unrealized: { mark: String(sum("mark")), exit: String(sum("exit")), positions: positions.length },
    };
  }

  /** As of some trades ago: it costs too much to be made for each. */
  board(losers, by) {
    const name = `${losers}/${by}`;
    const known = this.boardCache.get(name);
    if (known && this.jpos < known.jpos + 60)
      return known.rows;
    const rows = this.makeBoard(losers, by);
    this.boardCache.set(name, { jpos: this.jpos, rows });
    return rows;
  }

  boardCache = new Map();

  makeBoard(losers, by) {
    const rows = this.wallets.map((x) => this.wallet(x)).filter(Boolean).map((x) => {
      const losses = x.positions.flatMap((p) => p.outcomes).filter(([, pnl]) => pnl < 0n);
      const lost = losses.reduce((sum, [, pnl]) => sum + pnl, 0n);
      return {
        rank: 0, wallet: x.wallet, pnl_lamports: by === "losses" ? String(lost) : x.realized, trades: x.trades,
        realizations: x.realizations, losses: losses.length,
        avg_loss_lamports: losses.length ? String(lost / BigInt(losses.length)) : "0",
        last_loss_at: text(losses.map(([time]) => time).sort((a, b) => a - b).at(-1) ?? null),
        risk_seed: null, tokens: x.tokens, risk: x.risk, coverage: x.coverage,
      };
    });
    const sign = losers ? 1n : -1n;
    return rows.filter((x) => sign * BigInt(x.pnl_lamports) < 0n)
      .sort((a, b) => Number(sign * (BigInt(a.pnl_lamports) - BigInt(b.pnl_lamports))))
      .slice(0, 100).map((x, i) => ({ ...x, rank: i + 1 }));
  }

  boards(window) {
    return { window, chain_time: text(this.now), net: this.board(true, "net"), losses: this.board(true, "losses") };
  }

  marketObject() {
    const all = [...this.tokens.values()].map((x) => this.tokenObject(x));
    const ranked = (list) => list.slice(0, 100).map((x) => ({
      mint: x.mint, quote_mint: sol, price: x.price, market_cap: x.market_cap, progress: x.progress,
      volume_24h: x.windows["24h"].volume_quote, trades_24h: x.windows["24h"].trades, buys_24h: x.windows["24h"].buys,
      sells_24h: x.windows["24h"].sells, wallets_24h: x.windows["24h"].wallets,
      price_change_1h: x.windows["1h"].price_change, price_change_24h: x.windows["24h"].price_change,
    }));
    const listed = (list, at) => list.slice(0, 100).map((x) => ({ mint: x.mint, quote_mint: sol, name: x.name, symbol: x.symbol, at: x[at] }));
    const by = (value) => [...all].sort((a, b) => value(b) - value(a));
    const sum = (name) => all.reduce((n, x) => n + x.windows["24h"][name], 0);
    return {
      chain_time: text(this.now), tokens_active: all.length,
      volume_24h: String(all.reduce((n, x) => n + BigInt(x.windows["24h"].volume_quote), 0n)),
      trades_24h: sum("trades"), buys_24h: sum("buys"), sells_24h: sum("sells"),
      by_volume: ranked(by((x) => Number(x.windows["24h"].volume_quote))),
      by_market_cap: ranked(by((x) => Number(x.market_cap))),
      graduating: ranked(by((x) => x.progress).filter((x) => !x.graduated)),
      created: listed(by((x) => Date.parse(x.created_at)), "created_at"),
      graduated: listed(by((x) => Date.parse(x.graduated_at)).filter((x) => x.graduated), "graduated_at"),
    };
  }
}
