/**
 * Data of the API as docs/reference/redis.md and docs/reference/http.md name
 * it. Amounts are decimal texts of base units; prices and ratios are numbers;
 * what is not known is null. Names, symbols and URIs are hostile text.
 */

export type Amount = string;
export type Side = "buy" | "sell";
export type Program = "pump" | "pump_amm";
export type WindowName = "5m" | "15m" | "1h" | "6h" | "24h";
export type Interval = "1s" | "1m" | "5m" | "15m" | "1h" | "24h";
export type BoardWindow = "24h" | "7d" | "all";

export const windowNames: readonly WindowName[] = ["5m", "15m", "1h", "6h", "24h"];
export const intervals: readonly Interval[] = ["1s", "1m", "5m", "15m", "1h", "24h"];
export const boardWindows: readonly BoardWindow[] = ["24h", "7d", "all"];

export const intervalSeconds: Readonly<Record<Interval, number>> = {
  "1s": 1,
  "1m": 60,
  "5m": 300,
  "15m": 900,
  "1h": 3600,
  "24h": 86400,
};

export interface AsOf {
  slot: number;
  seq: string;
  chain_time: string | null;
}

/** What every answer carries beside its data. */
export interface Answer<Data> {
  as_of: AsOf;
  complete: boolean;
  incomplete_since: number | null;
  simulated: boolean;
  data: Data;
}

export interface ListAnswer<Row> extends Answer<Row[]> {
  meta: { limit: number; next: string | null; hasMore: boolean; total?: number; page?: number };
}

export interface TokenWindow {
  volume_quote: Amount;
  volume_usd: number | null;
  trades: number;
  buys: number;
  sells: number;
  wallets: number | null;
  price_change: number | null;
  since_launch: boolean;
}

export interface Token {
  mint: string;
  quote_mint: string;
  name: string | null;
  symbol: string | null;
  uri: string | null;
  creator: string | null;
  created_at: string | null;
  decimals: number | null;
  graduated: boolean;
  graduated_at: string | null;
  program: Program;
  pool: string | null;
  price: number | null;
  price_usd: number | null;
  market_cap: Amount | null;
  market_cap_usd: number | null;
  liquidity: Amount;
  liquidity_usd: number | null;
  liquidity_basis: "none" | "curve_real_quote" | "pool_twice_money";
  progress: number | null;
  reserves: { base: Amount; quote: Amount };
  trades: number;
  reserve_breaks: number;
  last_trade_at: string | null;
  last_trade_at_unix: number;
  last_trade_type: Side | null;
  holders_traded: number;
  score: number | null;
  score_seed: number | null;
  windows: Record<WindowName, TokenWindow>;
  chain_time: string | null;
  chart_rev: number;
}

export interface Holder {
  rank: number;
  wallet: string;
  units: Amount;
  share: number | null;
  cost_basis: Amount;
  realized: Amount;
  last_trade_at: string | null;
}

export interface TokenDetail extends Token {
  holders: Holder[];
  /** False while a gap of the journal is open. */
  complete: boolean;
}

export interface Candle {
  time: number;
  open: number | null;
  high: number | null;
  low: number | null;
  close: number | null;
  volume: number | null;
  trades: number;
  buys: number;
  sells: number;
  wallets: number | null;
  closed: boolean;
  complete: boolean;
  filled?: boolean;
}

/** A candle as the stream tells it. */
export interface LiveCandle extends Candle {
  mint: string;
  interval: Interval;
  rev: number;
}

export interface Gap {
  from: number;
  to: number;
}

export interface Chart {
  mint: string;
  quote_mint: string;
  interval: Interval;
  from: number;
  to: number;
  rev: number;
  candles: Candle[];
  gaps: Gap[];
}

export interface Trade {
  signature: string;
  slot: number;
  tx_index: number;
  ix_path: number;
  block_time: string | null;
  block_time_unix: number | null;
  program: Program;
  side: Side;
  wallet: string;
  mint: string;
  quote_mint: string;
  pool: string | null;
  token_units: Amount;
  quote_units: Amount;
  fee_units: Amount;
  net_quote_units: Amount;
  price: number | null;
  price_usd: number | null;
  market_cap: Amount | null;
  market_cap_usd: number | null;
}

export interface Position {
  mint: string;
  quote_mint: string;
  units: Amount;
  cost_basis: Amount;
  bought_units: Amount;
  sold_units: Amount;
  invested: Amount;
  proceeds: Amount;
  realized: Amount;
  realized_gross: Amount;
  realized_fifo: Amount;
  unmatched_units: Amount;
  unmatched_proceeds: Amount;
  buys: number;
  sells: number;
  realizations: number;
  wins: number;
  coverage: number;
  last_trade_at: string | null;
}

/**
 * A row of /positions: with the names of its token and what is unrealized, at
 * the last price (`mark`) and if all were sold now (`exit`).
 */
export interface PositionRow extends Position {
  mark: Amount | null;
  exit: Amount | null;
  name: string | null;
  symbol: string | null;
  hold_seconds: number | null;
}

export interface WalletTotals {
  wallet: string;
  trades: number;
  realized: Amount;
  realized_gross: Amount;
  realized_fifo: Amount;
  invested: Amount;
  proceeds: Amount;
  volume: Amount;
  realizations: number;
  wins: number;
  win_rate: number | null;
  roi: number | null;
  loss_streak_max: number;
  loss_streak_worst: Amount;
  tokens: number;
  coverage: number;
  risk: number | null;
  last_trade_at: string | null;
}

export interface CurvePoint {
  time_unix: number;
  realized: Amount;
}

export interface WalletDetail extends WalletTotals {
  unrealized: { mark: Amount | null; exit: Amount | null } | null;
  /** null: it has more realizations than are read for a page. */
  curve: CurvePoint[] | null;
}

/** The ledger as of a slot. */
export interface Ledger extends WalletTotals {
  positions: Position[];
}

export interface BoardRow {
  rank: number;
  wallet: string;
  pnl_lamports: Amount;
  trades: number;
  realizations: number;
  losses: number;
  avg_loss_lamports: Amount;
  last_loss_at: string | null;
  risk_seed: number | null;
  tokens: number | null;
  risk: number | null;
  coverage: number | null;
}

export interface Boards {
  window: BoardWindow;
  chain_time: string | null;
  net: BoardRow[];
  losses: BoardRow[];
}

export interface RankedToken {
  mint: string;
}

export interface Market {
  chain_time: string | null;
  tokens_active: number;
  volume_24h: Amount;
  trades_24h: number;
  buys_24h: number;
  sells_24h: number;
  by_volume: RankedToken[];
  by_market_cap: RankedToken[];
  graduating: RankedToken[];
  created: RankedToken[];
  graduated: RankedToken[];
}

export interface SearchHit {
  kind: "token" | "wallet";
  mint?: string | null;
  wallet?: string | null;
  name?: string | null;
  symbol?: string | null;
  market_cap?: Amount | null;
  volume_24h?: Amount | null;
}

export interface Status {
  version: string;
  simulated: boolean;
  source: string;
  sealed_slot: number;
  lag_slots: number | null;
  chain_time: string | null;
  gaps_open: number;
}

/** A message of the stream; a tick has neither seq, rev nor prev. */
export interface Message<Data = unknown> {
  channel: string;
  v: number;
  type: string;
  fence?: string;
  seq?: string;
  rev?: number;
  prev?: string;
  slot: number;
  ts: number;
  data: Data;
}
