#pragma once

#include "domain/wallet_windows.hpp"
#include "messages/state_blob.hpp"
#include "messages/state_rows.hpp"
#include "tests/domain/fold_fixtures.hpp"
#include "tests/support/memory_store.hpp"

#include <limits>
#include <map>
#include <stdexcept>
#include <vector>

namespace pumpscope::test {

/// Throws when a store call that must work does not: the arrange part failed.
template <class T>
T must(messages::store_result<T> x) {
  if (!x)
    throw std::runtime_error{x.error().what};
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

inline void must_commit(messages::store_result<messages::commit_outcome> x) {
  if (must(std::move(x)) != messages::commit_outcome::committed)
    throw std::runtime_error{"the commit was refused"};
}

/// Journals rows and stores the states that the product's folds make of those
/// up to `states_up_to`, as the actors would.
inline void fill(messages::store& store, std::vector<row> rows,
                 uint64_t states_up_to = std::numeric_limits<uint64_t>::max()) {
  auto identity = store.identity();
  auto head = must(store.take_over());
  auto epoch = messages::epoch{};
  epoch.before = head;
  epoch.after = head;
  ++epoch.after.epoch;
  auto wallets = std::map<pubkey, wallet_ledger>{};
  auto tokens = std::map<pubkey, token_ledger>{};
  auto windows = std::vector<wallet_windows>(identity.partitions);
  for (auto& x : rows) {
    std::visit([&](auto& y) { y.jpos = ++epoch.after.jpos; }, x);
    if (const auto* trade = std::get_if<domain::trade>(&x))
      epoch.trades.push_back(*trade);
    else
      epoch.token_events.push_back(std::get<token_event>(x));
    std::visit(
      [&](const auto& y) {
        epoch.after.chain_time = std::max(epoch.after.chain_time, y.block_time);
      },
      x);
  }
  auto partition = [&identity](const pubkey& x) {
    return partition_of(x, identity.hash_seed, identity.partitions);
  };
  for (const auto& x : rows) {
    if (std::visit([](const auto& y) { return y.jpos; }, x) > states_up_to)
      break;
    std::visit(
      [&](const auto& y) {
        tokens.try_emplace(y.mint, token_ledger::refold(y.mint))
          .first->second.apply(y);
      },
      x);
    if (const auto* y = std::get_if<trade>(&x)) {
      auto& ledger = wallets.try_emplace(y->wallet, y->wallet).first->second;
      auto effect = ledger.apply(*y);
      if (effect)
        (void)windows[partition(y->wallet)].apply(y->wallet, *effect);
    }
  }
  must_commit(store.commit_epoch(epoch));
  auto upto = std::min(states_up_to, epoch.after.jpos);
  for (auto i = uint32_t{0}; i < identity.partitions; ++i) {
    auto cut = messages::checkpoint{};
    cut.fence = epoch.after.fence;
    cut.before = {messages::projection::wallet, i, 0, 0, 0};
    cut.after = {messages::projection::wallet, i, upto, epoch.after.chain_time,
                 0};
    for (const auto& [key, ledger] : wallets) {
      if (partition(key) != i)
        continue;
      cut.wallets.push_back(messages::to_row(key, ledger.totals()));
      for (auto j = size_t{0}; j < ledger.size(); ++j)
        cut.positions.push_back(messages::to_row(key, ledger.at(j)));
    }
    windows[i].advance(epoch.after.chain_time);
    cut.wallet_buckets = windows[i].take_dirty_buckets();
    must_commit(store.commit_checkpoint(cut));
    cut = messages::checkpoint{};
    cut.fence = epoch.after.fence;
    cut.before = {messages::projection::token, i, 0, 0, 0};
    cut.after = {messages::projection::token, i, upto, epoch.after.chain_time,
                 0};
    for (auto& [key, ledger] : tokens) {
      if (partition(key) != i)
        continue;
      ledger.finish_refold();
      cut.tokens.push_back(messages::make_token_row(ledger));
      for (const auto& x : ledger.take_dirty_candles())
        cut.candles.push_back({key, x.quote_mint, x.interval, x.candle});
    }
    must_commit(store.commit_checkpoint(cut));
  }
}

} // namespace pumpscope::test
