// Tables in PostgreSQL, filled by batches (UNNEST of arrays).

import { load } from "./packages.mjs";

const { Client } = load("pg");

const schema = `
DROP TABLE IF EXISTS peer_trades, peer_candles, peer_ledgers;
CREATE TABLE peer_trades (
  time timestamptz NOT NULL, slot bigint NOT NULL, tx_index int NOT NULL,
  event_index int NOT NULL, signature text NOT NULL, mint text NOT NULL,
  quote_mint text NOT NULL, wallet text NOT NULL, side text NOT NULL,
  quote_units numeric NOT NULL, token_units numeric NOT NULL,
  price float8 NOT NULL, PRIMARY KEY (slot, tx_index, event_index));
CREATE INDEX ON peer_trades (mint, time);
CREATE INDEX ON peer_trades (wallet, time);
CREATE TABLE peer_candles (
  mint text, interval int, bucket timestamptz, open float8, high float8,
  low float8, close float8, volume float8, trades int,
  PRIMARY KEY (mint, interval, bucket));
CREATE TABLE peer_ledgers (
  wallet text, mint text, units float8, cost float8, realized float8,
  buys int, sells int, PRIMARY KEY (wallet, mint));`;

const insert_trades = `
INSERT INTO peer_trades SELECT * FROM unnest($1::timestamptz[], $2::int8[],
  $3::int4[], $4::int4[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::text[], $10::numeric[], $11::numeric[], $12::float8[])
ON CONFLICT DO NOTHING`;

const upsert_candles = `
INSERT INTO peer_candles SELECT * FROM unnest($1::text[], $2::int4[],
  $3::timestamptz[], $4::float8[], $5::float8[], $6::float8[], $7::float8[],
  $8::float8[], $9::int4[])
ON CONFLICT (mint, interval, bucket) DO UPDATE SET high = excluded.high,
  low = excluded.low, close = excluded.close, volume = excluded.volume,
  trades = excluded.trades`;

const upsert_ledgers = `
INSERT INTO peer_ledgers SELECT * FROM unnest($1::text[], $2::text[],
  $3::float8[], $4::float8[], $5::float8[], $6::int4[], $7::int4[])
ON CONFLICT (wallet, mint) DO UPDATE SET units = excluded.units,
  cost = excluded.cost, realized = excluded.realized, buys = excluded.buys,
  sells = excluded.sells`;

const time = (seconds) => new Date(seconds * 1e3);

/// One array a column.
function columns(rows, ...fields) {
  return fields.map((field) => rows.map(field));
}

export async function connect(url) {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("SET client_min_messages = error");
  await client.query(schema);
  return client;
}

/// Returns how many of them are new.
export async function store_trades(client, trades) {
  const done = await client.query(insert_trades, columns(trades,
    (x) => time(x.time), (x) => x.slot, (x) => x.tx_index,
    (x) => x.event_index, (x) => x.signature, (x) => x.mint,
    (x) => x.quote_mint, (x) => x.wallet, (x) => x.side,
    (x) => x.quote_units, (x) => x.token_units, (x) => x.price));
  return done.rowCount;
}

export async function store_states(client, { candles, ledgers }) {
  if (candles.length)
    await client.query(upsert_candles, columns(candles,
      (x) => x.mint, (x) => x.interval, (x) => time(x.bucket), (x) => x.open,
      (x) => x.high, (x) => x.low, (x) => x.close, (x) => x.volume,
      (x) => x.trades));
  if (ledgers.length)
    await client.query(upsert_ledgers, columns(ledgers,
      (x) => x.wallet, (x) => x.mint, (x) => x.units, (x) => x.cost,
      (x) => x.realized, (x) => x.buys, (x) => x.sells));
}

export async function count_trades(client) {
  const done = await client.query("SELECT count(*) FROM peer_trades");
  return Number(done.rows[0].count);
}
