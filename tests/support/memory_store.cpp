#include "tests/support/memory_store.hpp"

#include "messages/store_checks.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace pumpscope::test {

using namespace messages;
using domain::errc;

namespace {

tl::unexpected<store_error> failure(errc code, std::string text) {
  return tl::make_unexpected(store_error{code, std::move(text)});
}

tl::unexpected<store_error> broken(std::string text) {
  return failure(errc::internal, std::move(text));
}

/// Tells whether every key is new: neither stored nor named twice.
template <class Rows, class Map, class KeyOf>
bool all_new(const Rows& rows, const Map& stored, KeyOf&& key_of) {
  auto seen = std::set<typename Map::key_type>{};
  return std::all_of(rows.begin(), rows.end(), [&](const auto& row) {
    auto key = typename Map::key_type{key_of(row)};
    return stored.count(key) == 0 && seen.insert(key).second;
  });
}

/// Returns a text for the first row of an epoch whose key exists already, or
/// that closes what is not open; empty when all is well.
std::string find_violation(const memory_disk& disk, const epoch& x) {
  auto by_range = [](const gap_row& row) {
    return std::pair{row.from_slot, row.to_slot};
  };
  auto self = [](const auto& row) { return row; };
  auto journal = std::vector<domain::chain_position>{};
  for (auto& row : x.trades)
    journal.push_back(row.position);
  for (auto& row : x.token_events)
    journal.push_back(row.position);
  if (!all_new(journal, disk.keys, self))
    return "the key of a journal row exists already";
  if (!all_new(x.slots, disk.slots,
               [](const slot_row& row) { return row.slot; }))
    return "a slot exists already";
  if (!all_new(x.gaps_opened, disk.gaps, by_range))
    return "a gap exists already";
  if (!all_new(x.repairs, disk.repairs, self))
    return "a repair exists already";
  auto resolved = std::set<domain::chain_position>{};
  for (auto& position : x.dead_letters_resolved)
    if (disk.dead_letters.count(position) == 0
        || !resolved.insert(position).second)
      return "a dead letter that is resolved does not exist";
  auto voided = std::set<uint64_t>{};
  for (auto slot : x.slots_voided)
    if (disk.slots.count(slot) == 0 || !voided.insert(slot).second)
      return "a slot that is voided is not sealed";
  auto filled = std::set<std::pair<uint64_t, uint64_t>>{};
  for (auto& row : x.gaps_filled) {
    auto i = disk.gaps.find(by_range(row));
    if (i == disk.gaps.end() || i->second.filled
        || !filled.insert(by_range(row)).second)
      return "a gap that is filled is not open";
  }
  return {};
}

/// Tells whether two rows have the same key.
template <class Rows, class KeyOf>
bool any_repeated(const Rows& rows, KeyOf&& key_of) {
  auto keys = std::set<decltype(key_of(rows.front()))>{};
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
    return !keys.insert(key_of(row)).second;
  });
}

/// Tells whether a checkpoint names a stored row more than once.
bool repeats_rows(const checkpoint& x) {
  return any_repeated(x.wallets, [](auto& row) { return row.wallet; })
         || any_repeated(x.positions,
                         [](auto& row) {
                           return std::pair{row.wallet, row.position.key};
                         })
         || any_repeated(x.wallet_buckets,
                         [](auto& row) {
                           return std::tuple{row.wallet, row.length, row.start};
                         })
         || any_repeated(x.tokens, [](auto& row) { return row.mint; })
         || any_repeated(x.candles,
                         [](auto& row) {
                           return std::tuple{row.mint, row.quote_mint,
                                             row.interval,
                                             row.candle.open_time};
                         })
         || any_repeated(x.repairs_done, [](auto& row) { return row; });
}

