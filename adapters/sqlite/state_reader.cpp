#include "adapters/sqlite/state_reader.hpp"

#include "adapters/sqlite/columns.hpp"
#include "adapters/sqlite/state_row.hpp"

namespace pumpscope::adapters::sqlite {

using messages::projection;

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
      state.wallet = read_wallet(db_, wallet);
    wallet.reset();
    positions.bind(part, bytes_of(key));
    while (positions.step())
      state.positions.push_back(read_position(db_, positions));
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
      row = read_token(db_, token);
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
    f(read_wallet(db_, select));
}

void state_reader::visit_positions(
  uint32_t partition,
  const std::function<void(const messages::position_row&)>& f) {
  auto select = db_.prepare("SELECT * FROM position WHERE part = ? "
                            "ORDER BY wallet, mint, quote_mint");
  select.bind(partition);
  while (select.step())
    f(read_position(db_, select));
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
    f(read_token(db_, select));
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
  while (select.step())
    f(read_candle(db_, select));
}

} // namespace pumpscope::adapters::sqlite
