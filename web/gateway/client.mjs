// A live view for a front end: whole over slow moments, cuts, and the end of a
// gateway. Give it a Socket.IO client: `io(url, { transports: ["websocket"] })`.

/**
 * Follows what is asked for with `want`; `on_change(event, message)` is called
 * behind each change of `view`.
 * @param {any} socket
 * @param {(event: string, message: any) => void} [on_change]
 */
export function follow(socket, on_change = () => {}) {
  /** @type {{ tokens: Record<string, any>, wallets: Record<string, any>, leaderboards: Record<string, any>, market: any }} */
  const view = { tokens: {}, wallets: {}, leaderboards: {}, market: null };
  const wanted = new Map(); // name -> [topic, argument]: asked for again when needed
  let last = new Map(); // channel -> its last message, to drop what is repeated
  const number = (/** @type {string | null} */ x) => BigInt(x ?? 0);
  const token = (/** @type {string} */ mint) =>
    (view.tokens[mint] ??= { token: null, trades: [], trades_seq: null, candles: {} });
  const ask = (/** @type {string} */ name) => {
    const [topic, argument] = wanted.get(name) ?? [];
    if (topic && socket.connected) socket.emit(`subscribe:${topic}`, argument, (/** @type {any} */ answer) => {
      // Limits and restarts pass: try again.
      if (!answer.ok && answer.error.code !== "invalid_parameter") setTimeout(() => ask(name), 2_000);
    });
  };
  const is_new = (/** @type {string} */ channel, /** @type {any} */ x) => {
    const y = last.get(channel);
    if (y && (number(x.seq) < number(y.seq) || (x.seq === y.seq && x.rev <= y.rev && x.rev > 0))) return false;
    last.set(channel, x);
    return true;
  };
  const on = (/** @type {string} */ event, /** @type {(x: any) => unknown} */ take) =>
    socket.on(event, (/** @type {any} */ x) => take(x) !== false && on_change(event, x));

  socket.on("connect", () => {
    if (socket.recovered) return; // The gateway told what was missed.
    last = new Map();
    for (const name of wanted.keys()) ask(name);
  });
  on("token:snapshot", ({ mint, token: state, trades, trades_seq, ...numbers }) => {
    Object.assign(token(mint), { trades, trades_seq });
    if (state && is_new(`token:${mint}`, numbers)) token(mint).token = state;
  });
  on("token:history", (x) => {
    token(x.mint).candles[x.interval] = new Map(x.candles.map((/** @type {any} */ y) => [y.time, y]));
    last.set(`history:${x.mint}:${x.interval}`, x);
  });
  on("token", (x) => is_new(`token:${x.data.mint}`, x) && (token(x.data.mint).token = x.data) !== null);
  on("trade", (x) => {
    const { mint } = x.data;
    const known = token(mint);
    if (known.trades_seq !== null) {
      if (number(x.seq) <= number(known.trades_seq)) return false;
      if (number(x.prev) > number(known.trades_seq)) ask(`token:${mint}`); // A hole: a new snapshot.
    }
    known.trades_seq = x.seq;
    known.trades = [x.data, ...known.trades].slice(0, 50);
  });
  on("candle", ({ seq, data }) => {
    const candles = (token(data.mint).candles[data.interval] ??= new Map());
    const history = last.get(`history:${data.mint}:${data.interval}`);
    // The history may be ahead of the stream for a moment.
    if (history && number(seq) <= number(history.seq) && candles.get(data.time)?.trades > data.trades) return false;
    candles.set(data.time, data);
  });
  on("wallet", (x) => {
    // Told again under the same numbers: with positions that were missing.
    const y = last.get(`wallet:${x.data.wallet}`);
    if (y && (number(x.seq) < number(y.seq) || (x.seq === y.seq && x.rev < y.rev))) return false;
    last.set(`wallet:${x.data.wallet}`, x);
    view.wallets[x.data.wallet] = x.data;
    return true;
  });
  on("leaderboard", (x) => is_new(`leaderboard:${x.data.window}`, x) && (view.leaderboards[x.data.window] = x.data) !== null);
  on("market:snapshot", (x) => is_new("market", x) && (view.market = x.data) !== null);

  return {
    view,
    /** @param {"token" | "wallet" | "leaderboard" | "market"} topic @param {any} [argument] */
    want(topic, argument = {}) {
      const name = [topic, argument.mint ?? argument.wallet ?? argument.window].filter(Boolean).join(":");
      wanted.set(name, [topic, argument]);
      ask(name);
    },
    /** @param {"token" | "wallet" | "leaderboard" | "market"} topic @param {any} [argument] */
    leave(topic, argument = {}) {
      wanted.delete([topic, argument.mint ?? argument.wallet ?? argument.window].filter(Boolean).join(":"));
      socket.emit(`unsubscribe:${topic}`, argument);
    },
  };
}