void insert_rows(memory_disk& disk, const epoch& x) {
  for (auto& row : x.trades) {
    disk.trades.emplace(row.jpos, row);
    disk.keys.emplace(row.position, row.jpos);
  }
  for (auto& row : x.token_events) {
    disk.token_events.emplace(row.jpos, row);
    disk.keys.emplace(row.position, row.jpos);
  }
  for (auto& row : x.slots)
    disk.slots.emplace(row.slot, row);
  for (auto& row : x.dead_letters)
    disk.dead_letters.emplace(row.position, row);
  for (auto& position : x.dead_letters_resolved)
    disk.dead_letters.erase(position);
  for (auto slot : x.slots_voided) {
    disk.slots.erase(slot);
    std::erase_if(disk.dead_letters, [slot](const auto& entry) {
      return entry.first.slot == slot;
    });
  }
  for (auto row : x.gaps_opened) {
    row.filled = false;
    disk.gaps.emplace(std::pair{row.from_slot, row.to_slot}, row);
  }
  for (auto& row : x.gaps_filled)
    disk.gaps.at({row.from_slot, row.to_slot}).filled = true;
  for (auto& row : x.repairs)
    disk.repairs.emplace(row, true);
  for (auto& row : x.pools)
    disk.pools[row.pool] = row;
}

void store_wallets(memory_disk::partition& part, const checkpoint& x) {
  for (auto& wallet : x.wallets_replaced) {
    part.positions.erase(wallet);
    std::erase_if(part.buckets, [&wallet](const auto& entry) {
      return entry.second.wallet == wallet;
    });
  }
  for (auto& row : x.wallets)
    part.wallets[row.wallet] = row;
  for (auto& row : x.positions)
    part.positions[row.wallet][row.position.key] = row;
  for (auto& row : x.wallet_buckets) {
    auto key = memory_disk::bucket_key{row.length, row.start, row.wallet};
    if (row.trades == 0 && row.realizations == 0)
      part.buckets.erase(key);
    else
      part.buckets[key] = row;
  }
  auto expired = [](int64_t start, int64_t before) {
    return before != 0 && start < before;
  };
  std::erase_if(part.buckets, [&](const auto& entry) {
    auto& row = entry.second;
    return (row.length == 300 && expired(row.start, x.buckets_5m_before))
           || (row.length == 3'600 && expired(row.start, x.buckets_1h_before));
  });
}

void store_tokens(memory_disk::partition& part, const checkpoint& x) {
  for (auto& mint : x.tokens_replaced)
    std::erase_if(part.candles, [&mint](const auto& entry) {
      return entry.second.mint == mint;
    });
  for (auto& row : x.tokens)
    part.tokens[row.mint] = row;
  for (auto& row : x.candles)
    part.candles[{row.mint, row.quote_mint, row.interval, row.candle.open_time}]
      = row;
}

store_result<commit_outcome> apply(memory_disk& disk, const epoch& x) {
  if (auto checked = check_epoch(x); !checked)
    return tl::make_unexpected(checked.error());
  if (disk.head.fence != x.before.fence)
    return commit_outcome::fenced;
  if (disk.head != x.before)
    return commit_outcome::stale;
  if (auto text = find_violation(disk, x); !text.empty())
    return broken(std::move(text));
  insert_rows(disk, x);
  disk.head = x.after;
  return commit_outcome::committed;
}

store_result<commit_outcome> apply(memory_disk& disk, const checkpoint& x) {
  if (auto checked = check_checkpoint(x, disk.identity); !checked)
    return tl::make_unexpected(checked.error());
  if (disk.head.fence != x.fence)
    return commit_outcome::fenced;
  auto& part = disk.at(x.after.kind, x.after.partition);
  if (part.cursor != x.before)
    return commit_outcome::stale;
  if (x.after.jpos > disk.head.jpos)
    return broken("a checkpoint is ahead of the journal");
  if (repeats_rows(x))
    return broken("a checkpoint names a row twice");
  store_wallets(part, x);
  store_tokens(part, x);
  for (auto& row : x.repairs_done)
    disk.repairs.erase(row);
  part.cursor = x.after;
  return commit_outcome::committed;
}

} // namespace

memory_disk::memory_disk(store_identity id) : identity(id) {
  for (auto number = 0U; number < id.partitions; ++number) {
    wallet_partitions.emplace_back().cursor.partition = number;
    auto& tokens = token_partitions.emplace_back();
    tokens.cursor.kind = projection::token;
    tokens.cursor.partition = number;
  }
}

memory_disk::partition& memory_disk::at(projection kind, uint32_t number) {
  return (kind == projection::wallet ? wallet_partitions : token_partitions)
    .at(number);
}

memory_store::memory_store(store_identity id)
  : disk_(std::make_shared<memory_disk>(id)) {
}

memory_store::memory_store(std::shared_ptr<memory_disk> disk)
  : disk_(std::move(disk)) {
}

