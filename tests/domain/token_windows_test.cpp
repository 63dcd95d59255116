#include "domain/token_windows.hpp"

#include "tests/domain/fold_fixtures.hpp"

#include <gtest/gtest.h>

using namespace pumpscope::test;

namespace {

constexpr int64_t minute = 1'700'000'040;

trade trade_at(int64_t time, uint64_t quote, uint64_t mint = 1000) {
  auto x = buy(1, 10, quote, 1, time);
  x.mint = key(mint);
  return x;
}

token_effect effect_of(u128 spot, u128 previous) {
  auto x = token_effect{};
  x.on_venue = true;
  x.spot = {spot, 1};
  x.previous = previous == 0 ? price{} : price{previous, 1};
  return x;
}

class token_windows_test : public testing::Test {
protected:
  void apply(int64_t time, uint64_t quote, u128 spot, u128 previous,
             uint64_t mint = 1000) {
    ASSERT_TRUE(sut_.apply(trade_at(time, quote, mint),
                           effect_of(spot, previous), std::nullopt));
  }

  token_window_sums sums(token_window window) {
    return sut_.sums(key(1000), known_keys::wsol_mint, window);
  }

  std::optional<price_change> change(token_window window) {
    return sut_.change(key(1000), known_keys::wsol_mint, window);
  }

