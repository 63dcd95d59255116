#include "adapters/api/chart.hpp"

#include "domain/known_keys.hpp"
#include "tests/support/memory_store.hpp"
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

/// The bars and trades of one token.
class bar_store : public test::memory_store {
public:
  messages::store_result<std::vector<messages::candle_row>>
  load_candles(const messages::candle_query& x) override {
    auto result = std::vector<messages::candle_row>{};
    for (auto& bar : bars)
      if (bar.open_time >= x.from && bar.open_time < x.to)
        result.push_back({x.mint, x.quote_mint, x.interval, bar});
    if (result.size() > x.rows_max)
      result.erase(result.begin(),
                   result.end() - static_cast<std::ptrdiff_t>(x.rows_max));
    return result;
  }

  messages::store_result<messages::trade_list>
  load_trades(const messages::trade_query&) override {
    ++lists;
    return messages::trade_list{{trades.rbegin(), trades.rend()}, 0};
  }

  std::vector<domain::candle> bars = {};
  std::vector<domain::trade> trades = {};
  int lists = 0;
};

struct chart_of_store : chart {
  /// As `bars`, with those of the store.
  std::vector<chart_bar> stored_bars() {
    auto query = chart_query{};
    query.to = 1'000'000;
    state_ = state_after(trades_);
    auto facts = node_facts{};
    facts.head.chain_time = chain_time_;
    auto parts = load_chart(store_, query, state_, state_.last_quote_mint,
                            facts);
    EXPECT_TRUE(parts);
    parts->state = &state_;
    return make_chart(query, std::move(*parts));
  }

  bar_store store_ = {};
};

} // namespace

TEST_F(chart_of_store, reads_no_trades_where_the_open_bar_is_stored) {
  auto wanted = bars(interval::m1);
  for (auto& x : wanted)
    store_.bars.push_back(x.candle);
  auto made = stored_bars();
  EXPECT_EQ(store_.lists, 0);
  ASSERT_EQ(times_of(made), (times{60, 180, 240}));
  for (size_t i = 0; i < made.size(); ++i)
    EXPECT_EQ(made[i].candle, wanted[i].candle) << i;
}

TEST_F(chart_of_store, folds_bars_that_closed_since_they_were_stored) {
  auto wanted = bars(interval::m1);
  store_.bars = {wanted[0].candle};
  store_.trades = trades_;
  auto made = stored_bars();
  EXPECT_EQ(store_.lists, 1);
  ASSERT_EQ(times_of(made), (times{60, 180, 240}));
  for (size_t i = 0; i < made.size(); ++i)
    EXPECT_EQ(made[i].candle, wanted[i].candle) << i;
}

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