memory_store::~memory_store() = default;

std::shared_ptr<memory_disk> memory_store::disk() const {
  return disk_;
}

bool memory_store::crashed() const {
  return crashed_;
}

store_identity memory_store::identity() const {
  return disk_->identity;
}

store_fault memory_store::next_fault(store_operation x) {
  if (crashed_)
    return store_fault::crash_before;
  auto result = on_operation ? on_operation(x) : store_fault::none;
  if (result == store_fault::crash_before || result == store_fault::crash_after)
    crashed_ = true;
  return result;
}

template <class F>
store_result<std::vector<commit_outcome>>
memory_store::write_all(store_operation x, size_t count, F&& f) {
  auto fault = next_fault(x);
  auto guard = std::lock_guard{disk_->mutex};
  auto all = [count](commit_outcome outcome) {
    return std::vector<commit_outcome>(count, outcome);
  };
  switch (fault) {
    case store_fault::none:
      return f(*disk_);
    case store_fault::fenced:
      ++disk_->head.fence;
      return f(*disk_);
    case store_fault::stale:
      return all(commit_outcome::stale);
    case store_fault::unknown_lost:
      return all(commit_outcome::unknown);
    case store_fault::unknown_applied:
      if (auto result = f(*disk_);
          !result || *result != all(commit_outcome::committed))
        return result;
      return all(commit_outcome::unknown);
    case store_fault::crash_after:
      (void)f(*disk_);
      break;
    case store_fault::crash_before:
      return failure(errc::store_unavailable, "the process has crashed");
    case store_fault::unavailable:
      break;
  }
  return failure(errc::store_unavailable,
                 crashed_ ? "the process has crashed" : "planted fault");
}

template <class F>
store_result<commit_outcome> memory_store::write(store_operation x, F&& f) {
  using outcomes = store_result<std::vector<commit_outcome>>;
  auto result = write_all(x, 1, [&f](memory_disk& disk) -> outcomes {
    auto outcome = f(disk);
    if (!outcome)
      return tl::make_unexpected(outcome.error());
    return std::vector{*outcome};
  });
  if (!result)
    return tl::make_unexpected(result.error());
  return result->front();
}

store_result<head_row> memory_store::take_over(uint64_t held) {
  auto fault = next_fault(store_operation::take_over);
  auto guard = std::lock_guard{disk_->mutex};
  auto& head = disk_->head;
  if (fault == store_fault::fenced)
    // The other owner comes first.
    ++head.fence;
  auto refused = held != 0 && head.fence != held;
  switch (fault) {
    case store_fault::none:
    case store_fault::stale:
    case store_fault::fenced:
      if (refused)
        return failure(errc::fenced, "another owner took the store over");
      ++head.fence;
      return head;
    case store_fault::unknown_applied:
    case store_fault::crash_after:
      if (!refused)
        ++head.fence;
      [[fallthrough]];
    case store_fault::unknown_lost:
      if (!crashed_)
        return failure(errc::unknown_outcome, "planted fault");
      [[fallthrough]];
    case store_fault::crash_before:
    case store_fault::unavailable:
      break;
  }
  return failure(errc::store_unavailable,
                 crashed_ ? "the process has crashed" : "planted fault");
}

store_result<commit_outcome> memory_store::commit_epoch(const epoch& x) {
  return write(store_operation::commit_epoch,
               [&x](memory_disk& disk) { return apply(disk, x); });
}

store_result<commit_outcome>
memory_store::commit_checkpoint(const checkpoint& x) {
  return write(store_operation::commit_checkpoint,
               [&x](memory_disk& disk) { return apply(disk, x); });
}

store_result<std::vector<commit_outcome>>
memory_store::commit_checkpoints(std::span<const checkpoint_ptr> xs) {
  if (xs.empty())
    return std::vector<commit_outcome>{};
  using outcomes = store_result<std::vector<commit_outcome>>;
  return write_all(store_operation::commit_checkpoint, xs.size(),
                   [&xs](memory_disk& disk) -> outcomes {
                     auto result = std::vector<commit_outcome>{};
                     for (auto& x : xs) {
                       auto outcome = apply(disk, *x);
                       if (!outcome)
                         return tl::make_unexpected(outcome.error());
                       result.push_back(*outcome);
                     }
                     return result;
                   });
}

} // namespace pumpscope::test