  token_windows sut_ = {};
};

TEST_F(token_windows_test, count_distinct_wallets_and_forget_them_in_time) {
  auto wallets = [&](token_window window) {
    return sut_.wallets(key(1000), known_keys::wsol_mint, window);
  };
  auto trade_of = [&](uint64_t wallet, int64_t time) {
    auto x = trade_at(time, 5);
    x.wallet = key(wallet);
    ASSERT_TRUE(sut_.apply(x, effect_of(10, 10), std::nullopt));
  };
  EXPECT_EQ(wallets(token_window::m5), 0u);
  trade_of(1, minute);
  trade_of(2, minute + 60);
  trade_of(1, minute + 60);
  trade_of(3, minute + 120);
  sut_.advance(minute + 120);
  EXPECT_EQ(wallets(token_window::m5), 3u);
  EXPECT_EQ(wallets(token_window::h24), 3u);
  // The first minute leaves 5m, but its wallet traded again.
  sut_.advance(minute + 360);
  EXPECT_EQ(wallets(token_window::m5), 3u);
  sut_.advance(minute + 420);
  EXPECT_EQ(wallets(token_window::m5), 1u);
  EXPECT_EQ(wallets(token_window::m15), 3u);
  sut_.advance(minute + 86'400 + 60);
  EXPECT_EQ(wallets(token_window::h6), 0u);
  EXPECT_EQ(wallets(token_window::h24), 3u);
}

TEST_F(token_windows_test, rank_tokens_by_how_close_they_are_to_graduate) {
  for (auto mint : {1u, 2u, 3u, 4u})
    apply(minute, 5, 10, 0, mint);
  auto set = [&](uint64_t mint, std::optional<double> progress) {
    sut_.set_progress(key(mint), known_keys::wsol_mint, progress);
  };
  set(1, 0.25);
  set(2, 0.75);
  // Complete, or not on a curve: no longer graduating.
  set(3, 1.0);
  set(4, std::nullopt);
  set(5, 0.5);
  auto rows = sut_.top_by_progress(known_keys::wsol_mint, 9);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0], (token_rank{key(2), known_keys::wsol_mint, 750'000}));
  EXPECT_EQ(rows[1].mint, key(1));
  EXPECT_EQ(sut_.quote_of(key(2), known_keys::wsol_mint)->progress, 0.75);
  EXPECT_FALSE(sut_.quote_of(key(5), known_keys::wsol_mint));
}

TEST_F(token_windows_test, estimate_many_wallets_in_the_longer_windows_only) {
  auto wallets = [&](token_window window) {
    return sut_.wallets(key(1000), known_keys::wsol_mint, window).value();
  };
  // 40 new wallets a minute for two hours.
  for (auto i = 0u; i < 4'800; ++i) {
    auto x = trade_at(minute + i / 40 * 60, 5);
    x.wallet = key(10'000 + i);
    sut_.advance(x.block_time);
    ASSERT_TRUE(sut_.apply(x, effect_of(10, 10), std::nullopt));
  }
  EXPECT_EQ(wallets(token_window::m5), 6u * 40);
  auto near = [](uint64_t x, double expected) {
    return std::abs(static_cast<double>(x) / expected - 1) < 0.28;
  };
  EXPECT_TRUE(near(wallets(token_window::m15), 16 * 40))
    << wallets(token_window::m15);
  EXPECT_TRUE(near(wallets(token_window::h1), 61 * 40))
    << wallets(token_window::h1);
  EXPECT_TRUE(near(wallets(token_window::h24), 4'800))
    << wallets(token_window::h24);
  EXPECT_LT(sut_.memory_bytes(), size_t{100'000});
}

TEST_F(token_windows_test, tell_no_wallets_of_minutes_that_were_loaded) {
  auto wallets = [&](token_window window) {
    return sut_.wallets(key(1000), known_keys::wsol_mint, window);
  };
  sut_.advance(minute);
  auto bar = candle{};
  bar.open_time = minute;
  bar.trades = 3;
  bar.open = bar.close = price{10, 1};
  sut_.load(key(1000), known_keys::wsol_mint, bar);
  EXPECT_FALSE(wallets(token_window::m5));
  apply(minute + 60, 5, 10, 10);
  sut_.advance(minute + 360);
  EXPECT_EQ(wallets(token_window::m5), 1u);
  EXPECT_FALSE(wallets(token_window::m15));
}

TEST_F(token_windows_test, hold_the_minutes_of_the_window) {
  apply(minute, 5, 10, 0);
  apply(minute + 59, 6, 10, 10);
  sut_.advance(minute + 359);
  EXPECT_EQ(sums(token_window::m5).volume_quote, 11);
  EXPECT_EQ(sums(token_window::m5).trades, 2u);
  EXPECT_EQ(sums(token_window::m5).buys, 2u);
  EXPECT_TRUE(sut_.advance(minute + 360));
  EXPECT_EQ(sums(token_window::m5), token_window_sums{});
  EXPECT_EQ(sums(token_window::m15).volume_quote, 11);
  // Late, but still in the longer windows.
  apply(minute + 1, 7, 10, 10);
  EXPECT_EQ(sums(token_window::m5).trades, 0u);
  EXPECT_EQ(sums(token_window::m15).volume_quote, 18);
  sut_.advance(minute + 86'400 + 60);
  EXPECT_EQ(sut_.size(), 0u);
}

TEST_F(token_windows_test, measure_change_from_the_price_before_the_window) {
  apply(minute, 1, 10, 0);
  apply(minute + 600, 1, 12, 10);
  apply(minute + 660, 1, 15, 12);
  sut_.advance(minute + 960);
  // 5m holds the trade of + 660 only: reference is the price before it.
  EXPECT_DOUBLE_EQ(change(token_window::m5)->ratio, 15.0 / 12.0 - 1.0);
  EXPECT_FALSE(change(token_window::m5)->since_launch);
  // The token is younger than an hour: from its first price.
  EXPECT_DOUBLE_EQ(change(token_window::h1)->ratio, 0.5);
  EXPECT_TRUE(change(token_window::h1)->since_launch);
  sut_.advance(minute + 5'000);
  EXPECT_EQ(*change(token_window::m5), price_change{});
  sut_.advance(minute + 100'000);
  EXPECT_FALSE(change(token_window::h24));
}

TEST_F(token_windows_test, count_only_what_is_on_venue) {
  auto effect = effect_of(1, 0);
  effect.on_venue = false;
  ASSERT_TRUE(sut_.apply(trade_at(minute, 5), effect, std::nullopt));
  effect = effect_of(1, 0);
  effect.needs_refold = true;
  ASSERT_TRUE(sut_.apply(trade_at(minute, 5), effect, std::nullopt));
  EXPECT_EQ(sut_.size(), 0u);
}

TEST_F(token_windows_test, go_on_from_stored_candles) {
  auto ledger = token_ledger{key(1000)};
  auto live = token_windows{};
  auto time = minute;
  for (uint64_t i = 0; i < 200; ++i) {
    auto x = i % 3 == 0 ? sell(1 + i % 5, 10, 7 + i, i, time)
                        : buy(1 + i % 5, 10, 7 + i, i, time);
    x.event_base_reserves = 1'000;
    x.event_quote_reserves = 3'000 + 10 * i;
    auto effect = ledger.apply(x).value();
    ASSERT_TRUE(live.apply(x, effect, market_cap(ledger.state())));
    time += static_cast<int64_t>(i * 37 % 900);
  }
  live.advance(time);
  sut_.advance(time);
  for (const auto& x : ledger.take_dirty_candles())
    if (x.interval == interval::m1)
      sut_.load(key(1000), x.quote_mint, x.candle);
  sut_.load_market_cap(key(1000), known_keys::wsol_mint,
                       *market_cap(ledger.state()));
  for (auto later : {0, 60, 3'600, 20'000}) {
    live.advance(time + later);
    sut_.advance(time + later);
    for (auto window : all_token_windows) {
      EXPECT_EQ(sums(window),
                live.sums(key(1000), known_keys::wsol_mint, window));
      EXPECT_EQ(change(window),
                live.change(key(1000), known_keys::wsol_mint, window));
      EXPECT_EQ(sut_.top_by_volume(window, known_keys::wsol_mint, 5),
                live.top_by_volume(window, known_keys::wsol_mint, 5));
    }
    EXPECT_EQ(sut_.top_by_market_cap(known_keys::wsol_mint, 5),
              live.top_by_market_cap(known_keys::wsol_mint, 5));
  }
  EXPECT_EQ(live.size(), 1u);
}

TEST_F(token_windows_test, rank_by_volume_then_by_mint) {
  apply(minute, 5, 1, 0, 1);
  apply(minute, 9, 1, 0, 2);
  apply(minute, 5, 1, 0, 3);
  auto usdc = trade_at(minute, 100, 4);
  usdc.quote_mint = known_keys::usdc_mint;
  ASSERT_TRUE(sut_.apply(usdc, effect_of(1, 0), i128{3}));
  auto top = sut_.top_by_volume(token_window::h24, known_keys::wsol_mint, 10);
  ASSERT_EQ(top.size(), 3u);
  EXPECT_EQ(top[0].mint, key(2));
  EXPECT_EQ(top[1].mint, std::min(key(1), key(3)));
  EXPECT_EQ(
    sut_.top_by_volume(token_window::h24, known_keys::wsol_mint, 1).size(), 1u);
  auto total = sut_.total(token_window::h24, known_keys::wsol_mint);
  EXPECT_EQ(total.trades, 3U);
  auto volume = i128{0};
  for (auto& row : top)
    volume += row.value;
  EXPECT_EQ(total.volume_quote, volume);
  EXPECT_EQ(sut_.total(token_window::h24, known_keys::usdc_mint).trades, 1U);
  EXPECT_TRUE(sut_.top_by_market_cap(known_keys::wsol_mint, 10).empty());
  EXPECT_EQ(sut_.top_by_market_cap(known_keys::usdc_mint, 10)[0].value, 3);
}

TEST_F(token_windows_test, forget_a_mint_before_its_refold_is_loaded) {
  apply(minute, 5, 1, 0);
  apply(minute, 5, 1, 0, 2);
  sut_.erase(key(1000));
  EXPECT_EQ(sut_.size(), 1u);
  EXPECT_EQ(sums(token_window::h24).trades, 0u);
}

TEST_F(token_windows_test, keep_memory_bounded_by_a_day) {
  for (int64_t i = 0; i < 5'000; ++i) {
    apply(minute + i * 60, 1, 1, 1);
    sut_.advance(minute + i * 60);
  }
  EXPECT_EQ(sums(token_window::h24).trades, 1'441u);
  // 1,441 minutes and at most 64 expired ones, doubled by the vector.
  EXPECT_LE(sut_.memory_bytes(), 2 * 1'505 * 96 + 50'000u);
}

} // namespace
