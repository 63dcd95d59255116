#include "adapters/sqlite/state_reader.hpp"

#include "adapters/sqlite/columns.hpp"

namespace pumpscope::adapters::sqlite {

namespace {

using messages::projection;

/// Bytes of an amount in a column.
constexpr size_t amount_bytes = 16;

domain::interval to_interval(const database& db, int64_t seconds) {
  for (auto x :
       {domain::interval::s1, domain::interval::m1, domain::interval::m5,
        domain::interval::m15, domain::interval::h1, domain::interval::h24})
    if (static_cast<int64_t>(x) == seconds)
      return x;
  fail_damaged(db, "the length of a candle");
}

} // namespace

std::vector<messages::cursor_row> state_reader::read_cursors() {
  auto result = std::vector<messages::cursor_row>{};
  for (auto kind : {projection::wallet, projection::token})
    for (auto partition = 0U; partition < id_.partitions; ++partition)
      result.push_back({kind, partition, 0, 0, 0});
  auto select = db_.prepare(
    "SELECT kind, part, jpos, chain_time, published_jpos FROM cursor");
  while (select.step()) {
    auto index = select.unsigned_integer(0) * id_.partitions
                 + select.unsigned_integer(1);
    if (index >= result.size())
      fail_damaged(db_, "a row of cursor");
    auto& row = result[index];
    row.jpos = select.unsigned_integer(2);
    row.chain_time = select.integer(3);
    row.published_jpos = select.unsigned_integer(4);
  }
  return result;
}

messages::wallet_row state_reader::read_wallet(const statement& from) {
  auto result = messages::wallet_row{};
  auto realized = from.blob(2);
  if (!from_bytes(from.blob(1), result.wallet)
      || realized.size() != amount_bytes
      || !unpack_state(from.blob(3), result.totals))
    fail_damaged(db_, "a row of wallet");
  result.totals.realized = ordered_to_i128(realized);
  result.blob = from.blob(4);
  return result;
}

messages::position_row state_reader::read_position(const statement& from) {
  auto result = messages::position_row{};
  auto& x = result.position;
  auto units = from.blob(4);
  auto realized = from.blob(5);
  if (!from_bytes(from.blob(1), result.wallet)
      || !from_bytes(from.blob(2), x.key.mint)
      || !from_mint_column(from.blob(3), x.key.quote_mint)
      || units.size() != amount_bytes || realized.size() != amount_bytes
      || !unpack_state(from.blob(6), x))
    fail_damaged(db_, "a row of position");
  x.units = ordered_to_i128(units);
  x.realized = ordered_to_i128(realized);
  result.blob = from.blob(7);
  return result;
}

messages::token_row state_reader::read_token(const statement& from) {
  auto result = messages::token_row{};
  auto price_quote = from.blob(8);
  auto price_token = from.blob(9);
  if (!from_bytes(from.blob(1), result.mint)
      || !from_mint_column(from.blob(2), result.quote_mint)
      || !from_bytes(from.blob(6), result.creator)
      || price_quote.size() != amount_bytes
      || price_token.size() != amount_bytes)
    fail_damaged(db_, "a row of token");
  result.name = from.blob(3);
  result.symbol = from.blob(4);
  result.uri = from.blob(5);
  result.created_at = from.integer(7);
  result.last_price = {ordered_to_u128(price_quote),
                       ordered_to_u128(price_token)};
  result.last_trade_at = from.integer(10);
  result.graduated = from.integer(11) != 0;
  if (auto market_cap = from.blob(12); market_cap.size() == amount_bytes)
    result.market_cap = ordered_to_i128(market_cap);
  else if (!market_cap.empty())
    fail_damaged(db_, "a row of token");
  result.reserve_breaks = from.unsigned_integer(13);
  result.blob = from.blob(14);
  return result;
}

std::vector<messages::wallet_state_rows>
state_reader::load_wallets(std::span<const domain::pubkey> wallets) {
  auto tx = transaction{db_, transaction::kind::read};
  auto result = std::vector<messages::wallet_state_rows>{};
  result.reserve(wallets.size());
  auto wallet
    = db_.prepare("SELECT * FROM wallet WHERE part = ? AND wallet = ?");
  auto positions = db_.prepare("SELECT * FROM position WHERE part = ? "
                               "AND wallet = ? ORDER BY mint, quote_mint");
  for (auto& key : wallets) {
    auto part = domain::partition_of(key, id_.hash_seed, id_.partitions);
    auto& state = result.emplace_back();
    if (wallet.bind(part, bytes_of(key)).step())
      state.wallet = read_wallet(wallet);
    wallet.reset();
    positions.bind(part, bytes_of(key));
    while (positions.step())
      state.positions.push_back(read_position(positions));
    positions.reset();
  }
  tx.commit();
  return result;
}

std::vector<std::optional<messages::token_row>>
state_reader::load_tokens(std::span<const domain::pubkey> mints) {
  auto tx = transaction{db_, transaction::kind::read};
  auto result = std::vector<std::optional<messages::token_row>>{};
  result.reserve(mints.size());
  auto token = db_.prepare("SELECT * FROM token WHERE part = ? AND mint = ?");
  for (auto& key : mints) {
    auto part = domain::partition_of(key, id_.hash_seed, id_.partitions);
    auto& row = result.emplace_back();
    if (token.bind(part, bytes_of(key)).step())
      row = read_token(token);
    token.reset();
  }
  tx.commit();
  return result;
}

void state_reader::visit_wallets(
  uint32_t partition,
  const std::function<void(const messages::wallet_row&)>& f) {
  auto select
    = db_.prepare("SELECT * FROM wallet WHERE part = ? ORDER BY wallet");
  select.bind(partition);
  while (select.step())
    f(read_wallet(select));
}

void state_reader::visit_positions(
  uint32_t partition,
  const std::function<void(const messages::position_row&)>& f) {
  auto select = db_.prepare("SELECT * FROM position WHERE part = ? "
                            "ORDER BY wallet, mint, quote_mint");
  select.bind(partition);
  while (select.step())
    f(read_position(select));
}

void state_reader::visit_holders(
  uint32_t partition,
  const std::function<void(const messages::holders_row&)>& f) {
  auto select = db_.prepare(
    "SELECT mint, count(DISTINCT wallet) FROM position WHERE part = ? AND "
    "units > ? GROUP BY mint ORDER BY mint");
  auto zero = to_ordered(domain::i128{0});
  select.bind(partition, bytes_of(zero));
  while (select.step()) {
    auto row = messages::holders_row{};
    if (!from_bytes(select.blob(0), row.mint))
      fail_damaged(db_, "a row of position");
    row.wallets = select.integer(1);
    f(row);
  }
}

void state_reader::visit_wallet_buckets(
  uint32_t partition,
  const std::function<void(const domain::wallet_bucket&)>& f) {
  auto select = db_.prepare("SELECT * FROM wallet_bucket WHERE part = ? "
                            "ORDER BY length, start, wallet");
  select.bind(partition);
  while (select.step()) {
    auto row = domain::wallet_bucket{};
    row.length = static_cast<uint32_t>(select.integer(1));
    row.start = select.integer(2);
    if (!from_bytes(select.blob(3), row.wallet)
        || !unpack_state(select.blob(4), row))
      fail_damaged(db_, "a row of wallet_bucket");
    f(row);
  }
}

void state_reader::visit_tokens(
  uint32_t partition,
  const std::function<void(const messages::token_row&)>& f) {
  auto select = db_.prepare("SELECT * FROM token WHERE part = ? ORDER BY mint");
  select.bind(partition);
  while (select.step())
    f(read_token(select));
}

void state_reader::visit_candles(
  uint32_t partition, int64_t since,
  const std::function<void(const messages::candle_row&)>& f) {
  // The day comes first in the key, so that a start of the program reads the
  // last day or two and not the history; a sort puts the days together.
  auto select = db_.prepare(
    "SELECT * FROM candle WHERE part = ?1 AND day >= ?2 AND open_time >= ?3 "
    "ORDER BY mint, quote_mint, length, open_time");
  select.bind(partition, day_of(since), since);
  while (select.step()) {
    auto row = messages::candle_row{};
    row.interval = to_interval(db_, select.integer(4));
    row.candle.open_time = select.integer(5);
    if (!from_bytes(select.blob(2), row.mint)
        || !from_mint_column(select.blob(3), row.quote_mint)
        || !unpack_state(select.blob(6), row.candle))
      fail_damaged(db_, "a row of candle");
    f(row);
  }
}

} // namespace pumpscope::adapters::sqlite
