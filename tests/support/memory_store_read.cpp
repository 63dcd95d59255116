#include "messages/store_checks.hpp"
#include "tests/support/memory_store.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace pumpscope::test {

using namespace messages;
using domain::errc;

namespace {

/// Keeps at most `rows_max` of the rows, those with the lowest jpos.
void cut(journal_rows& rows, size_t rows_max) {
  while (rows.trades.size() + rows.token_events.size() > rows_max) {
    auto last_is_trade
      = !rows.trades.empty()
        && (rows.token_events.empty()
            || rows.trades.back().jpos > rows.token_events.back().jpos);
    if (last_is_trade)
      rows.trades.pop_back();
    else
      rows.token_events.pop_back();
  }
}

/// Returns the rows with `after < jpos <= up_to` that a partition or key wants.
template <class Trade, class Event>
journal_rows select(const memory_disk& disk, uint64_t after, uint64_t up_to,
                    Trade&& want_trade, Event&& want_event) {
  auto result = journal_rows{};
  for (auto i = disk.trades.upper_bound(after);
       i != disk.trades.end() && i->first <= up_to; ++i)
    if (want_trade(i->second))
      result.trades.push_back(i->second);
  for (auto i = disk.token_events.upper_bound(after);
       i != disk.token_events.end() && i->first <= up_to; ++i)
    if (want_event(i->second))
      result.token_events.push_back(i->second);
  return result;
}

bool is_void(const domain::token_event& x) {
  return x.kind == domain::token_event_kind::slot_voided;
}

void sort_by_chain(journal_rows& rows) {
  auto in_chain_order = [](const auto& x, const auto& y) {
    return x.position < y.position;
  };
  std::sort(rows.trades.begin(), rows.trades.end(), in_chain_order);
  std::sort(rows.token_events.begin(), rows.token_events.end(), in_chain_order);
}

/// Hands out rows that were copied when it was opened.
class memory_history : public history {
public:
  explicit memory_history(journal_rows rows) : rows_(std::move(rows)) {
  }

  store_result<journal_rows> next(size_t rows_max) override {
    auto result = journal_rows{};
    auto& [trades, events] = rows_;
    for (; rows_max > 0; --rows_max) {
      auto has_trade = trade_ < trades.size();
      auto has_event = event_ < events.size();
      if (has_trade
          && (!has_event || trades[trade_].position < events[event_].position))
        result.trades.push_back(trades[trade_++]);
      else if (has_event)
        result.token_events.push_back(events[event_++]);
      else
        break;
    }
    return result;
  }

private:
  journal_rows rows_;
  size_t trade_ = 0;
  size_t event_ = 0;
};

template <class Map>
auto values(const Map& map) {
  auto result = std::vector<typename Map::mapped_type>{};
  result.reserve(map.size());
  for (auto& entry : map)
    result.push_back(entry.second);
  return result;
}

} // namespace

template <class F>
auto memory_store::read(store_operation x, F&& f)
  -> store_result<decltype(f())> {
  auto fault = next_fault(x);
  auto guard = std::lock_guard{disk_->mutex};
  if (fault == store_fault::none || fault == store_fault::stale)
    return f();
  if (fault == store_fault::fenced) {
    ++disk_->head.fence;
    return f();
  }
  return tl::make_unexpected(
    store_error{errc::store_unavailable,
                crashed_ ? "the process has crashed" : "planted fault"});
}

store_result<head_row> memory_store::read_head() {
  return read(store_operation::read_head, [this] { return disk_->head; });
}

store_result<std::vector<cursor_row>> memory_store::read_cursors() {
  return read(store_operation::read_cursors, [this] {
    auto result = std::vector<cursor_row>{};
    for (auto& part : disk_->wallet_partitions)
      result.push_back(part.cursor);
    for (auto& part : disk_->token_partitions)
      result.push_back(part.cursor);
    return result;
  });
}

