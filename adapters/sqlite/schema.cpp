#include "adapters/sqlite/schema.hpp"

#include <array>
#include <bit>
#include <string>

namespace pumpscope::adapters::sqlite {

namespace {

using domain::errc;

/// "pump" in ASCII: marks the file as ours (PRAGMA application_id).
constexpr int64_t application_id = 0x70756D70;

/// Migration n (from 1) leads from version n - 1 to n. Never edit one that was
/// released: append. docs/reference/store.md says what the columns mean.
constexpr auto migrations = std::array{
  // Version 1.
  R"sql(
CREATE TABLE identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  hash_seed INTEGER NOT NULL,
  partitions INTEGER NOT NULL
);
CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  fence INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  jpos INTEGER NOT NULL,
  chain_time INTEGER NOT NULL,
  sealed_slot INTEGER NOT NULL,
  first_slot INTEGER NOT NULL,
  open_slot INTEGER NOT NULL,
  open_slot_jpos INTEGER NOT NULL,
  trades INTEGER NOT NULL,
  token_events INTEGER NOT NULL
);
INSERT INTO head VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

CREATE TABLE journal (
  jpos INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  tx_index INTEGER NOT NULL,
  ix_path INTEGER NOT NULL,
  block_time INTEGER NOT NULL,
  wallet BLOB NOT NULL,
  mint BLOB NOT NULL,
  signature BLOB NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX journal_key ON journal (slot, tx_index, ix_path);
CREATE VIEW trade AS SELECT jpos, slot, tx_index, ix_path, block_time, wallet,
  mint, signature, body FROM journal WHERE kind = 0;
CREATE VIEW token_event AS SELECT jpos, kind - 1 AS kind, slot, tx_index,
  ix_path, block_time, wallet, mint, signature, body FROM journal
  WHERE kind > 0;
CREATE TABLE key_segment (
  segment INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  level INTEGER NOT NULL,
  first_jpos INTEGER NOT NULL,
  last_jpos INTEGER NOT NULL,
  entries INTEGER NOT NULL
);
CREATE TABLE key_chunk (
  segment INTEGER NOT NULL,
  first_hash INTEGER NOT NULL,
  number INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (segment, first_hash, number)
) WITHOUT ROWID;

CREATE TABLE slot (
  slot INTEGER PRIMARY KEY,
  parent INTEGER NOT NULL,
  block_time INTEGER NOT NULL,
  executed_transactions INTEGER NOT NULL,
  trades INTEGER NOT NULL,
  token_events INTEGER NOT NULL,
  ignored INTEGER NOT NULL,
  dead_letters INTEGER NOT NULL,
  failed_transactions INTEGER NOT NULL
);
CREATE TABLE gap (
  from_slot INTEGER NOT NULL,
  to_slot INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  filled INTEGER NOT NULL,
  PRIMARY KEY (from_slot, to_slot)
) WITHOUT ROWID;
CREATE TABLE dead_letter (
  slot INTEGER NOT NULL,
  tx_index INTEGER NOT NULL,
  ix_path INTEGER NOT NULL,
  signature BLOB NOT NULL,
  block_time INTEGER NOT NULL,
  program INTEGER NOT NULL,
  reason INTEGER NOT NULL,
  decoder_version INTEGER NOT NULL,
  raw BLOB NOT NULL,
  PRIMARY KEY (slot, tx_index, ix_path)
);
CREATE TABLE repair (
  kind INTEGER NOT NULL,
  key BLOB NOT NULL,
  jpos INTEGER NOT NULL,
  PRIMARY KEY (kind, key, jpos)
) WITHOUT ROWID;
CREATE TABLE pool (
  pool BLOB PRIMARY KEY,
  base_mint BLOB NOT NULL,
  quote_mint BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE cursor (
  kind INTEGER NOT NULL,
  part INTEGER NOT NULL,
  jpos INTEGER NOT NULL,
  chain_time INTEGER NOT NULL,
  published_jpos INTEGER NOT NULL,
  PRIMARY KEY (kind, part)
) WITHOUT ROWID;
CREATE TABLE wallet (
  part INTEGER NOT NULL,
  wallet BLOB NOT NULL,
  realized BLOB NOT NULL,
  state BLOB NOT NULL,
  extra BLOB NOT NULL,
  PRIMARY KEY (part, wallet)
) WITHOUT ROWID;
CREATE TABLE position (
  part INTEGER NOT NULL,
  wallet BLOB NOT NULL,
  mint BLOB NOT NULL,
  quote_mint BLOB NOT NULL,
  units BLOB NOT NULL,
  realized BLOB NOT NULL,
  state BLOB NOT NULL,
  lots BLOB NOT NULL,
  PRIMARY KEY (part, wallet, mint, quote_mint)
) WITHOUT ROWID;
CREATE TABLE wallet_bucket (
  part INTEGER NOT NULL,
  length INTEGER NOT NULL,
  start INTEGER NOT NULL,
  wallet BLOB NOT NULL,
  state BLOB NOT NULL,
  PRIMARY KEY (part, length, start, wallet)
) WITHOUT ROWID;
CREATE TABLE token (
  part INTEGER NOT NULL,
  mint BLOB NOT NULL,
  quote_mint BLOB NOT NULL,
  name TEXT NOT NULL,
  symbol TEXT NOT NULL,
  uri TEXT NOT NULL,
  creator BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  last_price_quote BLOB NOT NULL,
  last_price_token BLOB NOT NULL,
  last_trade_at INTEGER NOT NULL,
  graduated INTEGER NOT NULL,
  market_cap BLOB NOT NULL,
  reserve_breaks INTEGER NOT NULL,
  extra BLOB NOT NULL,
  PRIMARY KEY (part, mint)
);
CREATE TABLE candle (
  part INTEGER NOT NULL,
  day INTEGER NOT NULL,
  mint BLOB NOT NULL,
  quote_mint BLOB NOT NULL,
  length INTEGER NOT NULL,
  open_time INTEGER NOT NULL,
  state BLOB NOT NULL,
  PRIMARY KEY (part, day, mint, quote_mint, length, open_time)
) WITHOUT ROWID;
)sql",
  // Version 2.
  R"sql(
CREATE TABLE audit (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  found_at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  key BLOB NOT NULL,
  jpos INTEGER NOT NULL,
  what TEXT NOT NULL
);
)sql",
  // Version 3.
  R"sql(
CREATE TABLE inbox (
  id INTEGER PRIMARY KEY,
  payload BLOB NOT NULL
);
CREATE TABLE inbox_total (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  last_id INTEGER NOT NULL,
  payloads INTEGER NOT NULL,
  bytes INTEGER NOT NULL
);
INSERT INTO inbox_total VALUES (1, 0, 0, 0);
)sql",
  // Version 4. The texts of tokens with their marks, see token_text.hpp. Rows
  // are
  // only added: one whose texts are no longer those of the token is passed
  // over.
  // Nothing asks for the lengths of texts.
  R"sql(
