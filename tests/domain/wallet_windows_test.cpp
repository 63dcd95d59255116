#include "domain/wallet_windows.hpp"

#include "tests/domain/fold_fixtures.hpp"

#include <gtest/gtest.h>

using namespace pumpscope::test;

namespace {

constexpr int64_t day = 86'400;

/// Noon of a day, a multiple of 3600.
constexpr int64_t noon = 1'700'006'400 - 1'700'006'400 % day + day / 2;

wallet_effect make_effect(i128 pnl, int64_t time, uint64_t slot = 1) {
  auto x = wallet_effect{};
  x.counts_on_boards = true;
  x.realized = true;
  x.pnl = pnl;
  x.block_time = time;
  x.position = place(slot);
  return x;
}

wallet_effect make_buy(int64_t time) {
  auto x = make_effect(0, time);
  x.realized = false;
  return x;
}

TEST(wallet_windows, hold_what_starts_at_the_edge_and_not_before) {
  struct {
    int64_t now;
    int64_t time;
    bool in_24h;
    bool in_7d;
  } const table[] = {
    // Begin of 24h: floor(now / 300) * 300 - 86400.
    {noon, noon - day, true, true},
    {noon, noon - day - 1, false, true},
    {noon + 299, noon - day, true, true},
    {noon + 299, noon - day + 299, true, true},
    {noon + 300, noon - day + 299, false, true},
    {noon + 300, noon - day + 300, true, true},
    // Begin of 7d: floor(now / 3600) * 3600 - 604800.
    {noon, noon - 7 * day, false, true},
    {noon, noon - 7 * day - 1, false, false},
    {noon + 3'599, noon - 7 * day, false, true},
    {noon + 3'600, noon - 7 * day + 3'599, false, false},
    {noon + 3'600, noon - 7 * day + 3'600, false, true},
    // The running bucket and later ones.
    {noon, noon, true, true},
    {noon, noon + 1'000, true, true},
  };
  for (const auto& x : table) {
    for (auto advance_first : {true, false}) {
      auto sut = wallet_windows{};
      if (advance_first)
        sut.advance(x.now);
      ASSERT_TRUE(sut.apply(key(1), make_effect(-5, x.time)));
      sut.advance(x.now);
      auto net = [&](board_window window) {
        return sut.sums(key(1), window).net;
      };
      EXPECT_EQ(net(board_window::h24), x.in_24h ? -5 : 0) << x.time - x.now;
      EXPECT_EQ(net(board_window::d7), x.in_7d ? -5 : 0) << x.time - x.now;
      EXPECT_EQ(net(board_window::all), -5);
    }
  }
}

TEST(wallet_windows, expire_although_nobody_trades) {
  auto sut = wallet_windows{};
  sut.advance(noon);
  ASSERT_TRUE(sut.apply(key(1), make_effect(-5, noon)));
  auto losers = [&](board_window window) {
    return sut.top(window, board_by::net, board_side::losers, 10).size();
  };
  EXPECT_FALSE(sut.advance(noon + day));
  EXPECT_EQ(losers(board_window::h24), 1u);
  EXPECT_TRUE(sut.advance(noon + day + 300));
  EXPECT_EQ(losers(board_window::h24), 0u);
  EXPECT_EQ(losers(board_window::d7), 1u);
  EXPECT_TRUE(sut.advance(noon + 7 * day + 3'600));
  EXPECT_EQ(losers(board_window::d7), 0u);
  EXPECT_EQ(losers(board_window::all), 1u);
  EXPECT_FALSE(sut.advance(noon));
  EXPECT_EQ(sut.now(), noon + 7 * day + 3'600);
}

TEST(wallet_windows, a_wallet_comes_on_a_board_when_its_gains_expire) {
  auto sut = wallet_windows{};
  ASSERT_TRUE(sut.apply(key(1), make_effect(100, noon)));
  ASSERT_TRUE(sut.apply(key(1), make_effect(-5, noon + 600, 2)));
  sut.advance(noon + 600);
  auto losers = [&] {
    return sut.top(board_window::h24, board_by::net, board_side::losers, 10);
  };
  EXPECT_TRUE(losers().empty());
  sut.advance(noon + day + 300);
  ASSERT_EQ(losers().size(), 1u);
  EXPECT_EQ(losers()[0].net, -5);
  EXPECT_EQ(losers()[0].realizations, 1u);
  EXPECT_EQ(losers()[0].trades, 1u);
}

TEST(wallet_windows, tell_counts_and_last_loss_inside_the_window) {
  auto sut = wallet_windows{};
  ASSERT_TRUE(sut.apply(key(1), make_effect(-7, noon, 1)));
  ASSERT_TRUE(sut.apply(key(1), make_buy(noon + 400)));
  ASSERT_TRUE(sut.apply(key(1), make_effect(3, noon + 400, 3)));
  ASSERT_TRUE(sut.apply(key(1), make_effect(-2, noon + 400, 4)));
  ASSERT_TRUE(sut.apply(key(1), make_effect(0, noon + 400, 5)));
  sut.advance(noon + day + 300);
  auto row = sut.sums(key(1), board_window::h24);
  EXPECT_EQ(row.net, 1);
  EXPECT_EQ(row.losses, -2);
  EXPECT_EQ(row.trades, 4u);
  EXPECT_EQ(row.realizations, 3u);
  EXPECT_EQ(row.losing_realizations, 1u);
  EXPECT_EQ(row.last_loss, place(4));
  EXPECT_EQ(row.last_loss_at, noon + 400);
  sut.advance(noon + day + 600);
  EXPECT_EQ(sut.sums(key(1), board_window::h24).last_loss, chain_position{});
  EXPECT_EQ(sut.sums(key(1), board_window::d7).last_loss, place(4));
}

TEST(wallet_windows, rank_ties_by_earlier_last_loss_then_by_wallet) {
  auto sut = wallet_windows{};
  auto wallets = std::vector<pubkey>{key(1), key(2), key(3), key(4)};
  std::sort(wallets.begin(), wallets.end());
  ASSERT_TRUE(sut.apply(wallets[3], make_effect(-5, noon, 1)));
  ASSERT_TRUE(sut.apply(wallets[2], make_effect(-5, noon, 2)));
  ASSERT_TRUE(sut.apply(wallets[1], make_effect(-5, noon, 2)));
  ASSERT_TRUE(sut.apply(wallets[0], make_effect(-6, noon, 9)));
  auto board = sut.top(board_window::all, board_by::net, board_side::losers,
                       10);
  ASSERT_EQ(board.size(), 4u);
  EXPECT_EQ(board[0].wallet, wallets[0]);
  EXPECT_EQ(board[1].wallet, wallets[3]);
  EXPECT_EQ(board[2].wallet, wallets[1]);
  EXPECT_EQ(board[3].wallet, wallets[2]);
}

TEST(wallet_windows, winners_are_best_first_and_only_positive) {
  auto sut = wallet_windows{};
  ASSERT_TRUE(sut.apply(key(1), make_effect(5, noon, 1)));
  ASSERT_TRUE(sut.apply(key(2), make_effect(9, noon, 2)));
  ASSERT_TRUE(sut.apply(key(2), make_effect(-20, noon, 3)));
  ASSERT_TRUE(sut.apply(key(3), make_effect(0, noon, 4)));
  auto net = sut.top(board_window::all, board_by::net, board_side::winners, 10);
  ASSERT_EQ(net.size(), 1u);
  EXPECT_EQ(net[0].wallet, key(1));
  // By losses, winners rank by the sum of their positive realizations.
  auto gains = sut.top(board_window::all, board_by::losses, board_side::winners,
                       10);
  ASSERT_EQ(gains.size(), 2u);
  EXPECT_EQ(gains[0].wallet, key(2));
  EXPECT_EQ(board_value(gains[0], board_by::losses, board_side::winners), 9);
}

TEST(wallet_windows, leave_out_what_does_not_count) {
  auto sut = wallet_windows{};
  auto x = make_effect(-5, noon);
  x.counts_on_boards = false;
  ASSERT_TRUE(sut.apply(key(1), x));
  EXPECT_EQ(sut.size(), 0u);
  auto totals = wallet_totals{};
  totals.trades = 1;
  totals.realizations = 1;
  totals.realized = totals.losses = -5;
  ASSERT_TRUE(sut.load(known_keys::mayhem_vault, totals));
  sut.finish_load();
  EXPECT_EQ(sut.size(), 0u);
}

TEST(wallet_windows, refuse_what_is_out_of_range) {
  auto sut = wallet_windows{};
  EXPECT_FALSE(sut.apply(key(1), make_effect(i128{1} << 80, noon)));
  EXPECT_FALSE(sut.apply(key(1), make_effect(-(i128{1} << 80), noon)));
  EXPECT_FALSE(
    sut.apply(key(1), make_effect(-1, std::numeric_limits<int64_t>::max())));
  EXPECT_FALSE(
    sut.apply(key(1), make_effect(-1, std::numeric_limits<int64_t>::min())));
  auto bucket = wallet_bucket{};
  bucket.length = 60;
  EXPECT_EQ(sut.load(bucket).error(), errc::malformed);
  EXPECT_EQ(sut.size(), 0u);
}

TEST(wallet_windows, write_each_changed_bucket_once_with_its_sums) {
  auto sut = wallet_windows{};
  sut.advance(noon);
  ASSERT_TRUE(sut.apply(key(1), make_effect(-5, noon, 1)));
  ASSERT_TRUE(sut.apply(key(1), make_effect(2, noon + 1, 2)));
  ASSERT_TRUE(sut.apply(key(1), make_buy(noon + 300)));
  auto rows = sut.take_dirty_buckets();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].length, 300u);
  EXPECT_EQ(rows[0].net, -3);
  EXPECT_EQ(rows[0].trades, 2u);
  EXPECT_EQ(rows[1].start, noon + 300);
  EXPECT_EQ(rows[1].trades, 1u);
  EXPECT_EQ(rows[2].length, 3'600u);
  EXPECT_EQ(rows[2].net, -3);
  EXPECT_EQ(rows[2].losses, -5);
  EXPECT_EQ(rows[2].trades, 3u);
  EXPECT_EQ(rows[2].last_loss, place(1));
  EXPECT_TRUE(sut.take_dirty_buckets().empty());
}

TEST(wallet_windows, write_the_hour_of_a_bucket_that_expired_before) {
  auto sut = wallet_windows{};
  sut.advance(noon);
  ASSERT_TRUE(sut.apply(key(1), make_effect(-5, noon, 1)));
  sut.advance(noon + day + 300);
  auto rows = sut.take_dirty_buckets();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].length, 3'600u);
  // A late trade of that hour is written as well.
  ASSERT_TRUE(sut.apply(key(1), make_effect(-1, noon + 60, 2)));
  rows = sut.take_dirty_buckets();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].net, -6);
  EXPECT_EQ(rows[0].trades, 2u);
}

TEST(wallet_windows, replace_a_wallet_by_its_refolded_buckets) {
  auto sut = wallet_windows{};
  sut.advance(noon + day);
  for (uint64_t i = 0; i < 40; ++i)
    ASSERT_TRUE(sut.apply(
      key(1), make_effect(-5, noon + static_cast<int64_t>(i) * 400, i + 1)));
  ASSERT_TRUE(sut.apply(key(2), make_effect(-50, noon, 100)));
  auto expected = wallet_windows{};
  expected.advance(noon + day);
  auto buckets = std::vector<wallet_bucket>{};
  auto totals = wallet_totals{};
  for (auto [pnl, time] :
       {std::pair{-8, noon - 20 * day}, std::pair{-30, noon - day},
        std::pair{7, noon}, std::pair{-2, noon + 3'000}}) {
    auto x = make_effect(pnl, time, static_cast<uint64_t>(time));
    add_to_buckets(buckets, key(1), x);
    ASSERT_TRUE(expected.apply(key(1), x));
    ++totals.trades;
    ++totals.realizations;
    totals.realized += pnl;
    totals.losses += std::min(pnl, 0);
    totals.losing_realizations += pnl < 0 ? 1 : 0;
    if (pnl < 0) {
      totals.last_loss = x.position;
      totals.last_loss_at = time;
    }
  }
  ASSERT_TRUE(sut.replace(key(1), buckets, totals));
  for (auto window : all_windows)
    EXPECT_EQ(sut.sums(key(1), window), expected.sums(key(1), window));
  EXPECT_EQ(
    sut.top(board_window::h24, board_by::net, board_side::losers, 1)[0].wallet,
    key(2));
  sut.advance(noon + 2 * day + 300);
  expected.advance(noon + 2 * day + 300);
  for (auto window : all_windows)
    EXPECT_EQ(sut.sums(key(1), window), expected.sums(key(1), window));
}

/// The candidates of a board have to be exact although they are few.
TEST(wallet_windows, top_equals_the_whole_board_with_thousands_of_wallets) {
  auto engine = std::mt19937_64{42};
  auto sut = wallet_windows{};
  auto wallets = std::vector<pubkey>{};
  for (uint64_t i = 0; i < 1'500; ++i)
    wallets.push_back(key(i));
  auto now = noon;
  for (auto round = 0; round < 20; ++round) {
    for (auto i = 0; i < 400; ++i) {
      // Few different sums: many ties.
      auto pnl = static_cast<int64_t>(engine() % 41) - 20;
      ASSERT_TRUE(
        sut.apply(wallets[engine() % wallets.size()],
                  make_effect(pnl, now - static_cast<int64_t>(engine() % 4'000),
                              1 + engine() % 1'000)));
    }
    now += static_cast<int64_t>(engine() % 20'000);
    sut.advance(now);
    for (auto window : all_windows)
      for (auto [by, side] : all_orders)
        for (auto n : {size_t{1}, size_t{60}}) {
          auto all = sut.all(window, by, side);
          all.resize(std::min(all.size(), n));
          ASSERT_EQ(sut.top(window, by, side, n), all) << round;
        }
  }
}

TEST(wallet_windows, top_finds_the_small_losers_when_the_big_ones_expire) {
  auto sut = wallet_windows{};
  for (uint64_t i = 0; i < 400; ++i) {
    ASSERT_TRUE(sut.apply(
      key(i), make_effect(-1'000 - static_cast<int64_t>(i), noon, i)));
  }
  // Too small for a candidate, as long as there are the big ones.
  for (uint64_t i = 400; i < 800; ++i) {
    ASSERT_TRUE(sut.apply(
      key(i), make_effect(-1 - static_cast<int64_t>(i), noon + 300, i)));
  }
  auto top = [&] {
    return sut.top(board_window::h24, board_by::net, board_side::losers, 100);
  };
  sut.advance(noon + day);
  ASSERT_EQ(top().size(), 100u);
  EXPECT_EQ(top()[0].wallet, key(399));
  EXPECT_EQ(top()[99].wallet, key(300));
  sut.advance(noon + day + 300);
  ASSERT_EQ(top().size(), 100u);
  EXPECT_EQ(top()[0].wallet, key(799));
  EXPECT_EQ(top()[99].wallet, key(700));
}

TEST(wallet_windows, weigh_at_most_200_bytes_a_wallet) {
  // 3 * 10^6 wallets have 600 MB: most trade once or twice.
  auto sut = wallet_windows{};
  auto count = uint64_t{20'000};
  for (uint64_t i = 0; i < count; ++i) {
    ASSERT_TRUE(sut.apply(key(i), make_buy(noon)));
    if (i % 2 == 0) {
      ASSERT_TRUE(sut.apply(key(i), make_effect(-1, noon + 100)));
    }
  }
  sut.take_dirty_buckets();
  EXPECT_LE(sut.memory_bytes() / count, 200u);
}

} // namespace