store_result<journal_rows>
memory_store::load_tail(projection kind, uint32_t partition, uint64_t after,
                        uint64_t up_to, size_t rows_max) {
  auto id = disk_->identity;
  if (auto known = check_partition(partition, id); !known)
    return tl::make_unexpected(known.error());
  auto here = [&](const domain::pubkey& key) {
    return domain::partition_of(key, id.hash_seed, id.partitions) == partition;
  };
  return read(store_operation::read, [&] {
    auto result = select(
      *disk_, after, up_to,
      [&](const domain::trade& row) {
        return here(kind == projection::wallet ? row.wallet : row.mint);
      },
      [&](const domain::token_event& row) {
        return kind == projection::token && !is_void(row) && here(row.mint);
      });
    cut(result, rows_max);
    return result;
  });
}

store_result<std::unique_ptr<history>>
memory_store::open_history(projection kind, const domain::pubkey& key,
                           uint64_t up_to) {
  return read(store_operation::read, [&]() -> std::unique_ptr<history> {
    auto result = select(
      *disk_, 0, up_to,
      [&](const domain::trade& row) {
        return key == (kind == projection::wallet ? row.wallet : row.mint);
      },
      [&](const domain::token_event& row) {
        return kind == projection::token && !is_void(row) && key == row.mint;
      });
    auto is_voided = [&](const auto& row) {
      auto i = disk_->keys.find(domain::void_position(row.position.slot));
      return i != disk_->keys.end() && i->second <= up_to;
    };
    std::erase_if(result.trades, is_voided);
    std::erase_if(result.token_events, is_voided);
    sort_by_chain(result);
    return std::make_unique<memory_history>(std::move(result));
  });
}

store_result<journal_rows> memory_store::load_slot(uint64_t slot) {
  return read(store_operation::read, [&] {
    auto wanted = [slot](const auto& row) {
      return row.position.slot == slot
             && row.position != domain::void_position(slot);
    };
    auto result = select(*disk_, 0, disk_->head.jpos, wanted, wanted);
    sort_by_chain(result);
    return result;
  });
}

store_result<journal_rows>
memory_store::load_journal(uint64_t after, uint64_t up_to, size_t rows_max) {
  return read(store_operation::read, [&] {
    auto all = [](const auto&) { return true; };
    auto result = select(*disk_, after, up_to, all, all);
    cut(result, rows_max);
    return result;
  });
}

store_result<void> memory_store::visit_journal(
  const std::function<void(const domain::trade&)>& on_trade,
  const std::function<void(const domain::token_event&)>& on_event) {
  // Copied, so that a visitor may call the store.
  auto rows = read(store_operation::read, [this] {
    auto result = std::vector<std::pair<std::optional<domain::trade>,
                                        std::optional<domain::token_event>>>{};
    for (auto& [key, jpos] : disk_->keys) {
      auto& row = result.emplace_back();
      if (auto i = disk_->trades.find(jpos); i != disk_->trades.end())
        row.first = i->second;
      else
        row.second = disk_->token_events.at(jpos);
    }
    return result;
  });
  if (!rows)
    return tl::make_unexpected(rows.error());
  for (auto& [trade, event] : *rows) {
    if (trade)
      on_trade(*trade);
    else
      on_event(*event);
  }
  return {};
}

store_result<std::vector<wallet_state_rows>>
memory_store::load_wallets(std::span<const domain::pubkey> wallets) {
  return read(store_operation::read, [&] {
    auto id = disk_->identity;
    auto result = std::vector<wallet_state_rows>{};
    for (auto& wallet : wallets) {
      auto& part
        = disk_->at(projection::wallet,
                    domain::partition_of(wallet, id.hash_seed, id.partitions));
      auto& state = result.emplace_back();
      if (auto i = part.wallets.find(wallet); i != part.wallets.end())
        state.wallet = i->second;
      if (auto i = part.positions.find(wallet); i != part.positions.end())
        state.positions = values(i->second);
    }
    return result;
  });
}

store_result<std::vector<std::optional<token_row>>>
memory_store::load_tokens(std::span<const domain::pubkey> mints) {
  return read(store_operation::read, [&] {
    auto id = disk_->identity;
    auto result = std::vector<std::optional<token_row>>{};
    for (auto& mint : mints) {
      auto& part
        = disk_->at(projection::token,
                    domain::partition_of(mint, id.hash_seed, id.partitions));
      auto& row = result.emplace_back();
      if (auto i = part.tokens.find(mint); i != part.tokens.end())
        row = i->second;
    }
    return result;
  });
}

