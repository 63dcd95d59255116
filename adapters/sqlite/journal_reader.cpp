#include "adapters/sqlite/journal_reader.hpp"

#include "adapters/sqlite/columns.hpp"
#include "adapters/sqlite/journal_row.hpp"
#include "adapters/sqlite/key_index.hpp"

#include <utility>

namespace pumpscope::adapters::sqlite {

namespace {

using messages::projection;

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

messages::journal_rows journal_reader::load_slot(uint64_t slot) {
  auto result = messages::journal_rows{};
  auto [on_trade, on_event] = append_to(result, [](const auto& row) {
    return row.position != domain::void_position(row.position.slot);
  });
  auto select = db_.prepare(
    "SELECT * FROM journal WHERE slot = ? ORDER BY tx_index, ix_path");
  select.bind(saturated(slot));
  while (select.step())
    read_row(db_, select, on_trade, on_event);
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
