#include "domain/position.hpp"

#include "tests/domain/fold_fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>

using namespace pumpscope::test;

namespace {

constexpr auto u64_max = ~uint64_t{0};

position empty_position() {
  auto x = position{};
  x.key = {key(1000), known_keys::wsol_mint};
  return x;
}

position fold_all(const std::vector<trade>& trades) {
  auto sut = empty_position();
  for (const auto& x : trades) {
    EXPECT_TRUE(apply(sut, x));
    EXPECT_TRUE(conserves(sut));
  }
  return sut;
}

TEST(position, realizes_all_of_the_cost_when_all_units_are_sold) {
  auto sut = fold_all({buy(1, 10, 101), sell(1, 10, 150)});
  EXPECT_EQ(sut.realized, 49);
  EXPECT_EQ(sut.units, 0);
  EXPECT_EQ(sut.cost_basis, 0);
  EXPECT_TRUE(sut.lots.empty());
  EXPECT_EQ(sut.realizations, 1u);
  EXPECT_EQ(sut.wins, 1u);
}

TEST(position, floors_the_cost_of_a_partial_sell) {
  // floor(100 * 1 / 3) = 33, then floor(67 * 1 / 2) = 33, then all 34.
  auto sut = empty_position();
  apply(sut, buy(1, 3, 100)).value();
  EXPECT_EQ(apply(sut, sell(1, 1, 40))->pnl, 7);
  EXPECT_EQ(apply(sut, sell(1, 1, 40))->pnl, 7);
  EXPECT_EQ(apply(sut, sell(1, 1, 40))->pnl, 6);
}

TEST(position, floors_negative_proceeds_towards_minus_infinity) {
  auto sut = empty_position();
  apply(sut, buy(1, 1, 10)).value();
  auto dust = sell(1, 2, 0);
  dust.net_quote_units = -3;
  auto effect = apply(sut, dust).value();
  // matched = floor(-3 * 1 / 2) = -2; the rest, -1, is unmatched.
  EXPECT_EQ(effect.pnl, -12);
  EXPECT_EQ(sut.unmatched_proceeds, -1);
  EXPECT_EQ(sut.proceeds, -3);
  EXPECT_TRUE(conserves(sut));
}

TEST(position, realizes_nothing_when_nothing_is_held) {
  auto sut = empty_position();
  auto effect = apply(sut, sell(1, 5, 70)).value();
  EXPECT_FALSE(effect.realized);
  EXPECT_TRUE(effect.opened);
  EXPECT_EQ(sut.realized, 0);
  EXPECT_EQ(sut.realizations, 0u);
  EXPECT_EQ(sut.unmatched_units, 5);
  EXPECT_EQ(sut.unmatched_proceeds, 70);
  EXPECT_EQ(sut.sells, 1u);
  EXPECT_TRUE(conserves(sut));
}

TEST(position, keeps_what_is_sold_beyond_the_holding_out_of_profit) {
  auto sut = fold_all({buy(1, 10, 100), sell(1, 30, 301)});
  // matched = floor(301 * 10 / 30) = 100.
  EXPECT_EQ(sut.realized, 0);
  EXPECT_EQ(sut.unmatched_units, 20);
  EXPECT_EQ(sut.unmatched_proceeds, 201);
  EXPECT_EQ(sut.wins, 0u);
  EXPECT_EQ(sut.realizations, 1u);
}

TEST(position, takes_the_oldest_lots_first) {
  auto sut = empty_position();
  apply(sut, buy(1, 10, 100, 1, 1'000)).value();
  apply(sut, buy(1, 10, 200, 2, 2'000)).value();
  auto effect = apply(sut, sell(1, 15, 300, 3, 3'000)).value();
  // Average: 300 - floor(300 * 15 / 20) = 75. FIFO: 300 - (100 + 100) = 100.
  EXPECT_EQ(effect.pnl, 75);
  EXPECT_EQ(effect.pnl_fifo, 100);
  ASSERT_EQ(sut.lots.size(), 1u);
  EXPECT_EQ(sut.lots[0], (lot{5, 100, 2'000}));
  // 10 units for 2000 s and 5 for 1000 s.
  EXPECT_EQ(sut.held_unit_seconds, 25'000);
  EXPECT_NEAR(hold_seconds_average(sut), 25'000.0 / 15.0, 1e-9);
  apply(sut, sell(1, 5, 100, 4, 4'000)).value();
  EXPECT_EQ(sut.realized, sut.realized_fifo);
}

TEST(position, uses_up_lots_without_units_with_the_one_before) {
  auto sut = fold_all({buy(1, 10, 100), buy(1, 0, 7), sell(1, 10, 120)});
  EXPECT_EQ(sut.realized, 13);
  EXPECT_EQ(sut.realized_fifo, 13);
  EXPECT_TRUE(sut.lots.empty());
  auto held = fold_all({buy(1, 0, 7), sell(1, 10, 120)});
  EXPECT_EQ(held.realized, 0);
  EXPECT_EQ(held.cost_basis, 7);
}

TEST(position, folds_net_and_gross_leg_at_the_same_time) {
  auto in = buy(1, 10, 100);
  in.net_quote_units = 110;
  auto out = sell(1, 10, 100);
  out.net_quote_units = 90;
  auto sut = fold_all({in, out});
  EXPECT_EQ(sut.realized, -20);
  EXPECT_EQ(sut.realized_gross, 0);
  EXPECT_EQ(sut.invested, 110);
  EXPECT_EQ(sut.proceeds, 90);
}

TEST(position, is_exact_where_products_need_256_bits) {
  auto sut = fold_all({buy(1, u64_max, u64_max), buy(1, u64_max, u64_max),
                       buy(1, u64_max, 3), sell(1, u64_max, u64_max)});
  // floor((2M + 3) * M / 3M) = floor((2M + 3) / 3), M = 2^64 - 1 = 3k.
  auto cost_out = (i128{u64_max} * 2 + 3) / 3;
  EXPECT_EQ(sut.realized, i128{u64_max} - cost_out);
  EXPECT_EQ(sut.realized_fifo, 0);
  EXPECT_EQ(sut.units, i128{u64_max} * 2);
}

TEST(position, refuses_a_leg_out_of_range_and_changes_nothing) {
  auto sut = fold_all({buy(1, 10, 100)});
  auto before = sut;
  auto x = buy(1, 1, 1);
  x.net_quote_units = i128{1} << 72;
  EXPECT_EQ(apply(sut, x).error(), errc::overflow);
  EXPECT_EQ(sut, before);
  x.net_quote_units = (i128{1} << 72) - 1;
  EXPECT_TRUE(apply(sut, x));
}

TEST(position, refuses_a_trade_when_a_sum_has_no_headroom) {
  auto sut = empty_position();
  sut.invested = i128{1} << 120;
  auto before = sut;
  EXPECT_EQ(apply(sut, buy(1, 1, 1)).error(), errc::overflow);
  EXPECT_EQ(sut, before);
}

TEST(position, saturates_the_holding_time) {
  auto sut = empty_position();
  apply(sut, buy(1, u64_max, 1, 1, 0)).value();
  sut.held_unit_seconds = i128_max - 1;
  apply(sut, sell(1, 5, 1, 2, 1'000'000)).value();
  EXPECT_EQ(sut.held_unit_seconds, i128_max);
}

TEST(position, counts_no_holding_time_when_block_times_go_back) {
  auto sut = fold_all({buy(1, 5, 5, 1, 1'000), sell(1, 5, 5, 2, 900)});
  EXPECT_EQ(sut.held_unit_seconds, 0);
  EXPECT_EQ(sut.first_trade_at, 1'000);
  EXPECT_EQ(sut.last_trade_at, 900);
}

TEST(position, holder_is_who_has_units) {
  EXPECT_EQ(holders_delta(0, 1), 1);
  EXPECT_EQ(holders_delta(1, 0), -1);
  EXPECT_EQ(holders_delta(1, 2), 0);
  EXPECT_EQ(holders_delta(0, 0), 0);
}

TEST(position, coverage_is_one_when_nothing_was_sold) {
  EXPECT_EQ(coverage(0, 0), 1.0);
  EXPECT_EQ(coverage(1, 4), 0.25);
  EXPECT_EQ(coverage(0, 4), 0.0);
}

RC_GTEST_PROP(lot_queue, behaves_as_a_deque, ()) {
  auto sut = lot_queue{};
  auto model = std::deque<lot>{};
  auto steps = *rc::gen::inRange(0, 300);
  for (auto i = 0; i < steps; ++i) {
    if (model.empty() || *rc::gen::inRange(0, 5) < 3) {
      sut.push_back({i, i, i});
      model.push_back({i, i, i});
    } else {
      sut.pop_front();
      model.pop_front();
    }
    RC_ASSERT(sut.size() == model.size());
    RC_ASSERT(std::equal(sut.begin(), sut.end(), model.begin(), model.end()));
  }
  RC_ASSERT((sut == lot_queue{{model.begin(), model.end()}}));
}

} // namespace