store_result<void>
memory_store::visit_wallets(uint32_t partition,
                            const std::function<void(const wallet_row&)>& f) {
  if (auto known = check_partition(partition, disk_->identity); !known)
    return known;
  auto rows = read(store_operation::read, [&] {
    return values(disk_->wallet_partitions[partition].wallets);
  });
  if (!rows)
    return tl::make_unexpected(rows.error());
  std::for_each(rows->begin(), rows->end(), f);
  return {};
}

store_result<void> memory_store::visit_positions(
  uint32_t partition, const std::function<void(const position_row&)>& f) {
  if (auto known = check_partition(partition, disk_->identity); !known)
    return known;
  auto rows = read(store_operation::read, [&] {
    auto result = std::vector<position_row>{};
    for (auto& wallet : disk_->wallet_partitions[partition].positions)
      for (auto& entry : wallet.second)
        result.push_back(entry.second);
    return result;
  });
  if (!rows)
    return tl::make_unexpected(rows.error());
  std::for_each(rows->begin(), rows->end(), f);
  return {};
}

store_result<void>
memory_store::visit_holders(uint32_t partition,
                            const std::function<void(const holders_row&)>& f) {
  auto holders = std::map<domain::pubkey, std::set<domain::pubkey>>{};
  auto done = visit_positions(partition, [&](const position_row& x) {
    if (x.position.units > 0)
      holders[x.position.key.mint].insert(x.wallet);
  });
  for (auto& [mint, wallets] : holders)
    f({mint, static_cast<int64_t>(wallets.size())});
  return done;
}

store_result<void> memory_store::visit_wallet_buckets(
  uint32_t partition,
  const std::function<void(const domain::wallet_bucket&)>& f) {
  if (auto known = check_partition(partition, disk_->identity); !known)
    return known;
  auto rows = read(store_operation::read, [&] {
    return values(disk_->wallet_partitions[partition].buckets);
  });
  if (!rows)
    return tl::make_unexpected(rows.error());
  std::for_each(rows->begin(), rows->end(), f);
  return {};
}

store_result<void>
memory_store::visit_tokens(uint32_t partition,
                           const std::function<void(const token_row&)>& f) {
  if (auto known = check_partition(partition, disk_->identity); !known)
    return known;
  auto rows = read(store_operation::read, [&] {
    return values(disk_->token_partitions[partition].tokens);
  });
  if (!rows)
    return tl::make_unexpected(rows.error());
  std::for_each(rows->begin(), rows->end(), f);
  return {};
}

store_result<void>
memory_store::visit_candles(uint32_t partition, int64_t since,
                            const std::function<void(const candle_row&)>& f) {
  if (auto known = check_partition(partition, disk_->identity); !known)
    return known;
  auto rows = read(store_operation::read, [&] {
    auto result = values(disk_->token_partitions[partition].candles);
    std::erase_if(result, [since](const candle_row& row) {
      return row.candle.open_time < since;
    });
    return result;
  });
  if (!rows)
    return tl::make_unexpected(rows.error());
  std::for_each(rows->begin(), rows->end(), f);
  return {};
}

store_result<std::vector<bool>>
memory_store::contains(std::span<const domain::chain_position> keys) {
  return read(store_operation::read, [&] {
    auto result = std::vector<bool>{};
    for (auto& key : keys)
      result.push_back(disk_->keys.count(key) == 1);
    return result;
  });
}

store_result<std::vector<slot_row>> memory_store::load_slots(uint64_t from,
                                                             uint64_t to) {
  return read(store_operation::read, [&] {
    auto result = std::vector<slot_row>{};
    for (auto i = disk_->slots.lower_bound(from);
         i != disk_->slots.end() && i->first <= to; ++i)
      result.push_back(i->second);
    return result;
  });
}

store_result<std::vector<slot_row>>
memory_store::load_last_slots(size_t count) {
  return read(store_operation::read, [&] {
    auto result = values(disk_->slots);
    if (result.size() > count)
      result.erase(result.begin(),
                   result.end() - static_cast<std::ptrdiff_t>(count));
    return result;
  });
}

store_result<std::vector<pool_row>> memory_store::load_pools() {
  return read(store_operation::read, [this] { return values(disk_->pools); });
}

store_result<std::vector<gap_row>> memory_store::load_gaps(bool open_only) {
  return read(store_operation::read, [&] {
    auto result = values(disk_->gaps);
    std::erase_if(result, [open_only](const gap_row& row) {
      return open_only && row.filled;
    });
    return result;
  });
}

