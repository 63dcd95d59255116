#include "actors/audit_key.hpp"

#include "messages/state_blob.hpp"
#include "tests/runtime/filled_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace pumpscope::actors {

namespace {

using messages::projection;
using ::testing::HasSubstr;

constexpr size_t no_limit = 1'000'000;

class audit_of_a_key : public ::testing::Test {
protected:
  audit_of_a_key() {
    test::fill(store_, test::history_maker{{.seed = 3}}.make());
    disk_ = store_.disk();
  }

  audit_result run(projection kind, const domain::pubkey& key,
                   size_t rows_max = no_limit) {
    auto result = audit_key(store_, kind, key, rows_max);
    EXPECT_TRUE(result) << result.error().what;
    return result.value_or(audit_result{});
  }

  /// Some stored wallet that has a position.
  std::pair<test::memory_disk::partition&, domain::pubkey> any_wallet() {
    for (auto& partition : disk_->wallet_partitions)
      if (!partition.positions.empty())
        return {partition, partition.positions.begin()->first};
    throw std::logic_error{"no wallet"};
  }

  /// Some stored token.
  messages::token_row& any_token() {
    for (auto& partition : disk_->token_partitions)
      if (!partition.tokens.empty())
        return partition.tokens.begin()->second;
    throw std::logic_error{"no token"};
  }

  test::memory_store store_;
  std::shared_ptr<test::memory_disk> disk_;
};

TEST_F(audit_of_a_key, finds_every_key_equal_that_the_folds_stored) {
  auto wallets = std::set<domain::pubkey>{};
  auto tokens = std::set<domain::pubkey>{};
  for (auto& [jpos, x] : disk_->trades) {
    wallets.insert(x.wallet);
    tokens.insert(x.mint);
  }
  EXPECT_GT(wallets.size(), 3U);
  for (auto& x : wallets)
    EXPECT_EQ(run(projection::wallet, x).what, "");
  for (auto& x : tokens)
    EXPECT_EQ(run(projection::token, x).what, "");
}

TEST_F(audit_of_a_key, knows_nothing_of_a_key_that_nobody_has_seen) {
  EXPECT_EQ(run(projection::wallet, domain::pubkey{}).outcome,
            audit_outcome::equal);
  EXPECT_EQ(run(projection::token, domain::pubkey{}).outcome,
            audit_outcome::equal);
}

TEST_F(audit_of_a_key, finds_a_total_that_is_off_by_one) {
  auto [partition, wallet] = any_wallet();
  ++partition.wallets.at(wallet).totals.loss_streak_max;
  auto result = run(projection::wallet, wallet);
  EXPECT_EQ(result.outcome, audit_outcome::different);
  EXPECT_THAT(result.what, HasSubstr("total"));
  EXPECT_EQ(result.jpos, disk_->head.jpos);
}

TEST_F(audit_of_a_key, finds_a_position_that_is_off_or_gone_or_too_many) {
  auto [partition, wallet] = any_wallet();
  auto& positions = partition.positions.at(wallet);
  auto whole = positions;
  ++positions.begin()->second.position.held_unit_seconds;
  EXPECT_EQ(run(projection::wallet, wallet).outcome, audit_outcome::different);
  positions = whole;
  positions.erase(positions.begin());
  EXPECT_THAT(run(projection::wallet, wallet).what, HasSubstr("not stored"));
  positions = whole;
  auto invented = whole.begin()->second;
  invented.position.key.mint = domain::pubkey{};
  positions.emplace(invented.position.key, invented);
  EXPECT_THAT(run(projection::wallet, wallet).what, HasSubstr("none of"));
  positions = whole;
  EXPECT_EQ(run(projection::wallet, wallet).outcome, audit_outcome::equal);
}

TEST_F(audit_of_a_key, finds_a_lot_that_is_off) {
  for (auto& partition : disk_->wallet_partitions)
    for (auto& [wallet, positions] : partition.positions)
      for (auto& [key, row] : positions) {
        auto lots = messages::decode_lots(row.blob).value();
        if (lots.empty())
          continue;
        ++lots.back().cost;
        row.blob = messages::encode_lots(lots);
        EXPECT_THAT(run(projection::wallet, wallet).what, HasSubstr("a lot"));
        return;
      }
  FAIL() << "no position with lots";
}

TEST_F(audit_of_a_key, finds_a_token_whose_state_is_off) {
  auto& row = any_token();
  auto whole = row;
  ++row.reserve_breaks;
  EXPECT_THAT(run(projection::token, row.mint).what,
              HasSubstr("reserve_breaks"));
  row = whole;
  auto state = messages::decode_token_state(row.blob).value();
  ++state.trades;
  row.blob = messages::encode_token_state(state);
  EXPECT_THAT(run(projection::token, row.mint).what, HasSubstr("extra"));
}

TEST_F(audit_of_a_key, leaves_a_key_alone_that_is_being_repaired) {
  auto [partition, wallet] = any_wallet();
  ++partition.wallets.at(wallet).totals.trades;
  disk_->repairs.emplace(messages::repair_row{projection::wallet, wallet, 1},
                         true);
  EXPECT_EQ(run(projection::wallet, wallet).outcome, audit_outcome::busy);
}

TEST_F(audit_of_a_key, leaves_a_history_alone_that_is_too_long) {
  auto [partition, wallet] = any_wallet();
  EXPECT_EQ(run(projection::wallet, wallet, 0).outcome,
            audit_outcome::too_long);
}

TEST_F(audit_of_a_key, takes_a_state_that_moves_for_no_incident) {
  auto [partition, wallet] = any_wallet();
  ++partition.wallets.at(wallet).totals.trades;
  // Each look at the cursors finds them elsewhere.
  store_.on_operation = [&partition = partition](test::store_operation x) {
    if (x == test::store_operation::read_cursors)
      ++partition.cursor.chain_time;
    return test::store_fault::none;
  };
  EXPECT_EQ(run(projection::wallet, wallet).outcome, audit_outcome::busy);
}

TEST_F(audit_of_a_key, tells_when_the_store_is_gone) {
  store_.on_operation = [](test::store_operation) {
    return test::store_fault::unavailable;
  };
  EXPECT_FALSE(audit_key(store_, projection::wallet, {}, no_limit));
}

} // namespace

} // namespace pumpscope::actors
