#include "domain/token_metrics.hpp"

#include "tests/domain/fold_fixtures.hpp"

#include <gtest/gtest.h>

using namespace pumpscope::test;

namespace {

/// A fresh standard curve: 30 SOL and 1.073e15 units, virtual.
trade first_curve_trade() {
  auto x = buy(1, 1'000, 1);
  x.event_base_reserves = 1'073'000'000'000'000;
  x.event_quote_reserves = 30'000'000'000;
  x.real_token_reserves = default_initial_real_token / 4;
  x.real_quote_reserves = 17;
  x.fee_basis_points = 100;
  return x;
}

token_ledger ledger_of(const auto&... rows) {
  auto sut = token_ledger{key(1000)};
  (sut.apply(rows).value(), ...);
  return sut;
}

trade pool_trade() {
  auto x = buy(1, 10, 5);
  x.program = program::pump_amm;
  x.pool = key(7);
  x.event_base_reserves = 1'010;
  x.event_quote_reserves = 1'995;
  x.virtual_quote_reserves = 500;
  x.fee_basis_points = 100;
  return x;
}

TEST(token_metrics, market_cap_of_a_fresh_curve_is_27_96_sol) {
  auto sut = ledger_of(first_curve_trade());
  // floor(30e9 * 1e15 / 1.073e15)
  EXPECT_EQ(market_cap(sut.state()), i128{27'958'993'476});
  auto x = first_curve_trade();
  x.base_supply = 2'000'000'000'000'000;
  EXPECT_EQ(market_cap(ledger_of(x).state()), i128{55'917'986'952});
  EXPECT_FALSE(market_cap(ledger_of().state()));
}

TEST(token_metrics, market_cap_that_does_not_fit_is_unknown) {
  auto x = first_curve_trade();
  x.event_base_reserves = 1;
  x.event_quote_reserves = ~uint64_t{0};
  x.virtual_quote_reserves = (i128{1} << 100) - 1;
  x.base_supply = ~uint64_t{0};
  EXPECT_FALSE(market_cap(ledger_of(x).state()));
}

TEST(token_metrics, liquidity_says_what_it_is_made_of) {
  EXPECT_EQ(liquidity_of(ledger_of().state()), liquidity{});
  EXPECT_EQ(liquidity_of(ledger_of(first_curve_trade()).state()),
            (liquidity{17, liquidity_basis::curve_real_quote}));
  EXPECT_EQ(liquidity_of(ledger_of(pool_trade()).state()),
            (liquidity{4'000, liquidity_basis::pool_twice_money}));
  auto x = pool_trade();
  x.flags = trade_flag::inverted;
  x.pool_base_units = 5;
  x.pool_quote_units = 10;
  EXPECT_EQ(liquidity_of(ledger_of(x).state()),
            (liquidity{2 * (1'010 + 5), liquidity_basis::pool_twice_money}));
  EXPECT_EQ(to_string(liquidity_basis::curve_real_quote), "curve_real_quote");
}

TEST(token_metrics,
     real_reserves_that_an_old_layout_does_not_tell_are_unknown) {
  auto created = token_event{};
  created.kind = token_event_kind::created;
  created.mint = key(1000);
  created.real_token_reserves = default_initial_real_token;
  auto x = first_curve_trade();
  // TradeEvent of 8 fields: virtual reserves only.
  x.real_token_reserves = 0;
  x.real_quote_reserves = 0;
  auto sut = ledger_of(created, x);
  EXPECT_FALSE(progress(sut.state()));
  EXPECT_EQ(liquidity_of(sut.state()), liquidity{});
  EXPECT_FALSE(exit_value(sut.state(), 1'000));
  // The next one tells them again; the last coin of a curve leaves 0.
  x.real_quote_reserves = 17;
  sut.apply(x).value();
  EXPECT_DOUBLE_EQ(*progress(sut.state()), 1.0);
  EXPECT_TRUE(exit_value(sut.state(), 1'000));
}

TEST(token_metrics, progress_needs_a_known_start) {
  auto x = first_curve_trade();
  EXPECT_DOUBLE_EQ(*progress(ledger_of(x).state()), 0.75);
  EXPECT_FALSE(progress(ledger_of().state()));
  EXPECT_FALSE(progress(ledger_of(pool_trade()).state()));
  x.quote_mint = known_keys::usdc_mint;
  EXPECT_FALSE(progress(ledger_of(x).state()));
  x = first_curve_trade();
  x.flags = trade_flag::mayhem_mode;
  EXPECT_FALSE(progress(ledger_of(x).state()));
  auto created = token_event{};
  created.mint = key(1000);
  created.real_token_reserves = x.real_token_reserves * 2;
  EXPECT_DOUBLE_EQ(*progress(ledger_of(created, x).state()), 0.5);
  // Mayhem vaults sell into the curve: clamped.
  x.real_token_reserves *= 3;
  EXPECT_EQ(*progress(ledger_of(created, x).state()), 0.0);
  auto completed = token_event{};
  completed.mint = key(1000);
  completed.kind = token_event_kind::completed;
  EXPECT_EQ(*progress(ledger_of(x, completed).state()), 1.0);
}

TEST(token_metrics, exit_value_is_what_the_pool_pays_after_fees) {
  auto sut = ledger_of(pool_trade());
  // Reserves 1000 and 2000 + 500: floor(2500 * 1000 / 2000) = 1250, fee 13.
  EXPECT_EQ(exit_value(sut.state(), 1'000), i128{1'237});
  EXPECT_EQ(exit_value(sut.state(), 0), i128{0});
  // It cannot pay more than it has.
  EXPECT_EQ(exit_value(sut.state(), 1'000'000'000), i128{1'980});
  EXPECT_FALSE(exit_value(ledger_of().state(), 1));
  EXPECT_EQ(mark_value(sut.state(), 1'000), i128{2'500});
  EXPECT_FALSE(mark_value(ledger_of().state(), 1));
}

TEST(token_metrics, a_change_from_nothing_is_no_change) {
  EXPECT_DOUBLE_EQ(change_ratio({3, 1}, {2, 1}), 0.5);
  EXPECT_EQ(change_ratio({3, 1}, {}), 0.0);
  EXPECT_EQ(change_ratio({}, {3, 1}), 0.0);
  EXPECT_EQ(change_ratio({3, 1}, {0, 1}), 0.0);
}

} // namespace