store_result<std::vector<repair_row>>
memory_store::load_repairs(projection kind) {
  return read(store_operation::read, [&] {
    auto result = std::vector<repair_row>{};
    for (auto& entry : disk_->repairs)
      if (entry.first.kind == kind)
        result.push_back(entry.first);
    return result;
  });
}

store_result<std::vector<domain::dead_letter>>
memory_store::load_dead_letters(std::optional<domain::chain_position> after,
                                size_t count) {
  return read(store_operation::read, [&] {
    auto result = values(disk_->dead_letters);
    std::erase_if(result, [&after](const auto& row) {
      return after && row.position <= *after;
    });
    if (result.size() > count)
      result.resize(count);
    return result;
  });
}

store_result<void> memory_store::record_audit(const audit_row& x) {
  return read(store_operation::read,
              [&] {
                disk_->audit.push_back(x);
                if (disk_->audit.size() > audit_rows_max)
                  disk_->audit.erase(disk_->audit.begin());
                return true;
              })
    .map([](bool) {});
}

store_result<std::vector<audit_row>> memory_store::load_audit(size_t count) {
  return read(store_operation::read, [&] {
    auto result = std::vector<audit_row>{disk_->audit.rbegin(),
                                         disk_->audit.rend()};
    if (result.size() > count)
      result.resize(count);
    return result;
  });
}

store_result<std::optional<uint64_t>>
memory_store::append_inbox(std::span<const std::string> payloads,
                           const inbox_limits& limits) {
  return read(store_operation::read, [&]() -> std::optional<uint64_t> {
    auto bytes = uint64_t{0};
    for (auto& entry : disk_->inbox)
      bytes += entry.second.size();
    for (auto& x : payloads)
      bytes += x.size();
    if (disk_->inbox.size() + payloads.size() > limits.payloads_max
        || bytes > limits.bytes_max)
      return std::nullopt;
    for (auto& x : payloads)
      disk_->inbox.emplace(++disk_->inbox_last_id, x);
    return disk_->inbox_last_id;
  });
}

store_result<std::vector<inbox_row>>
memory_store::load_inbox(uint64_t after, size_t rows_max, size_t bytes_max) {
  return read(store_operation::read, [&] {
    auto result = std::vector<inbox_row>{};
    auto bytes = size_t{0};
    for (auto i = disk_->inbox.upper_bound(after);
         i != disk_->inbox.end() && result.size() < rows_max
         && bytes < bytes_max;
         ++i) {
      result.push_back({i->first, i->second});
      bytes += i->second.size();
    }
    return result;
  });
}

store_result<void> memory_store::remove_inbox(uint64_t up_to) {
  return read(store_operation::read,
              [&] {
                std::erase_if(disk_->inbox, [up_to](const auto& entry) {
                  return entry.first <= up_to;
                });
                return true;
              })
    .map([](bool) {});
}

store_result<inbox_size> memory_store::read_inbox_size() {
  return read(store_operation::read, [this] {
    auto result = inbox_size{disk_->inbox.size(), 0};
    for (auto& entry : disk_->inbox)
      result.bytes += entry.second.size();
    return result;
  });
}

store_result<std::unique_ptr<store>> memory_store::open_inbox() {
  return reader();
}

store_result<store_counts> memory_store::counts() {
  return read(store_operation::read, [this] {
    auto result = store_counts{};
    result.trades = disk_->trades.size();
    result.token_events = disk_->token_events.size();
    for (auto& entry : disk_->keys)
      result.max_jpos = std::max(result.max_jpos, entry.second);
    result.slots = disk_->slots.size();
    for (auto& entry : disk_->gaps)
      result.open_gaps += entry.second.filled ? 0 : 1;
    result.dead_letters = disk_->dead_letters.size();
    result.repairs = disk_->repairs.size();
    return result;
  });
}

store_result<std::unique_ptr<store>> memory_store::reader() {
  if (crashed_)
    return tl::make_unexpected(
      store_error{errc::store_unavailable, "the process has crashed"});
  auto result = std::make_unique<memory_store>(disk_);
  result->on_operation = on_operation;
  return result;
}

} // namespace pumpscope::test
