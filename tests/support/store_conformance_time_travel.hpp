#pragma once

// Part of store_conformance.hpp: the ledger of a wallet as it was. Comes last:
// the fixtures of the folds have short names.

#include "messages/ledger_as_of.hpp"
#include "messages/state_rows.hpp"
#include "tests/domain/fold_fixtures.hpp"
#include "tests/support/store_conformance_queries.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace pumpscope::test {

/// Tells whether two ledgers hold the same.
inline bool same_ledger(const domain::wallet_ledger& x,
                        const domain::wallet_ledger& y) {
  if (x.wallet() != y.wallet() || x.size() != y.size()
      || !(x.totals() == y.totals()))
    return false;
  for (size_t i = 0; i < x.size(); ++i) {
    auto other = y.find(x.at(i).key);
    if (other == nullptr || !(*other == x.at(i)))
      return false;
  }
  return true;
}

/// Returns epochs of a few rows each, in the order given, that follow a head.
inline std::vector<messages::epoch> epochs_of(messages::head_row head,
                                              const std::vector<row>& rows) {
  auto result = std::vector<messages::epoch>{};
  for (size_t i = 0; i < rows.size();) {
    auto& x = result.emplace_back(epoch_after(head));
    for (auto end = std::min(i + 20, rows.size()); i < end; ++i)
      std::visit(
        [&](auto y) {
          y.jpos = ++x.after.jpos;
          if constexpr (std::is_same_v<decltype(y), domain::trade>)
            x.trades.push_back(y);
          else
            x.token_events.push_back(y);
        },
        rows[i]);
    head = x.after;
  }
  return result;
}

/// The ledger of a replay that was stopped behind a slot.
inline domain::wallet_ledger
replayed_until(const std::vector<row>& rows, uint64_t slot,
               const std::set<uint64_t>& voided, const domain::pubkey& wallet) {
  auto result = domain::wallet_ledger{wallet};
  for (auto& x : rows)
    if (auto found = std::get_if<domain::trade>(&x);
        found != nullptr && found->wallet == wallet
        && found->position.slot <= slot
        && !voided.contains(found->position.slot))
      static_cast<void>(result.apply(*found));
  return result;
}

TEST_P(store_queries, a_ledger_as_of_a_slot_is_that_of_a_replay_until_there) {
  auto chain = make_history({.seed = 5, .rows = 400, .wallets = 4, .mints = 3});
  auto last = place_of(chain.back()).slot;
  // Some rows come late, as from a gap that was filled.
  auto journaled = std::vector<row>{};
  auto late = std::vector<row>{};
  for (size_t i = 0; i < chain.size(); ++i)
    (i % 9 == 4 ? late : journaled).push_back(chain[i]);
  for (auto& x : epochs_of(head, journaled))
    commit(x);
  for (auto& x : epochs_of(head, late))
    commit(x);
  auto third = last / 3;
  void_slot(third);
  for (auto number = uint64_t{0}; number < 4; ++number)
    for (auto slot :
         {uint64_t{0}, uint64_t{1}, third - 1, third, third + 1, last / 2,
          last - 1, last, last + 1'000, std::numeric_limits<uint64_t>::max()})
      EXPECT_TRUE(same_ledger(
        value(messages::load_ledger_as_of(store(), key(number), slot)),
        replayed_until(chain, slot, {third}, key(number))))
        << "wallet " << number << ", slot " << slot;
  auto unknown = value(messages::load_ledger_as_of(store(), key(77), last));
  EXPECT_EQ(unknown.size(), 0U);
}

TEST_P(store_queries, a_ledger_as_of_a_slot_is_what_a_node_stored_then) {
  auto chain = make_history({.seed = 6, .rows = 300, .wallets = 3, .mints = 2});
  auto slot = place_of(chain.back()).slot / 2;
  auto middle = std::find_if(chain.begin(), chain.end(), [slot](auto& x) {
    return place_of(x).slot > slot;
  });
  // The first half with its states, as a node stores them.
  for (auto& x : epochs_of(head, {chain.begin(), middle}))
    commit(x);
  auto ledgers = std::map<domain::pubkey, domain::wallet_ledger>{};
  for (auto i = chain.begin(); i != middle; ++i)
    if (auto found = std::get_if<domain::trade>(&*i))
      static_cast<void>(ledgers.try_emplace(found->wallet, found->wallet)
                          .first->second.apply(*found));
  auto id = store().identity();
  auto wallets = std::vector<domain::pubkey>{};
  for (auto i = 0U; i < id.partitions; ++i) {
    auto x = checkpoint_of(messages::projection::wallet, i);
    for (auto& [wallet, ledger] : ledgers) {
      if (domain::partition_of(wallet, id.hash_seed, id.partitions) != i)
        continue;
      wallets.push_back(wallet);
      x.wallets.push_back({wallet, ledger.totals(), {}});
      for (size_t j = 0; j < ledger.size(); ++j)
        x.positions.push_back(
          messages::make_position_row(wallet, ledger.at(j)));
    }
    commit(x);
  }
  auto stored = value(store().load_wallets(wallets));
  for (auto& x : epochs_of(head, {middle, chain.end()}))
    commit(x);
  ASSERT_GE(wallets.size(), 3U);
  for (size_t i = 0; i < wallets.size(); ++i) {
    auto then = messages::restore_wallet(wallets[i], stored[i]).value();
    auto load = [&](uint64_t as_of) {
      return value(messages::load_ledger_as_of(store(), wallets[i], as_of));
    };
    EXPECT_TRUE(same_ledger(load(slot), then));
    EXPECT_FALSE(same_ledger(load(place_of(chain.back()).slot), then));
  }
}

TEST_P(store_queries, a_ledger_of_too_many_trades_is_refused) {
  commit_trades(5, 1, key_in(1), key_in(2));
  auto load = [&](uint64_t slot, size_t trades_max) {
    auto result = messages::load_ledger_as_of(store(), key_in(1), slot,
                                              trades_max);
    return result ? domain::errc::none : result.error().code;
  };
  EXPECT_EQ(load(9, 4), domain::errc::limit_exceeded);
  EXPECT_EQ(load(9, 5), domain::errc::none);
  EXPECT_EQ(load(4, 4), domain::errc::none);
}

} // namespace pumpscope::test
