#include "adapters/api/chart.hpp"

#include "domain/known_keys.hpp"
#include "tests/support/sample_rows.hpp"

#include <gtest/gtest.h>

namespace pumpscope::api {

namespace {

using domain::interval;

/// A trade on the curve at a price of `quote` lamports per unit.
domain::trade trade_at(int64_t time, uint64_t quote) {
  auto x = domain::trade{};
  x.position = {static_cast<uint64_t>(time), 0, 1};
  x.block_time = time;
  x.wallet = test::sample_key(static_cast<uint64_t>(time));
  x.mint = test::sample_key(2);
  x.quote_mint = domain::known_keys::wsol_mint;
  x.token_units = 10;
  x.quote_units = 5;
  x.event_base_reserves = 1'000;
  x.event_quote_reserves = quote * 1'000;
  return x;
}

/// A token that folded the same trades.
domain::token_state state_after(const std::vector<domain::trade>& trades) {
  auto ledger = domain::token_ledger{test::sample_key(2)};
  for (auto& x : trades)
    EXPECT_TRUE(ledger.apply(x));
  return ledger.state();
}

struct chart : ::testing::Test {
  std::vector<chart_bar> bars(interval length, bool fills = false,
                              size_t limit = 100) {
    auto query = chart_query{};
    query.interval = length;
    query.from = 0;
    query.to = 1'000'000;
    query.fills = fills;
    query.limit = limit;
    query.open = open_;
    auto parts = chart_parts{};
    state_ = state_after(trades_);
    parts.state = &state_;
    parts.trades = trades_;
    parts.gaps = gaps_;
    parts.chain_time = chain_time_;
    return make_chart(query, std::move(parts));
  }

  std::vector<domain::trade> trades_ = {trade_at(60, 3), trade_at(61, 5),
                                        trade_at(190, 2), trade_at(250, 4)};
  domain::token_state state_ = {};
  std::vector<known_gap> gaps_ = {};
  int64_t chain_time_ = 255;
  bool open_ = true;
};

std::vector<int64_t> times_of(const std::vector<chart_bar>& bars) {
  auto result = std::vector<int64_t>{};
  for (auto& x : bars)
    result.push_back(x.candle.open_time);
  return result;
}

using times = std::vector<int64_t>;

} // namespace

TEST_F(chart, folds_what_is_not_stored_as_the_token_does) {
  auto made = bars(interval::m1);
  ASSERT_EQ(times_of(made), (times{60, 180, 240}));
  EXPECT_EQ(domain::to_double(made[0].candle.open), 3);
  EXPECT_EQ(domain::to_double(made[0].candle.high), 5);
  EXPECT_EQ(made[0].candle.trades, 2U);
  EXPECT_EQ(made[0].candle.wallets, 2U);
  EXPECT_TRUE(made[1].closed);
  EXPECT_FALSE(made[2].closed);
  // The open one is the token's.
  EXPECT_EQ(made[2].candle,
            *domain::open_candle(state_.series[0], interval::m1));
}

TEST_F(chart, merges_longer_bars) {
  auto made = bars(interval::m5);
  ASSERT_EQ(times_of(made), (times{0}));
  EXPECT_EQ(made[0].candle.trades, 4U);
  EXPECT_EQ(domain::to_double(made[0].candle.low), 2);
  EXPECT_EQ(domain::to_double(made[0].candle.close), 4);
}

TEST_F(chart, has_bars_of_seconds) {
  EXPECT_EQ(times_of(bars(interval::s1)), (times{60, 61, 190, 250}));
}

TEST_F(chart, leaves_the_open_bar_out_when_asked_to) {
  open_ = false;
  EXPECT_EQ(times_of(bars(interval::m1)), (times{60, 180}));
}

TEST_F(chart, fills_pauses_with_the_price_before) {
  chain_time_ = 400;
  auto made = bars(interval::m1, true);
  ASSERT_EQ(times_of(made), (times{60, 120, 180, 240, 300, 360}));
  EXPECT_TRUE(made[1].filled);
  EXPECT_EQ(domain::to_double(made[1].candle.open), 5);
  EXPECT_EQ(domain::to_double(made[1].candle.low), 5);
  EXPECT_EQ(made[1].candle.trades, 0U);
  EXPECT_FALSE(made[2].filled);
  EXPECT_EQ(domain::to_double(made[5].candle.close), 4);
}

TEST_F(chart, gives_the_newest_bars_when_there_are_more) {
  EXPECT_EQ(times_of(bars(interval::m1, false, 2)), (times{180, 240}));
  // A long pause costs no more than the limit.
  chain_time_ = 900'000;
  auto made = bars(interval::s1, true, 3);
  EXPECT_EQ(times_of(made), (times{899'998, 899'999, 900'000}));
}

TEST_F(chart, tells_which_bars_a_gap_may_lie_in) {
  gaps_.push_back({{}, 200, 210});
  auto made = bars(interval::m1);
  EXPECT_TRUE(made[0].complete);
  EXPECT_FALSE(made[1].complete);
  EXPECT_TRUE(made[2].complete);
}

TEST_F(chart, leaves_out_other_venues) {
  auto pool = trade_at(195, 100);
  pool.program = domain::program::pump_amm;
  pool.pool = test::sample_key(9);
  auto with_pool = trades_;
  with_pool.insert(with_pool.begin() + 3, pool);
  state_ = state_after(trades_);
  for (auto& x : with_pool)
    EXPECT_EQ(is_on_chart(x, state_), x.program == domain::program::pump);
}

} // namespace pumpscope::api