CREATE VIRTUAL TABLE token_text USING fts5(symbol, name, mint UNINDEXED,
  tokenize = 'trigram', columnsize = 0);
INSERT INTO token_text SELECT char(2, 2) || symbol || char(3, 3),
  char(2, 2) || name || char(3, 3), mint FROM token
  WHERE symbol <> '' OR name <> '' ORDER BY last_trade_at;
)sql",
};

static_assert(migrations.size() == schema_version);

} // namespace

std::optional<messages::store_identity> read_identity(database& db) {
  auto version = db.query_integer("PRAGMA user_version");
  auto owner = db.query_integer("PRAGMA application_id");
  if (version == 0 && owner == 0
      && db.query_integer("SELECT count(*) FROM sqlite_schema") == 0)
    return std::nullopt;
  if (owner != application_id)
    throw failure{{errc::store_unavailable,
                   db.path() + " is a database of another program"}};
  if (version > schema_version)
    throw failure{{errc::store_version,
                   db.path() + " has store version " + std::to_string(version)
                     + ", this program knows up to version "
                     + std::to_string(schema_version)
                     + ": use a newer program"}};
  auto select = db.prepare("SELECT hash_seed, partitions FROM identity");
  if (!select.step())
    throw failure{
      {errc::store_unavailable, db.path() + " is damaged: it has no identity"}};
  auto result = messages::store_identity{};
  result.hash_seed = select.unsigned_integer(0);
  result.partitions = static_cast<uint32_t>(select.integer(1));
  result.version = static_cast<uint32_t>(version);
  if (!std::has_single_bit(result.partitions) || result.partitions > 64)
    throw failure{
      {errc::store_unavailable, db.path() + " is damaged: its identity"}};
  return result;
}

void migrate(database& db, const schema_settings& settings) {
  auto tx = transaction{db, transaction::kind::write};
  auto version = static_cast<size_t>(db.query_integer("PRAGMA user_version"));
  auto fresh = version == 0;
  for (; version < migrations.size(); ++version)
    db.execute(migrations[version]);
  if (fresh)
    db.prepare("INSERT INTO identity VALUES (1, ?, ?)")
      .bind(static_cast<int64_t>(settings.hash_seed), settings.partitions)
      .run();
  db.execute("PRAGMA application_id = " + std::to_string(application_id));
  db.execute("PRAGMA user_version = " + std::to_string(schema_version));
  tx.commit();
}

} // namespace pumpscope::adapters::sqlite
