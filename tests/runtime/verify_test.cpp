#include "runtime/verify.hpp"

#include "domain/base58.hpp"
#include "tests/runtime/filled_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::runtime {

namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using test::key;

class verification : public ::testing::Test {
protected:
  verification() {
    test::fill(store_, test::history_maker{{.seed = 3}}.make());
    disk_ = store_.disk();
  }

  verify_report run() {
    auto report = verify(store_);
    EXPECT_TRUE(report) << report.error().what;
    return report.value_or(verify_report{});
  }

  /// Some stored wallet that has a position.
  std::pair<test::memory_disk::partition&, domain::pubkey> any_wallet() {
    for (auto& partition : disk_->wallet_partitions)
      if (!partition.positions.empty())
        return {partition, partition.positions.begin()->first};
    throw std::logic_error{"no wallet"};
  }

  test::memory_store store_;
  std::shared_ptr<test::memory_disk> disk_;
};

TEST_F(verification, finds_no_difference_in_what_the_folds_stored) {
  auto report = run();

  EXPECT_THAT(report.mismatch_lines, IsEmpty());
  EXPECT_EQ(report.mismatches, 0U);
  EXPECT_EQ(report.trades + report.token_events, report.max_jpos);
  EXPECT_GT(report.positions, 5U);
  EXPECT_GT(report.wallets, 3U);
  EXPECT_GT(report.candles, 50U);
  EXPECT_GT(report.board_rows, 0U);
  EXPECT_EQ(report.partitions_behind, 0U);
}

TEST_F(verification, names_a_position_that_is_off_by_one_lamport) {
  auto [partition, wallet] = any_wallet();
  partition.positions[wallet].begin()->second.position.realized += 1;

  auto report = run();

  EXPECT_EQ(report.mismatches, 1U);
  EXPECT_THAT(report.mismatch_lines,
              ElementsAre(AllOf(HasSubstr("position"),
                                HasSubstr(domain::to_string(wallet)))));
}

TEST_F(verification, names_a_position_with_a_damaged_blob) {
  for (auto& partition : disk_->wallet_partitions)
    for (auto& [wallet, positions] : partition.positions)
      for (auto& [name, row] : positions)
        if (!row.blob.empty()) {
          row.blob.back() = static_cast<char>(row.blob.back() + 1);
          EXPECT_EQ(run().mismatches, 1U);
          return;
        }
  FAIL() << "no position has lots";
}

TEST_F(verification, names_a_wallet_that_is_missing) {
  auto [partition, wallet] = any_wallet();
  partition.wallets.erase(wallet);

  EXPECT_THAT(run().mismatch_lines,
              Contains(AllOf(HasSubstr("wallet: stored nothing"),
                             HasSubstr(domain::to_string(wallet)))));
}

TEST_F(verification, names_a_row_that_should_not_be_there) {
  auto [partition, wallet] = any_wallet();
  auto stranger = partition.wallets.at(wallet);
  stranger.wallet = key(987'654);
  partition.wallets[stranger.wallet] = stranger;

  EXPECT_THAT(run().mismatch_lines,
              Contains(AllOf(HasSubstr("computed nothing"),
                             HasSubstr(domain::to_string(stranger.wallet)))));
}

TEST_F(verification, names_a_candle_with_a_wrong_volume) {
  for (auto& partition : disk_->token_partitions)
    if (!partition.candles.empty()) {
      partition.candles.begin()->second.candle.volume_quote += 1;
      break;
    }

  EXPECT_THAT(run().mismatch_lines, ElementsAre(HasSubstr("candle")));
}

TEST_F(verification, names_a_board_with_a_lost_bucket) {
  for (auto& partition : disk_->wallet_partitions)
    std::erase_if(partition.buckets, [](const auto& x) {
      return x.second.losing_realizations != 0;
    });

  EXPECT_THAT(run().mismatch_lines,
              AllOf(Not(IsEmpty()), Each(HasSubstr("board"))));
}

TEST_F(verification, finds_a_hole_in_the_journal) {
  auto lost = std::prev(std::prev(disk_->trades.end()));
  disk_->keys.erase(lost->second.position);
  disk_->trades.erase(lost);

  EXPECT_THAT(
    run().mismatch_lines,
    Contains(AllOf(HasSubstr("journal: position"), HasSubstr("is missing"))));
}

TEST_F(verification, leaves_out_keys_that_wait_for_a_repair) {
  auto [partition, wallet] = any_wallet();
  partition.positions[wallet].begin()->second.position.realized += 1;
  disk_->repairs[{messages::projection::wallet, wallet, 1}] = true;

  auto report = run();

  EXPECT_EQ(report.repairs_open, 1U);
  EXPECT_THAT(report.mismatch_lines, IsEmpty());
}

TEST(verification_behind, compares_partitions_up_to_their_own_cursor) {
  auto store = test::memory_store{};
  test::fill(store, test::history_maker{{.seed = 4}}.make(), 200);

  auto report = verify(store);

  ASSERT_TRUE(report);
  EXPECT_EQ(report->partitions_behind, 2U * store.identity().partitions);
  EXPECT_THAT(report->mismatch_lines, IsEmpty());
}

TEST(verification_breaks, counts_a_missing_trade_as_a_break_not_a_mismatch) {
  auto store = test::memory_store{};
  test::fill(store, test::history_maker{{.seed = 5, .breaks = true}}.make());

  auto report = verify(store);

  ASSERT_TRUE(report);
  EXPECT_GT(report->reserve_breaks, 0U);
  EXPECT_EQ(report->break_lines.size(), report->reserve_breaks);
  EXPECT_THAT(report->mismatch_lines, IsEmpty());
}

} // namespace

} // namespace pumpscope::runtime
