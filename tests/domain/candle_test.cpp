#include "domain/candle.hpp"

#include "domain/wallet_sketch.hpp"
#include "tests/domain/fold_fixtures.hpp"

#include <gtest/gtest.h>

using namespace pumpscope::test;

namespace {

candle bar_of(const std::vector<std::pair<uint64_t, price>>& spots) {
  auto bar = candle{};
  for (const auto& [slot, spot] : spots)
    apply(bar, buy(1, 10, 7, slot), spot, {});
  return bar;
}

TEST(candle, buckets_floor_also_before_1970) {
  EXPECT_EQ(open_time(0, interval::m1), 0);
  EXPECT_EQ(open_time(59, interval::m1), 0);
  EXPECT_EQ(open_time(60, interval::m1), 60);
  EXPECT_EQ(open_time(-1, interval::m1), -60);
  EXPECT_EQ(open_time(-60, interval::m1), -60);
  EXPECT_EQ(open_time(86'399, interval::h24), 0);
  EXPECT_EQ(open_time(7, interval::s1), 7);
}

TEST(candle, open_is_first_and_close_is_last_in_chain_order) {
  auto bar = bar_of({{1, {3, 1}}, {2, {9, 1}}, {3, {1, 1}}, {4, {4, 1}}});
  EXPECT_EQ(bar.open, (price{3, 1}));
  EXPECT_EQ(bar.high, (price{9, 1}));
  EXPECT_EQ(bar.low, (price{1, 1}));
  EXPECT_EQ(bar.close, (price{4, 1}));
  EXPECT_EQ(bar.first, place(1));
  EXPECT_EQ(bar.last, place(4));
  EXPECT_EQ(bar.volume_quote, 28);
  EXPECT_EQ(bar.volume_token, 40);
  EXPECT_TRUE(is_valid(bar));
}

TEST(candle, compares_prices_as_fractions) {
  // 1/3 < 0.34 < 7/20; 2/6 is no new low.
  auto bar = bar_of({{1, {34, 100}}, {2, {1, 3}}, {3, {2, 6}}, {4, {7, 20}}});
  EXPECT_EQ(bar.low, (price{1, 3}));
  EXPECT_EQ(bar.high, (price{7, 20}));
}

TEST(candle, a_trade_without_a_price_counts_in_volumes_only) {
  auto bar = bar_of({{1, {}}});
  EXPECT_EQ(bar.trades, 1u);
  EXPECT_EQ(bar.open, price{});
  EXPECT_TRUE(is_valid(bar));
  apply(bar, sell(1, 10, 5, 2), {3, 1}, {});
  apply(bar, sell(1, 10, 5, 3), {}, {});
  EXPECT_EQ(bar.open, (price{3, 1}));
  EXPECT_EQ(bar.close, (price{3, 1}));
  EXPECT_EQ(bar.sell_volume_quote, 10);
  EXPECT_EQ(bar.buy_volume_quote, 7);
  EXPECT_TRUE(is_valid(bar));
}

TEST(candle, a_merge_equals_the_fold_in_any_order) {
  auto first = bar_of({{1, {3, 1}}, {2, {9, 1}}});
  auto second = bar_of({{3, {2, 1}}, {4, {5, 1}}});
  auto whole = bar_of({{1, {3, 1}}, {2, {9, 1}}, {3, {2, 1}}, {4, {5, 1}}});
  auto forward = candle{};
  merge(forward, first);
  merge(forward, second);
  EXPECT_EQ(forward, whole);
  auto backward = candle{};
  merge(backward, second);
  merge(backward, candle{});
  merge(backward, first);
  EXPECT_EQ(backward, whole);
}

TEST(candle, merges_bars_into_their_bucket) {
  auto minutes = std::vector<candle>{};
  for (auto time : {0, 240, 300, 3'600}) {
    minutes.push_back(bar_of({{1, {3, 1}}}));
    minutes.back().open_time = time;
    minutes.back().wallets = 1;
  }
  auto bars = merge_all(minutes, interval::m5);
  ASSERT_EQ(bars.size(), 3u);
  EXPECT_EQ(bars[0].open_time, 0);
  EXPECT_EQ(bars[0].trades, 2u);
  EXPECT_EQ(bars[0].wallets, 0u);
  EXPECT_EQ(bars[1].open_time, 300);
  EXPECT_EQ(bars[2].open_time, 3'600);
  EXPECT_TRUE(merge_all({}, interval::h1).empty());
}

TEST(candle, an_impossible_bar_is_invalid) {
  auto bar = bar_of({{1, {3, 1}}});
  bar.low = {4, 1};
  EXPECT_FALSE(is_valid(bar));
  bar = bar_of({{1, {3, 1}}});
  bar.trades = 2;
  EXPECT_FALSE(is_valid(bar));
  bar = bar_of({{1, {}}});
  bar.close = {1, 1};
  EXPECT_FALSE(is_valid(bar));
}

TEST(wallet_sketch, estimates_within_three_standard_errors) {
  auto sut = wallet_sketch{};
  EXPECT_EQ(sut.estimate(), 0u);
  uint64_t added = 0;
  for (auto count : {1, 10, 60, 300, 2'000, 50'000}) {
    for (; added < static_cast<uint64_t>(count); ++added) {
      sut.add(wallet_sketch::hash_of(key(added)));
      sut.add(wallet_sketch::hash_of(key(added)));
    }
    EXPECT_NEAR(static_cast<double>(sut.estimate()), count,
                std::max(1.0, 3 * 0.092 * count));
  }
}

} // namespace
