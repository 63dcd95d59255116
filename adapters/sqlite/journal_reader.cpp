#include "adapters/sqlite/journal_reader.hpp"

#include "adapters/sqlite/key_index.hpp"
#include "adapters/sqlite/row_codec.hpp"

#include <algorithm>
#include <limits>

namespace pumpscope::adapters::sqlite {

namespace {

using messages::projection;

[[noreturn]] void fail_row(const database& db, uint64_t jpos) {
  fail_damaged(db, "journal row " + std::to_string(jpos));
}

/// Reads the columns of `journal`, in the order of the schema, that trades and
/// events share; false when damaged.
template <class Row>
bool read_columns(const statement& from, Row& x) {
  x.jpos = from.unsigned_integer(0);
  x.position.slot = from.unsigned_integer(2);
  x.position.tx_index = static_cast<uint32_t>(from.integer(3));
  x.position.ix_path = static_cast<uint32_t>(from.integer(4));
  x.block_time = from.integer(5);
  return from_bytes(from.blob(6), x.wallet) && from_bytes(from.blob(7), x.mint)
         && from_bytes(from.blob(8), x.signature)
         && unpack_body(from.blob(9), x);
}

/// Hands the row to the function for its type.
template <class OnTrade, class OnEvent>
void read_row(const database& db, const statement& from, OnTrade&& on_trade,
              OnEvent&& on_event) {
  using domain::token_event_kind;
  auto kind = from.integer(1);
  auto jpos = from.unsigned_integer(0);
  if (kind == 0) {
    auto row = domain::trade{};
    if (!read_columns(from, row))
      fail_row(db, jpos);
    on_trade(std::move(row));
    return;
  }
  if (kind < 0
      || kind > 1 + static_cast<int64_t>(token_event_kind::boost_bought))
    fail_row(db, jpos);
  auto row = domain::token_event{};
  row.kind = static_cast<token_event_kind>(kind - 1);
  if (!read_columns(from, row))
    fail_row(db, jpos);
  on_event(std::move(row));
}

/// Returns functions that append to `rows` what `want` accepts.
template <class Want>
auto append_to(messages::journal_rows& rows, Want&& want) {
  return std::pair{[&rows, want](domain::trade&& x) {
                     if (want(x))
                       rows.trades.push_back(std::move(x));
                   },
                   [&rows, want](domain::token_event&& x) {
                     if (want(x))
                       rows.token_events.push_back(std::move(x));
                   }};
}

/// Reads the rows at `positions` that `want` accepts, up to `rows_max`.
template <class Want>
messages::journal_rows fetch(database& db,
                             const std::vector<uint64_t>& positions,
                             size_t rows_max, Want&& want) {
  auto result = messages::journal_rows{};
  auto [on_trade, on_event] = append_to(result, want);
  auto select = db.prepare("SELECT * FROM journal WHERE jpos = ?");
  for (auto jpos : positions) {
    if (result.trades.size() + result.token_events.size() >= rows_max)
      break;
    if (!select.bind(jpos).step())
      fail_row(db, jpos);
    read_row(db, select, on_trade, on_event);
    select.reset();
  }
  return result;
}

} // namespace

messages::journal_rows
journal_reader::load_tail(projection kind, uint32_t partition, uint64_t after,
                          uint64_t up_to, size_t rows_max) {
  auto tx = transaction{db_, transaction::kind::read};
  auto index = key_index{db_};
  // A partition is a range of hashes: no other partition's row can be in it.
  auto positions = index.find(kind,
                              key_index::range_of(partition, id_.partitions),
                              after, up_to, rows_max);
  auto result = fetch(db_, positions, rows_max,
                      [](const auto&) { return true; });
  tx.commit();
  return result;
}

messages::journal_rows journal_reader::load_history(projection kind,
                                                    const domain::pubkey& key,
                                                    uint64_t up_to) {
  auto tx = transaction{db_, transaction::kind::read};
  auto index = key_index{db_};
  auto hash = key_index::hash_of(key, id_.hash_seed);
  auto positions = index.find(kind, {hash, hash}, 0, up_to,
                              std::numeric_limits<size_t>::max());
  auto result = fetch(
    db_, positions, std::numeric_limits<size_t>::max(), [&](const auto& row) {
      return key == (kind == projection::wallet ? row.wallet : row.mint);
    });
  tx.commit();
  auto in_chain_order = [](const auto& x, const auto& y) {
    return x.position < y.position;
  };
  std::sort(result.trades.begin(), result.trades.end(), in_chain_order);
  std::sort(result.token_events.begin(), result.token_events.end(),
            in_chain_order);
  return result;
}

messages::journal_rows
journal_reader::load_journal(uint64_t after, uint64_t up_to, size_t rows_max) {
  auto result = messages::journal_rows{};
  auto [on_trade, on_event] = append_to(result,
                                        [](const auto&) { return true; });
  auto select = db_.prepare(
    "SELECT * FROM journal WHERE jpos > ? AND jpos <= ? "
    "ORDER BY jpos LIMIT ?");
  select.bind(saturated(after), saturated(up_to), saturated(rows_max));
  while (select.step())
    read_row(db_, select, on_trade, on_event);
  return result;
}

void journal_reader::visit(
  const std::function<void(const domain::trade&)>& on_trade,
  const std::function<void(const domain::token_event&)>& on_event) {
  auto select = db_.prepare("SELECT * FROM journal INDEXED BY journal_key "
                            "ORDER BY slot, tx_index, ix_path");
  while (select.step())
    read_row(db_, select, on_trade, on_event);
}

std::vector<bool>
journal_reader::contains(std::span<const domain::chain_position> keys) {
  auto tx = transaction{db_, transaction::kind::read};
  auto result = std::vector<bool>{};
  result.reserve(keys.size());
  auto select = db_.prepare("SELECT 1 FROM journal WHERE slot = ? "
                            "AND tx_index = ? AND ix_path = ?");
  for (auto& key : keys) {
    result.push_back(
      select.bind(saturated(key.slot), key.tx_index, key.ix_path).step());
    select.reset();
  }
  tx.commit();
  return result;
}

} // namespace pumpscope::adapters::sqlite
