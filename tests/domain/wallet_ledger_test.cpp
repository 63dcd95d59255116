#include "domain/wallet_ledger.hpp"

#include "tests/domain/fold_fixtures.hpp"

#include <gtest/gtest.h>

using namespace pumpscope::test;

namespace {

/// A round trip in a coin of its own with this PnL.
void realize(wallet_ledger& sut, uint64_t mint, int64_t pnl) {
  auto in = buy(1, 10, 1'000);
  in.mint = key(mint);
  auto out = sell(1, 10, static_cast<uint64_t>(1'000 + pnl));
  out.mint = key(mint);
  ASSERT_TRUE(sut.apply(in));
  ASSERT_TRUE(sut.apply(out));
}

TEST(wallet_ledger, counts_streaks_over_all_sol_positions) {
  auto sut = wallet_ledger{key(1)};
  realize(sut, 1, -5);
  realize(sut, 2, -7);
  EXPECT_EQ(sut.totals().loss_streak_max, 2u);
  EXPECT_EQ(sut.totals().loss_streak_worst, 12);
  // A PnL of 0 ends it; buys did not.
  realize(sut, 3, 0);
  realize(sut, 4, -10);
  EXPECT_EQ(sut.totals().loss_streak_max, 2u);
  EXPECT_EQ(sut.totals().loss_streak_worst, 12);
  realize(sut, 1, -3);
  EXPECT_EQ(sut.totals().loss_streak_worst, 13);
  realize(sut, 5, 4);
  realize(sut, 6, -1);
  EXPECT_EQ(sut.totals().loss_streak_max, 2u);
  EXPECT_EQ(sut.totals().loss_streak, 1u);
  EXPECT_EQ(sut.totals().losses, -26);
  EXPECT_EQ(sut.totals().losing_realizations, 5u);
  EXPECT_EQ(sut.totals().wins, 1u);
  EXPECT_EQ(sut.totals().tokens, 6u);
}

TEST(wallet_ledger, the_worst_streak_need_not_be_the_longest) {
  auto sut = wallet_ledger{key(1)};
  realize(sut, 1, -100);
  realize(sut, 2, 1);
  realize(sut, 3, -1);
  realize(sut, 4, -1);
  EXPECT_EQ(sut.totals().loss_streak_max, 2u);
  EXPECT_EQ(sut.totals().loss_streak_worst, 100);
}

TEST(wallet_ledger, counts_sol_quoted_trades_only_in_totals) {
  auto sut = wallet_ledger{key(1)};
  auto x = buy(1, 10, 100);
  x.quote_mint = known_keys::usdc_mint;
  auto effect = sut.apply(x).value();
  EXPECT_FALSE(effect.counts_on_boards);
  x.side = trade_side::sell;
  x.net_quote_units = 50;
  EXPECT_EQ(sut.apply(x)->pnl, -50);
  EXPECT_EQ(sut.totals(), wallet_totals{});
  EXPECT_EQ(sut.size(), 1u);
  // Not part of a streak either.
  EXPECT_EQ(sut.totals().loss_streak, 0u);
}

TEST(wallet_ledger, keeps_positions_of_a_mint_apart_by_quote) {
  auto sut = wallet_ledger{key(1)};
  auto in = buy(1, 10, 100);
  ASSERT_TRUE(sut.apply(in));
  auto out = sell(1, 10, 100);
  out.quote_mint = known_keys::usdc_mint;
  auto effect = sut.apply(out).value();
  EXPECT_FALSE(effect.realized);
  EXPECT_EQ(sut.size(), 2u);
  EXPECT_EQ(sut.find({key(1000), known_keys::wsol_mint})->units, 10);
}

TEST(wallet_ledger, counts_a_holder_of_two_quote_mints_once) {
  for (auto others : {0, 20}) {
    auto sut = wallet_ledger{key(1)};
    for (auto i = 0; i < others; ++i) {
      auto x = buy(1, 1, 1);
      x.mint = key(static_cast<uint64_t>(5000 + i));
      ASSERT_TRUE(sut.apply(x));
    }
    auto sol = buy(1, 10, 100);
    auto usdc = sol;
    usdc.quote_mint = known_keys::usdc_mint;
    EXPECT_EQ(sut.apply(sol)->holders, 1);
    EXPECT_EQ(sut.apply(usdc)->holders, 0);
    sol.side = usdc.side = trade_side::sell;
    EXPECT_EQ(sut.apply(sol)->holders, 0);
    EXPECT_EQ(sut.apply(usdc)->holders, -1);
    EXPECT_EQ(sut.apply(usdc)->holders, 0);
  }
}

TEST(wallet_ledger, finds_holdings_of_a_mint_in_an_exotic_quote) {
  auto sut = wallet_ledger{key(1)};
  for (uint64_t i = 0; i < 20; ++i) {
    auto x = buy(1, 1, 1);
    x.mint = key(5000 + i);
    ASSERT_TRUE(sut.apply(x));
  }
  auto exotic = buy(1, 10, 100);
  exotic.quote_mint = key(77);
  EXPECT_EQ(sut.apply(exotic)->holders, 1);
  EXPECT_EQ(sut.apply(buy(1, 10, 100))->holders, 0);
}

TEST(wallet_ledger, the_mayhem_vault_has_totals_but_is_on_no_board) {
  auto sut = wallet_ledger{known_keys::mayhem_vault};
  auto x = buy(1, 10, 100);
  x.wallet = known_keys::mayhem_vault;
  EXPECT_FALSE(sut.apply(x)->counts_on_boards);
  EXPECT_EQ(sut.totals().trades, 1u);
  auto other = wallet_ledger{key(1)};
  EXPECT_TRUE(other.apply(buy(1, 10, 100))->counts_on_boards);
}

TEST(wallet_ledger, names_each_changed_position_once) {
  auto sut = wallet_ledger{key(1)};
  for (uint64_t mint = 0; mint < 30; ++mint) {
    auto x = buy(1, 1, 1);
    x.mint = key(mint);
    ASSERT_TRUE(sut.apply(x));
    ASSERT_TRUE(sut.apply(x));
  }
  EXPECT_EQ(sut.take_dirty().size(), 30u);
  EXPECT_FALSE(sut.dirty());
  auto x = buy(1, 1, 1);
  x.mint = key(17);
  ASSERT_TRUE(sut.apply(x));
  ASSERT_TRUE(sut.apply(x));
  EXPECT_EQ(sut.take_dirty(), std::vector<uint32_t>{17});
  EXPECT_EQ(sut.at(17).key.mint, key(17));
  EXPECT_EQ(sut.at(17).buys, 4u);
  EXPECT_EQ(sut.find({key(29), known_keys::wsol_mint})->buys, 2u);
  EXPECT_EQ(sut.find({key(30), known_keys::wsol_mint}), nullptr);
}

TEST(wallet_ledger, a_refused_trade_leaves_no_position_behind) {
  for (uint64_t others : {0, 20}) {
    auto sut = wallet_ledger{key(1)};
    for (uint64_t i = 0; i < others; ++i) {
      auto x = buy(1, 1, 1);
      x.mint = key(5000 + i);
      ASSERT_TRUE(sut.apply(x));
    }
    sut.take_dirty();
    auto totals = sut.totals();
    auto x = buy(1, 1, 1);
    x.net_quote_units = i128_max;
    EXPECT_EQ(sut.apply(x).error(), errc::overflow);
    EXPECT_EQ(sut.size(), others);
    EXPECT_EQ(sut.find({x.mint, x.quote_mint}), nullptr);
    EXPECT_EQ(sut.totals(), totals);
    EXPECT_FALSE(sut.dirty());
  }
}

TEST(wallet_ledger, counts_buys_that_grow_after_a_loss) {
  auto sut = wallet_ledger{key(1)};
  realize(sut, 1, -5);
  ASSERT_TRUE(sut.apply(buy(1, 1, 1'001)));
  ASSERT_TRUE(sut.apply(buy(1, 1, 1'001)));
  EXPECT_EQ(sut.totals().buys_after_loss, 2u);
  EXPECT_EQ(sut.totals().buys_grown_after_loss, 1u);
}

TEST(wallet_ledger, is_small) {
  // The bound that 10^6 live wallets need, beside positions.
  EXPECT_LE(sizeof(wallet_ledger), 600u);
  auto sut = wallet_ledger{key(1)};
  ASSERT_TRUE(sut.apply(buy(1, 1, 1)));
  EXPECT_LE(sut.memory_bytes(), 1'000u);
}

} // namespace
