#pragma once

#include "actors/router.hpp"
#include "domain/known_keys.hpp"
#include "messages/actors.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/sample_rows.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <vector>

namespace pumpscope::test {

inline constexpr auto one_partition = messages::store_identity{.hash_seed = 1,
                                                               .partitions = 1};

/// A curve trade against SOL that a fold accepts.
inline domain::trade plain_trade(domain::trade_side side, uint64_t slot,
                                 const domain::pubkey& wallet,
                                 const domain::pubkey& mint, uint64_t units,
                                 uint64_t quote) {
  auto x = domain::trade{};
  x.position = {slot, 0, 1};
  x.block_time = 1'700'000'000 + static_cast<int64_t>(slot);
  x.event_time = x.block_time;
  x.side = side;
  x.wallet = wallet;
  x.mint = mint;
  x.quote_mint = domain::known_keys::wsol_mint;
  x.token_units = units;
  x.quote_units = quote;
  x.net_quote_units = quote;
  x.event_base_reserves = 1'000'000;
  x.event_quote_reserves = 1'000 + slot;
  x.pool_base_units = units;
  x.pool_quote_units = quote;
  return x;
}

/// A store in memory with an owner, and what reaches the router.
class store_fixture : public actor_fixture {
protected:
  struct seen_by_router {
    std::vector<uint64_t> committed = {};
    std::vector<uint64_t> applied = {};
    std::vector<messages::token_breaks> breaks = {};
    std::vector<domain::pubkey> repairs_wanted = {};
  };

  static messages::router_actor::behavior_type
  fake_router(messages::router_actor::pointer,
              std::shared_ptr<seen_by_router> seen) {
    return {
      [](atom::status) { return caf::settings{}; },
      [](const messages::router_links_ptr&) {},
      [](atom::leave, const messages::served_partitions_ptr&) {
        return messages::head_row{};
      },
      [](atom::join, const messages::served_partitions_ptr&) {
        return messages::head_row{};
      },
      [seen](const messages::epoch_committed& x) {
        seen->committed.push_back(x.epoch->after.epoch);
      },
      [seen](const messages::epoch_applied& x) {
        seen->applied.push_back(x.epoch);
      },
      [](const messages::host_applied&) {},
      [seen](const messages::breaks_found_ptr& x) {
        seen->breaks.insert(seen->breaks.end(), x->tokens.begin(),
                            x->tokens.end());
      },
      [seen](const messages::repair_wanted& x) {
        seen->repairs_wanted.push_back(x.key);
      },
    };
  }

  /// Appends an epoch to the journal; a trade behind the chain of its keys has
  /// `late` set and stands as a repair.
  messages::epoch_ptr commit(std::vector<domain::trade> trades,
                             bool late = false) {
    auto x = epoch_after(head_);
    for (auto& trade : trades) {
      trade.jpos = ++x.after.jpos;
      x.after.chain_time = std::max(x.after.chain_time, trade.block_time);
      if (late) {
        x.repairs.push_back(
          {messages::projection::wallet, trade.wallet, trade.jpos});
        x.repairs.push_back(
          {messages::projection::token, trade.mint, trade.jpos});
      }
      x.trades.push_back(std::move(trade));
    }
    head_ = x.after;
    auto result = std::make_shared<const messages::epoch>(std::move(x));
    EXPECT_EQ(store_->commit_epoch(*result).value(),
              messages::commit_outcome::committed);
    return result;
  }

  static messages::routed_epoch_ptr route(const messages::epoch_ptr& x) {
    return actors::route(x,
                         {one_partition.partitions, one_partition.hash_seed});
  }

  std::shared_ptr<memory_store> store_
    = std::make_shared<memory_store>(one_partition);
  std::shared_ptr<memory_disk> disk_ = store_->disk();
  messages::head_row head_ = store_->take_over().value();
  std::shared_ptr<seen_by_router> seen_ = std::make_shared<seen_by_router>();
  messages::router_actor router_ = adopt(sys_.spawn(fake_router, seen_));
};

} // namespace pumpscope::test
