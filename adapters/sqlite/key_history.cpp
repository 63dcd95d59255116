#include "adapters/sqlite/key_history.hpp"

#include "adapters/sqlite/journal_row.hpp"
#include "adapters/sqlite/journal_writer.hpp"

#include <algorithm>

namespace pumpscope::adapters::sqlite {

namespace {

using domain::chain_position;
using messages::projection;

constexpr auto position_columns
  = "SELECT slot, tx_index, ix_path, wallet, mint FROM journal WHERE jpos = ?";

} // namespace

key_history::key_history(database& db, const messages::store_identity& id,
                         projection kind, const domain::pubkey& key,
                         uint64_t up_to, size_t chunk_rows)
  : db_(db),
    kind_(kind),
    key_(key),
    up_to_(up_to),
    hash_(key_index::hash_of(key, id.hash_seed)),
    chunk_rows_(chunk_rows),
    voided_(db) {
}

messages::journal_rows key_history::next(size_t rows_max) {
  auto tx = transaction{db_, transaction::kind::read};
  if (!std::exchange(scanned_, true))
    scan();
  auto result = messages::journal_rows{};
  auto select = db_.prepare("SELECT * FROM journal WHERE jpos = ?");
  auto size = [&] { return result.trades.size() + result.token_events.size(); };
  while (size() < rows_max) {
    if (pending_ == 0)
      pending_ = next_in_order();
    auto late_is_next = late_next_ < late_.size()
                        && (pending_ == 0
                            || late_[late_next_].position < pending_position_);
    if (late_is_next)
      append(late_[late_next_++].jpos, select, result);
    else if (pending_ != 0)
      append(std::exchange(pending_, 0), select, result);
    else
      break;
  }
  tx.commit();
  return result;
}

void key_history::scan() {
  // What is appended between two pages belongs to the next history.
  up_to_ = std::min(up_to_, load_head(db_).jpos);
  auto index = key_index{db_};
  auto select = db_.prepare(position_columns);
  auto highest = chain_position{};
  for (uint64_t after = 0;;) {
    auto found = index.find(kind_, {hash_, hash_}, after, up_to_, chunk_rows_);
    if (found.empty())
      break;
    after = found.back();
    for (auto jpos : found) {
      auto position = position_of(select, jpos);
      if (!position)
        continue;
      if (*position < highest)
        late_.push_back({*position, jpos});
      else
        highest = *position;
    }
  }
  std::sort(late_.begin(), late_.end(),
            [](auto& x, auto& y) { return x.position < y.position; });
}

uint64_t key_history::next_in_order() {
  auto select = db_.prepare(position_columns);
  for (;;) {
    if (chunk_next_ == chunk_.size()) {
      if (chunk_last_)
        return 0;
      auto index = key_index{db_};
      chunk_ = index.find(kind_, {hash_, hash_}, chunk_after_, up_to_,
                          chunk_rows_);
      chunk_next_ = 0;
      chunk_last_ = chunk_.empty();
      if (chunk_last_)
        return 0;
      chunk_after_ = chunk_.back();
    }
    auto jpos = chunk_[chunk_next_++];
    auto position = position_of(select, jpos);
    if (!position || *position < highest_)
      continue;
    highest_ = *position;
    pending_position_ = *position;
    return jpos;
  }
}

std::optional<chain_position> key_history::position_of(statement& select,
                                                       uint64_t jpos) const {
  if (!select.bind(jpos).step())
    fail_row(db_, jpos);
  auto result = chain_position{select.unsigned_integer(0),
                               static_cast<uint32_t>(select.integer(1)),
                               static_cast<uint32_t>(select.integer(2))};
  auto key = domain::pubkey{};
  auto readable = from_bytes(select.blob(kind_ == projection::wallet ? 3 : 4),
                             key);
  select.reset();
  if (!readable)
    fail_row(db_, jpos);
  // Different keys may share a hash.
  if (key != key_)
    return std::nullopt;
  return result;
}

void key_history::append(uint64_t jpos, statement& select,
                         messages::journal_rows& out) {
  if (!select.bind(jpos).step())
    fail_row(db_, jpos);
  auto add = [this](auto& rows, auto&& row) {
    if (!voided_.has(row.position.slot, up_to_))
      rows.push_back(std::move(row));
  };
  read_row(
    db_, select, [&](domain::trade&& row) { add(out.trades, std::move(row)); },
    [&](domain::token_event&& row) { add(out.token_events, std::move(row)); });
  select.reset();
}

} // namespace pumpscope::adapters::sqlite
