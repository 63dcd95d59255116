#include "runtime/verify.hpp"

#include "domain/base58.hpp"
#include "tests/runtime/filled_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace pumpscope::runtime {

namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
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
  EXPECT_GT(report.tokens, 1U);
  EXPECT_GT(report.wallet_buckets, 3U);
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
              AllOf(Contains(HasSubstr("board")),
                    Each(AnyOf(HasSubstr("board"), HasSubstr("bucket")))));
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

/// One value of one stored row that is not what the journal says.
struct corruption {
  std::string name = {};
  std::function<void(test::memory_disk&)> corrupt = {};
};

/// Rows of the first partition that has any.
test::memory_disk::partition&
partition_with_states(std::vector<test::memory_disk::partition>& xs) {
  for (auto& x : xs)
    if (!x.positions.empty() || !x.tokens.empty())
      return x;
  throw std::logic_error{"no states"};
}

std::vector<corruption> wallet_corruptions() {
  using totals = domain::wallet_totals;
  auto result = std::vector<corruption>{};
  auto add = [&result](std::string name, auto change) {
    result.push_back({"wallet." + std::move(name), [change](auto& disk) {
                        auto& x = partition_with_states(disk.wallet_partitions);
                        change(x.wallets.at(x.positions.begin()->first));
                      }});
  };
  auto amounts = std::vector<std::pair<std::string, domain::i128 totals::*>>{
    {"realized", &totals::realized},
    {"realized_gross", &totals::realized_gross},
    {"realized_fifo", &totals::realized_fifo},
    {"invested", &totals::invested},
    {"proceeds", &totals::proceeds},
    {"loss_streak_worst", &totals::loss_streak_worst},
    {"loss_streak_sum", &totals::loss_streak_sum},
    {"cost_out", &totals::cost_out},
    {"sold_units_matched", &totals::sold_units_matched},
    {"sold_units", &totals::sold_units},
    {"volume", &totals::volume},
    {"buy_size_last", &totals::buy_size_last},
    {"losses", &totals::losses}};
  for (auto& [name, member] : amounts)
    add(name, [member = member](auto& row) { row.totals.*member -= 1; });
  auto counts = std::vector<std::pair<std::string, uint64_t totals::*>>{
    {"trades", &totals::trades},
    {"realizations", &totals::realizations},
    {"wins", &totals::wins},
    {"loss_streak_max", &totals::loss_streak_max},
    {"tokens", &totals::tokens},
    {"loss_streak", &totals::loss_streak},
    {"buys_after_loss", &totals::buys_after_loss},
    {"buys_grown_after_loss", &totals::buys_grown_after_loss},
    {"losing_realizations", &totals::losing_realizations}};
  for (auto& [name, member] : counts)
    add(name, [member = member](auto& row) { row.totals.*member += 1; });
  add("first_trade_at", [](auto& row) { row.totals.first_trade_at -= 1; });
  add("last_trade_at", [](auto& row) { row.totals.last_trade_at += 1; });
  add("last_loss", [](auto& row) { row.totals.last_loss.ix_path += 1; });
  add("last_loss_at", [](auto& row) { row.totals.last_loss_at += 1; });
  add("blob", [](auto& row) { row.blob = "x"; });
  return result;
}

std::vector<corruption> token_corruptions() {
  auto result = std::vector<corruption>{};
  auto add = [&result](std::string name, auto change) {
    result.push_back({"token." + std::move(name), [change](auto& disk) {
                        auto& x = partition_with_states(disk.token_partitions);
                        change(x.tokens.begin()->second);
                      }});
  };
  add("quote_mint", [](auto& row) { row.quote_mint.bytes[31] ^= 1; });
  add("name", [](auto& row) { row.name += "x"; });
  add("symbol", [](auto& row) { row.symbol += "x"; });
  add("uri", [](auto& row) { row.uri += "x"; });
  add("creator", [](auto& row) { row.creator.bytes[0] ^= 128; });
  add("created_at", [](auto& row) { row.created_at += 1; });
  add("last_price", [](auto& row) { row.last_price.token += 1; });
  add("last_trade_at", [](auto& row) { row.last_trade_at += 1; });
  add("graduated", [](auto& row) { row.graduated = !row.graduated; });
  add("market_cap",
      [](auto& row) { row.market_cap = row.market_cap.value_or(0) + 1; });
  add("reserve_breaks", [](auto& row) { row.reserve_breaks += 1; });
  add("blob", [](auto& row) { row.blob.back() ^= 1; });
  return result;
}

