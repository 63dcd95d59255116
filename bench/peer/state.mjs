// Ledgers (average cost) and candles in memory, as floating point numbers.

export const intervals = [60, 300, 900, 3600, 86400];

export class State {
  #ledgers = new Map();
  #candles = new Map();
  #changed_ledgers = new Set();
  #changed_candles = new Set();

  apply(trade) {
    this.#fold_ledger(trade);
    for (const interval of intervals) this.#fold_candle(trade, interval);
  }

  /// What changed since the last call.
  take_changed() {
    const changed = {
      ledgers: [...this.#changed_ledgers],
      candles: [...this.#changed_candles],
    };
    this.#changed_ledgers.clear();
    this.#changed_candles.clear();
    return changed;
  }

  #fold_ledger(trade) {
    const key = `${trade.wallet}:${trade.mint}`;
    let x = this.#ledgers.get(key);
    if (!x) {
      x = { wallet: trade.wallet, mint: trade.mint, units: 0, cost: 0,
        realized: 0, buys: 0, sells: 0 };
      this.#ledgers.set(key, x);
    }
    if (trade.side === "buy") {
      x.units += trade.token_units;
      x.cost += trade.quote_units;
      x.buys += 1;
    } else {
      const units = Math.min(x.units, trade.token_units);
      const cost = x.units ? x.cost * units / x.units : 0;
      const share = trade.token_units ? units / trade.token_units : 0;
      x.realized += trade.quote_units * share - cost;
      x.units -= units;
      x.cost -= cost;
      x.sells += 1;
    }
    this.#changed_ledgers.add(x);
  }

  #fold_candle(trade, interval) {
    const bucket = trade.time - trade.time % interval;
    const key = `${trade.mint}:${interval}:${bucket}`;
    const { price } = trade;
    let x = this.#candles.get(key);
    if (!x) {
      x = { mint: trade.mint, interval, bucket, open: price, high: price,
        low: price, close: price, volume: 0, trades: 0 };
      this.#candles.set(key, x);
    }
    x.high = Math.max(x.high, price);
    x.low = Math.min(x.low, price);
    x.close = price;
    x.volume += trade.quote_units;
    x.trades += 1;
    this.#changed_candles.add(x);
  }
}
