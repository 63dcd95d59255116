#include "domain/token_ledger.hpp"

#include "tests/domain/fold_fixtures.hpp"

#include <gtest/gtest.h>

using namespace pumpscope::test;

namespace {

constexpr int64_t start = 1'700'000'040;

/// Pools by number.
pubkey pool(uint64_t number) {
  return key(2'000 + number);
}

/// Makes the rows of mint 1000; each call is later in the chain.
class token_rows {
public:
  /// Time of the next row.
  int64_t time = start;

  trade curve(uint64_t wallet = 1) {
    auto x = next(buy(wallet, 10, 7));
    x.event_base_reserves = 1'000;
    x.event_quote_reserves = 3'000;
    return x;
  }

  /// A buy of 10 units; the pool has `quote` after it.
  trade amm(uint64_t number, uint64_t quote,
            const pubkey& quote_mint = known_keys::wsol_mint) {
    auto x = next(buy(1, 10, 7));
    x.program = program::pump_amm;
    x.pool = pool(number);
    x.quote_mint = quote_mint;
    x.event_base_reserves = 1'010;
    x.event_quote_reserves = quote - 7;
    return x;
  }

  token_event event(token_event_kind kind, uint64_t number = 0) {
    auto x = token_event{};
    x.position = place(++slot_);
    x.block_time = time;
    x.kind = kind;
    x.mint = key(1000);
    x.quote_mint = known_keys::wsol_mint;
    x.pool = number == 0 ? pubkey{} : pool(number);
    return x;
  }

private:
  trade next(trade x) {
    x.position = place(++slot_);
    x.block_time = time;
    return x;
  }

  uint64_t slot_ = 0;
};

class token_ledger_test : public testing::Test {
protected:
  bool on_venue(const trade& x) {
    return sut_.apply(x).value().on_venue;
  }

  token_effect apply(const auto& x) {
    return sut_.apply(x).value();
  }

  token_rows rows_ = {};
  token_ledger sut_{key(1000)};
};

TEST_F(token_ledger_test, a_curve_with_trades_leads_until_it_is_complete) {
  EXPECT_TRUE(on_venue(rows_.curve()));
  EXPECT_FALSE(on_venue(rows_.amm(1, 1'000'000)));
  EXPECT_TRUE(on_venue(rows_.curve()));
  apply(rows_.event(token_event_kind::completed));
  EXPECT_FALSE(on_venue(rows_.curve()));
  EXPECT_TRUE(on_venue(rows_.amm(1, 1'000'000)));
  ASSERT_EQ(sut_.state().off_venue.size(), 1u);
  EXPECT_EQ(sut_.state().off_venue[0].quote_units, 14);
  EXPECT_EQ(sut_.state().off_venue[0].token_units, 20);
  EXPECT_EQ(sut_.state().off_venue[0].trades, 2u);
}

TEST_F(token_ledger_test, a_curve_takes_the_lead_from_pools_seen_before_it) {
  EXPECT_TRUE(on_venue(rows_.amm(1, 1'000)));
  auto effect = apply(rows_.curve());
  EXPECT_TRUE(effect.on_venue);
  EXPECT_TRUE(effect.leader_changed);
  EXPECT_FALSE(on_venue(rows_.amm(1, 1'000)));
}

TEST_F(token_ledger_test, a_create_event_alone_does_not_make_the_curve_lead) {
  apply(rows_.event(token_event_kind::created));
  EXPECT_TRUE(on_venue(rows_.amm(1, 1'000)));
}

TEST_F(token_ledger_test, the_pool_of_the_migration_leads_before_it_trades) {
  apply(rows_.curve());
  auto effect = apply(rows_.event(token_event_kind::migrated, 2));
  EXPECT_TRUE(effect.was_graduated);
  EXPECT_FALSE(apply(rows_.event(token_event_kind::migrated, 1)).was_graduated);
  EXPECT_FALSE(on_venue(rows_.amm(1, 1'000'000)));
  EXPECT_TRUE(on_venue(rows_.amm(2, 1'000)));
  EXPECT_FALSE(on_venue(rows_.amm(1, 1'000'000)));
  EXPECT_FALSE(on_venue(rows_.curve()));
}

TEST_F(token_ledger_test, a_migration_ends_the_lead_of_a_richer_pool) {
  EXPECT_TRUE(on_venue(rows_.amm(1, 1'000'000)));
  apply(rows_.event(token_event_kind::migrated, 2));
  EXPECT_FALSE(on_venue(rows_.amm(1, 1'000'000)));
  EXPECT_TRUE(on_venue(rows_.amm(2, 1'000)));
}

TEST_F(token_ledger_test, without_migration_only_a_strictly_richer_pool_wins) {
  apply(rows_.curve());
  apply(rows_.event(token_event_kind::completed));
  EXPECT_TRUE(on_venue(rows_.amm(1, 1'000)));
  EXPECT_FALSE(on_venue(rows_.amm(2, 1'000)));
  EXPECT_TRUE(on_venue(rows_.amm(2, 1'001)));
  EXPECT_FALSE(on_venue(rows_.amm(1, 1'001)));
  // The leader's last trade counts: it sank below.
  EXPECT_TRUE(on_venue(rows_.amm(2, 500)));
  EXPECT_TRUE(on_venue(rows_.amm(1, 501)));
}

TEST_F(token_ledger_test, virtual_reserves_and_lp_fees_count_in_the_rank) {
  EXPECT_TRUE(on_venue(rows_.amm(1, 1'000)));
  auto x = rows_.amm(2, 990);
  x.lp_fee_units = 1;
  x.virtual_quote_reserves = 9;
  EXPECT_FALSE(on_venue(x));
  x = rows_.amm(2, 990);
  x.lp_fee_units = 1;
  x.virtual_quote_reserves = 10;
  EXPECT_TRUE(on_venue(x));
}

TEST_F(token_ledger_test, a_sol_pool_outranks_any_other) {
  EXPECT_TRUE(on_venue(rows_.amm(1, 1'000'000, known_keys::usdc_mint)));
  EXPECT_TRUE(on_venue(rows_.amm(2, 10)));
  EXPECT_FALSE(on_venue(rows_.amm(1, 2'000'000, known_keys::usdc_mint)));
  ASSERT_EQ(sut_.state().series.size(), 2u);
  EXPECT_EQ(sut_.leading_series()->quote_mint, known_keys::wsol_mint);
  EXPECT_EQ(sut_.find_series(known_keys::usdc_mint)->trades, 1u);
}

TEST_F(token_ledger_test, an_inverted_pool_ranks_and_prices_by_its_money_side) {
  auto x = rows_.amm(1, 1'000);
  x.flags = trade_flag::inverted;
  x.event_base_reserves = 5'000;
  x.pool_base_units = 7;
  x.event_quote_reserves = 2'000;
  x.pool_quote_units = 10;
  // The wallet buys the coin: base (money) goes in, quote (coins) out.
  auto effect = apply(x);
  EXPECT_EQ(effect.spot, (price{5'007, 1'990}));
  EXPECT_EQ(sut_.state().leader_effective_quote, 5'007);
  EXPECT_FALSE(on_venue(rows_.amm(2, 5'007)));
  EXPECT_TRUE(on_venue(rows_.amm(2, 5'008)));
}

TEST_F(token_ledger_test, bars_close_at_their_boundaries) {
  rows_.time = 1'699'999'199;
  EXPECT_TRUE(apply(rows_.curve()).closed.empty());
  rows_.time = 1'699'999'200;
  // The end of an hour: all but the 24h bar close.
  auto closed = apply(rows_.curve()).closed;
  ASSERT_EQ(closed.size(), 5u);
  EXPECT_EQ(closed[0].interval, interval::s1);
  EXPECT_EQ(closed[1].interval, interval::m1);
  EXPECT_EQ(closed[1].candle.open_time, 1'699'999'140);
  EXPECT_EQ(closed[1].candle.trades, 1u);
  EXPECT_EQ(closed[4].interval, interval::h1);
  EXPECT_EQ(closed[4].candle.wallets, 1u);
  rows_.time += 59;
  closed = apply(rows_.curve()).closed;
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].interval, interval::s1);
  EXPECT_EQ(sut_.open_candle(known_keys::wsol_mint, interval::m1)->trades, 2u);
  EXPECT_EQ(sut_.open_candle(known_keys::wsol_mint, interval::h24)->trades, 3u);
  EXPECT_FALSE(sut_.open_candle(known_keys::usdc_mint, interval::m1));
}

TEST_F(token_ledger_test, counts_distinct_wallets_per_bar) {
  rows_.time = start - start % 300;
  for (auto wallet : {1, 2, 1})
    apply(rows_.curve(static_cast<uint64_t>(wallet)));
  rows_.time += 60;
  apply(rows_.curve(1));
  apply(rows_.curve(3));
  apply(rows_.curve(3));
  auto wallets = [&](interval length) {
    return sut_.open_candle(known_keys::wsol_mint, length)->wallets;
  };
  EXPECT_EQ(wallets(interval::s1), 2u);
  EXPECT_EQ(wallets(interval::m1), 2u);
  EXPECT_EQ(wallets(interval::m5), 3u);
  EXPECT_EQ(wallets(interval::h1), 3u);
  rows_.time += 300;
  apply(rows_.curve(1));
  EXPECT_EQ(wallets(interval::m5), 1u);
}

TEST_F(token_ledger_test, gives_changed_bars_once_with_their_last_state) {
  rows_.time = start - start % 300;
  apply(rows_.curve());
  EXPECT_EQ(sut_.take_dirty_candles().size(), 2u);
  EXPECT_FALSE(sut_.dirty());
  EXPECT_TRUE(sut_.take_dirty_candles().empty());
  rows_.time += 60;
  apply(rows_.curve());
  rows_.time += 60;
  apply(rows_.curve());
  // The bar of the first minute had been taken: two 1m bars, one 5m bar.
  auto bars = sut_.take_dirty_candles();
  ASSERT_EQ(bars.size(), 3u);
  for (const auto& x : bars)
    EXPECT_EQ(x.candle.trades, x.interval == interval::m5 ? 3u : 1u);
}

TEST_F(token_ledger_test, asks_for_a_refold_and_changes_nothing) {
  apply(rows_.curve());
  rows_.time += 60;
  apply(rows_.curve());
  auto before = sut_.state();
  rows_.time -= 30;
  auto late = rows_.curve();
  EXPECT_TRUE(apply(late).needs_refold);
  EXPECT_EQ(sut_.state(), before);
  // An older second of the open minute is no reason.
  rows_.time = start + 60 + 30;
  EXPECT_FALSE(apply(rows_.curve()).needs_refold);
  rows_.time -= 15;
  EXPECT_FALSE(apply(rows_.curve()).needs_refold);
  EXPECT_EQ(sut_.open_candle(known_keys::wsol_mint, interval::m1)->trades, 3u);
  EXPECT_EQ(sut_.open_candle(known_keys::wsol_mint, interval::s1)->trades, 1u);
  // Neither is a trade that is off venue.
  rows_.time = start;
  EXPECT_FALSE(apply(rows_.amm(1, 10)).needs_refold);
}

TEST_F(token_ledger_test, a_refold_handles_any_order_of_times) {
  sut_ = token_ledger::refold(key(1000));
  for (auto offset : {0, 600, 60, 0, 630, 61}) {
    rows_.time = start + offset;
    EXPECT_FALSE(apply(rows_.curve()).needs_refold);
  }
  sut_.finish_refold();
  auto minutes = std::map<int64_t, uint64_t>{};
  for (const auto& x : sut_.take_dirty_candles())
    if (x.interval == interval::m1)
      minutes[x.candle.open_time - start] = x.candle.trades;
  EXPECT_EQ(minutes, (std::map<int64_t, uint64_t>{{0, 2}, {60, 2}, {600, 2}}));
  EXPECT_EQ(sut_.open_candle(known_keys::wsol_mint, interval::m1)->trades, 2u);
  rows_.time = start;
  EXPECT_TRUE(apply(rows_.curve()).needs_refold);
}

TEST_F(token_ledger_test, a_trade_without_a_price_keeps_the_last_one) {
  apply(rows_.curve());
  auto x = rows_.curve();
  x.event_base_reserves = 0;
  EXPECT_EQ(apply(x).spot, price{});
  EXPECT_EQ(sut_.spot(), (price{3'000, 1'000}));
  EXPECT_EQ(sut_.open_candle(known_keys::wsol_mint, interval::m1)->trades, 2u);
}

TEST_F(token_ledger_test, notices_where_a_chain_of_reserves_breaks) {
  auto x = rows_.curve();
  EXPECT_FALSE(apply(x).broken);
  x.position.slot += 100;
  x.event_base_reserves -= 10;
  x.event_quote_reserves += 7;
  EXPECT_FALSE(apply(x).broken);
  // The same trade again: doubled.
  x.position.slot += 1;
  auto effect = apply(x);
  ASSERT_TRUE(effect.broken);
  EXPECT_EQ(effect.broken->expected, (reserves{990, 3'007}));
  EXPECT_EQ(effect.broken->found, (reserves{1'000, 3'000}));
  EXPECT_EQ(effect.broken->position, x.position);
  EXPECT_EQ(effect.broken->since_slot, x.position.slot - 1);
  EXPECT_EQ(effect.broken->block_time, x.block_time);
  EXPECT_EQ(sut_.state().reserve_breaks, 1u);
  EXPECT_EQ(sut_.state().breaks, std::vector{span_of(*effect.broken)});
}

TEST_F(token_ledger_test, keeps_where_the_last_breaks_are) {
  auto x = rows_.curve();
  apply(x);
  constexpr auto count = token_ledger::breaks_max + 3;
  for (size_t i = 0; i < count; ++i) {
    x.position.slot += 10;
    ASSERT_TRUE(apply(x).broken);
  }
  auto& state = sut_.state();
  EXPECT_EQ(state.reserve_breaks, count);
  ASSERT_EQ(state.breaks.size(), token_ledger::breaks_max);
  EXPECT_EQ(state.breaks.back().position, x.position);
  EXPECT_EQ(state.breaks.back().since_slot, x.position.slot - 10);
}

TEST_F(token_ledger_test, chains_start_with_the_create_event) {
  auto created = rows_.event(token_event_kind::created);
  created.base_reserves = 1'010;
  created.quote_reserves = 2'993;
  created.name = "Name";
  created.supply = 5;
  EXPECT_TRUE(apply(created).was_created);
  EXPECT_EQ(sut_.state().name, "Name");
  EXPECT_FALSE(apply(rows_.curve()).broken);
  sut_ = token_ledger{key(1000)};
  created.quote_reserves = 2'994;
  apply(created);
  EXPECT_TRUE(apply(rows_.curve()).broken);
}

TEST_F(token_ledger_test, liquidity_and_boosts_join_the_chain) {
  auto created = rows_.event(token_event_kind::pool_created, 1);
  created.base_reserves = 1'010;
  created.quote_reserves = 993;
  apply(created);
  EXPECT_FALSE(apply(rows_.amm(1, 1'000)).broken);
  auto deposit = rows_.event(token_event_kind::deposited, 1);
  deposit.base_reserves = 1'000;
  deposit.quote_reserves = 1'000;
  deposit.base_units = 60;
  deposit.quote_units = 50;
  EXPECT_FALSE(apply(deposit).broken);
  EXPECT_EQ(sut_.state().last_reserves, (reserves{1'060, 1'050}));
  auto withdrawal = rows_.event(token_event_kind::withdrawn, 1);
  withdrawal.base_reserves = 1'060;
  withdrawal.quote_reserves = 1'050;
  withdrawal.base_units = 10;
  withdrawal.quote_units = 7;
  EXPECT_FALSE(apply(withdrawal).broken);
  auto boost = rows_.event(token_event_kind::boost_bought, 1);
  boost.base_reserves = 1'010;
  boost.quote_reserves = 1'193;
  EXPECT_FALSE(apply(boost).broken);
  EXPECT_FALSE(apply(rows_.amm(1, 1'200)).broken);
  withdrawal.base_reserves = 1;
  EXPECT_TRUE(apply(withdrawal).broken);
}

TEST_F(token_ledger_test, pools_without_a_coin_and_money_are_not_chained) {
  auto deposit = rows_.event(token_event_kind::deposited, 1);
  deposit.quote_mint = key(55);
  apply(deposit);
  deposit.base_reserves = 17;
  EXPECT_FALSE(apply(deposit).broken);
  EXPECT_TRUE(sut_.state().venues.empty());
}

TEST_F(token_ledger_test, new_mayhem_parameters_restart_the_chain) {
  apply(rows_.curve());
  auto update = rows_.event(token_event_kind::virtual_params_updated);
  update.base_reserves = 1'010;
  update.quote_reserves = 2'993;
  EXPECT_FALSE(apply(update).broken);
  EXPECT_FALSE(apply(rows_.curve()).broken);
  EXPECT_TRUE(sut_.state().mayhem_mode);
}

TEST_F(token_ledger_test, chains_at_most_so_many_venues) {
  for (uint64_t i = 0; i < token_ledger::venues_max + 5; ++i)
    apply(rows_.amm(100 + i, 1'000));
  EXPECT_EQ(sut_.state().venues.size(), token_ledger::venues_max);
  EXPECT_EQ(sut_.state().trades_unchained, 5u);
  // The ones that are chained still are, also after a reload.
  sut_ = token_ledger{token_state{sut_.state()}};
  EXPECT_TRUE(apply(rows_.amm(100 + 900, 5)).broken);
}

TEST_F(token_ledger_test, refuses_nonsense_and_changes_nothing) {
  auto before = sut_.state();
  auto x = rows_.curve();
  x.block_time = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(sut_.apply(x).error(), errc::malformed);
  x = rows_.curve();
  x.virtual_quote_reserves = i128_max;
  EXPECT_EQ(sut_.apply(x).error(), errc::overflow);
  auto event = rows_.event(token_event_kind::created);
  event.block_time = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(sut_.apply(event).error(), errc::malformed);
  EXPECT_EQ(sut_.state(), before);
}

TEST_F(token_ledger_test, refuses_more_quote_mints_than_can_be) {
  for (uint64_t i = 0; i < token_ledger::series_max; ++i) {
    auto x = rows_.curve();
    x.quote_mint = key(300 + i);
    apply(x);
  }
  auto x = rows_.curve();
  x.quote_mint = key(400);
  auto before = sut_.state();
  EXPECT_EQ(sut_.apply(x).error(), errc::limit_exceeded);
  EXPECT_EQ(sut_.state(), before);
}

} // namespace