std::vector<corruption> candle_corruptions() {
  auto result = std::vector<corruption>{};
  auto add = [&result](std::string name, auto change) {
    result.push_back({"candle." + std::move(name), [change](auto& disk) {
                        auto& x = partition_with_states(disk.token_partitions);
                        change(x.candles.begin()->second.candle);
                      }});
  };
  add("open", [](auto& x) { x.open.quote += 1; });
  add("high", [](auto& x) { x.high.token += 1; });
  add("low", [](auto& x) { x.low.quote += 1; });
  add("close", [](auto& x) { x.close.quote += 1; });
  add("previous_close", [](auto& x) { x.previous_close.quote += 1; });
  add("first", [](auto& x) { x.first.tx_index += 1; });
  add("last", [](auto& x) { x.last.slot += 1; });
  add("volume_quote", [](auto& x) { x.volume_quote += 1; });
  add("volume_token", [](auto& x) { x.volume_token += 1; });
  add("buy_volume_quote", [](auto& x) { x.buy_volume_quote += 1; });
  add("sell_volume_quote", [](auto& x) { x.sell_volume_quote += 1; });
  add("trades", [](auto& x) { x.trades += 1; });
  add("buys", [](auto& x) { x.buys += 1; });
  add("sells", [](auto& x) { x.sells += 1; });
  add("wallets", [](auto& x) { x.wallets += 1; });
  return result;
}

std::vector<corruption> other_corruptions() {
  auto result = std::vector<corruption>{};
  auto add_bucket = [&result](std::string name, auto change) {
    result.push_back({"bucket." + std::move(name), [change](auto& disk) {
                        for (auto& x : disk.wallet_partitions)
                          if (!x.buckets.empty()) {
                            change(x.buckets.rbegin()->second);
                            return;
                          }
                      }});
  };
  add_bucket("net", [](auto& x) { x.net += 1; });
  add_bucket("losses", [](auto& x) { x.losses -= 1; });
  add_bucket("realizations", [](auto& x) { x.realizations += 1; });
  add_bucket("losing", [](auto& x) { x.losing_realizations += 1; });
  add_bucket("trades", [](auto& x) { x.trades += 1; });
  add_bucket("last_loss", [](auto& x) { x.last_loss.slot += 1; });
  add_bucket("last_loss_at", [](auto& x) { x.last_loss_at += 1; });
  auto add_cursor = [&result](std::string name, auto change) {
    result.push_back({"cursor." + std::move(name), [change](auto& disk) {
                        change(
                          partition_with_states(disk.wallet_partitions).cursor);
                      }});
  };
  add_cursor("jpos ahead", [](auto& x) { x.jpos += 1; });
  add_cursor("jpos behind", [](auto& x) { x.jpos = 0; });
  add_cursor("chain_time", [](auto& x) { x.chain_time += 1; });
  add_cursor("published_jpos", [](auto& x) { x.published_jpos = x.jpos + 1; });
  return result;
}

TEST(verification_of_any_row, finds_a_single_value_that_is_corrupt) {
  auto all = wallet_corruptions();
  for (auto more :
       {token_corruptions(), candle_corruptions(), other_corruptions()})
    all.insert(all.end(), more.begin(), more.end());
  for (auto& x : all) {
    auto store = test::memory_store{};
    test::fill(store, test::history_maker{{.seed = 3}}.make());
    x.corrupt(*store.disk());

    auto report = verify(store);

    ASSERT_TRUE(report) << x.name;
    EXPECT_GT(report->mismatches, 0U) << x.name;
  }
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
