#pragma once

// Part of store_conformance.hpp: checkpoints and stored states.

#include "domain/known_keys.hpp"
#include "tests/support/store_conformance.hpp"

#include <algorithm>

namespace pumpscope::test {

inline bool same(const messages::wallet_row& x, const messages::wallet_row& y) {
  return x.wallet == y.wallet && x.totals == y.totals && x.blob == y.blob;
}

inline bool same(const messages::position_row& x,
                 const messages::position_row& y) {
  return x.wallet == y.wallet && x.position == y.position && x.blob == y.blob;
}

inline bool same(const messages::token_row& x, const messages::token_row& y) {
  return x.mint == y.mint && x.quote_mint == y.quote_mint && x.name == y.name
         && x.symbol == y.symbol && x.uri == y.uri && x.creator == y.creator
         && x.created_at == y.created_at && x.last_price == y.last_price
         && x.last_trade_at == y.last_trade_at && x.graduated == y.graduated
         && x.market_cap == y.market_cap && x.reserve_breaks == y.reserve_breaks
         && x.blob == y.blob;
}

inline bool same(const messages::candle_row& x, const messages::candle_row& y) {
  return x.mint == y.mint && x.quote_mint == y.quote_mint
         && x.interval == y.interval && x.candle == y.candle;
}

inline bool same(const domain::wallet_bucket& x,
                 const domain::wallet_bucket& y) {
  return x == y;
}

/// Tells whether two lists of rows are equal.
template <class Row>
bool same(const std::vector<Row>& xs, const std::vector<Row>& ys) {
  return std::equal(xs.begin(), xs.end(), ys.begin(), ys.end(),
                    [](const Row& x, const Row& y) { return same(x, y); });
}

using messages::projection;

TEST_P(store_conformance, a_checkpoint_moves_the_cursor_by_compare_and_set) {
  commit_trades(5, 1, key_in(0), key_in(0));
  auto x = checkpoint_of(projection::wallet, 2);
  x.after = {projection::wallet, 2, 3, -4, 2};
  commit(x);
  EXPECT_EQ(cursor(projection::wallet, 2), x.after);
  EXPECT_EQ(cursor(projection::token, 2),
            (messages::cursor_row{projection::token, 2, 0, 0, 0}));
  EXPECT_EQ(value(store().commit_checkpoint(x)), commit_outcome::stale);
  auto wrong = checkpoint_after(head, x.after, 5);
  ++wrong.before.published_jpos;
  EXPECT_EQ(value(store().commit_checkpoint(wrong)), commit_outcome::stale);
  wrong.before = x.after;
  ++wrong.before.chain_time;
  EXPECT_EQ(value(store().commit_checkpoint(wrong)), commit_outcome::stale);
  reopen();
  EXPECT_EQ(cursor(projection::wallet, 2), x.after);
}

TEST_P(store_conformance, a_checkpoint_that_is_stale_or_fenced_writes_nothing) {
  auto wallet = key_in(1);
  auto x = checkpoint_of(projection::wallet, 1);
  x.wallets = {sample_wallet(wallet, 1)};
  x.before.chain_time = 1;
  EXPECT_EQ(value(store().commit_checkpoint(x)), commit_outcome::stale);
  x.before.chain_time = 0;
  ++x.fence;
  EXPECT_EQ(value(store().commit_checkpoint(x)), commit_outcome::fenced);
  EXPECT_FALSE(value(store().load_wallets({&wallet, 1}))[0].wallet);
}

TEST_P(store_conformance, a_checkpoint_that_cannot_be_right_is_refused) {
  commit_trades(5, 1, key_in(0), key_in(0));
  auto expect_refused = [&](auto&& spoil) {
    auto x = checkpoint_of(projection::wallet, 1);
    spoil(x);
    auto result = store().commit_checkpoint(x);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, domain::errc::internal);
  };
  expect_refused([](auto& x) { x.after.jpos = 6; });
  expect_refused([](auto& x) { x.before.jpos = x.after.jpos + 1; });
  expect_refused([](auto& x) { x.after.partition = 2; });
  expect_refused([](auto& x) { x.after.kind = projection::token; });
  expect_refused([](auto& x) { x.before.partition = x.after.partition = 4; });
  expect_refused([&](auto& x) { x.wallets = {sample_wallet(key_in(2), 1)}; });
  expect_refused([&](auto& x) { x.wallets_replaced = {key_in(2)}; });
  expect_refused([&](auto& x) { x.tokens = {sample_token(key_in(1), 1)}; });
  expect_refused([&](auto& x) {
    x.repairs_done = {{projection::token, key_in(1), 1}};
  });
  EXPECT_EQ(cursor(projection::wallet, 1).jpos, 0U);
}

TEST_P(store_conformance, wallet_states_keep_every_field_and_come_in_order) {
  auto a = key_in(1, 0);
  auto b = key_in(1, 1'000);
  auto c = key_in(1, 2'000);
  auto x = checkpoint_of(projection::wallet, 1);
  x.wallets = {sample_wallet(b, 2), sample_wallet(a, 1)};
  auto quote = domain::known_keys::wsol_mint;
  for (auto version = 0; version < 9; ++version) {
    x.positions.push_back(sample_position(
      a, sample_key(static_cast<uint64_t>(version)), quote, version));
    x.positions.push_back(sample_position(
      c, sample_key(1), sample_key(static_cast<uint64_t>(version)), version));
  }
  x.positions.push_back(
    sample_position(c, sample_key(1), domain::known_keys::usdc_mint, 3));
  x.positions.push_back(sample_position(c, sample_key(1), {}, 3));
  x.positions.back().blob.clear();
  commit(x);
  auto by_wallet = [](auto& p, auto& q) { return p.wallet < q.wallet; };
  auto by_key = [](auto& p, auto& q) {
    return std::tie(p.wallet, p.position.key)
           < std::tie(q.wallet, q.position.key);
  };
  std::sort(x.wallets.begin(), x.wallets.end(), by_wallet);
  std::sort(x.positions.begin(), x.positions.end(), by_key);
  reopen();
  auto states = visit_all(1);
  EXPECT_TRUE(same(states.wallets, x.wallets));
  EXPECT_TRUE(same(states.positions, x.positions));
  auto others = visit_all(0);
  EXPECT_TRUE(others.wallets.empty() && others.positions.empty());
  auto keys = std::vector{c, key_in(3), a, c};
  auto loaded = value(store().load_wallets(keys));
  ASSERT_EQ(loaded.size(), 4U);
  EXPECT_FALSE(loaded[0].wallet);
  EXPECT_EQ(loaded[0].positions.size(), 11U);
  EXPECT_TRUE(std::is_sorted(loaded[0].positions.begin(),
                             loaded[0].positions.end(), by_key));
  EXPECT_TRUE(!loaded[1].wallet && loaded[1].positions.empty());
  ASSERT_TRUE(loaded[2].wallet);
  EXPECT_TRUE(same(*loaded[2].wallet, sample_wallet(a, 1)));
  EXPECT_EQ(loaded[2].positions.size(), 9U);
  EXPECT_TRUE(same(loaded[3].positions, loaded[0].positions));
}

TEST_P(store_conformance, a_newer_state_takes_the_place_of_the_older) {
  auto wallet = key_in(0);
  auto mint = key_in(0, 500);
  auto quote = domain::known_keys::wsol_mint;
  for (auto version : {1, 2}) {
    auto x = checkpoint_of(projection::wallet, 0);
    x.wallets = {sample_wallet(wallet, version)};
    x.positions = {sample_position(wallet, mint, quote, version)};
    x.wallet_buckets = {sample_bucket(wallet, 300, 600, version)};
    commit(x);
    auto y = checkpoint_of(projection::token, 0);
    y.tokens = {sample_token(mint, version)};
    y.candles = {sample_candle(mint, quote, domain::interval::m1, 60, version)};
    commit(y);
  }
  auto states = visit_all(0);
  EXPECT_TRUE(same(states.wallets, {sample_wallet(wallet, 2)}));
  EXPECT_TRUE(
    same(states.positions, {sample_position(wallet, mint, quote, 2)}));
  EXPECT_TRUE(same(states.buckets, {sample_bucket(wallet, 300, 600, 2)}));
  EXPECT_TRUE(same(states.tokens, {sample_token(mint, 2)}));
  EXPECT_TRUE(same(states.candles,
                   {sample_candle(mint, quote, domain::interval::m1, 60, 2)}));
}

TEST_P(store_conformance, a_checkpoint_that_names_a_row_twice_is_refused) {
  auto wallet = key_in(0);
  auto mint = key_in(0, 500);
  auto quote = domain::known_keys::wsol_mint;
  auto refused = [&](projection kind, auto&& repeat) {
    auto x = checkpoint_of(kind, 0);
    repeat(x);
    auto outcome = store().commit_checkpoint(x);
    return !outcome && outcome.error().code == domain::errc::internal;
  };
  EXPECT_TRUE(refused(projection::wallet, [&](auto& x) {
    x.wallets = {sample_wallet(wallet, 1), sample_wallet(wallet, 2)};
  }));
  EXPECT_TRUE(refused(projection::wallet, [&](auto& x) {
    for (auto version : {1, 2})
      x.positions.push_back(sample_position(wallet, mint, quote, version));
  }));
  EXPECT_TRUE(refused(projection::wallet, [&](auto& x) {
    // Apart, so that only an order by key brings them together.
    for (auto start : {300, 600, 300})
      x.wallet_buckets.push_back(sample_bucket(wallet, 300, start, 1));
  }));
  EXPECT_TRUE(refused(projection::token, [&](auto& x) {
    x.tokens = {sample_token(mint, 1), sample_token(mint, 2)};
  }));
  EXPECT_TRUE(refused(projection::token, [&](auto& x) {
    for (auto time : {60, 120, 60})
      x.candles.push_back(
        sample_candle(mint, quote, domain::interval::m1, time, 1));
  }));
  auto states = visit_all(0);
  EXPECT_TRUE(states.wallets.empty() && states.positions.empty()
              && states.buckets.empty() && states.tokens.empty()
              && states.candles.empty());
}

TEST_P(store_conformance, buckets_come_in_order_and_go_when_they_are_empty) {
  auto a = key_in(2, 0);
  auto b = key_in(2, 900);
  auto x = checkpoint_of(projection::wallet, 2);
  for (auto& wallet : {a, b})
    for (auto start : {int64_t{-3'600}, int64_t{0}, int64_t{7'200}}) {
      x.wallet_buckets.push_back(sample_bucket(wallet, 300, start, 1));
      x.wallet_buckets.push_back(sample_bucket(wallet, 3'600, start, 2));
    }
  commit(x);
  std::sort(x.wallet_buckets.begin(), x.wallet_buckets.end(),
            [](auto& p, auto& q) {
              return std::tie(p.length, p.start, p.wallet)
                     < std::tie(q.length, q.start, q.wallet);
            });
  EXPECT_TRUE(same(visit_all(2).buckets, x.wallet_buckets));
  auto y = checkpoint_of(projection::wallet, 2);
  y.wallet_buckets = {{.wallet = a, .length = 300, .start = 7'200}};
  // Of the 5 minute buckets those at -3600 go, of the hours none.
  y.buckets_5m_before = 0;
  y.buckets_1h_before = -3'600;
  commit(y);
  EXPECT_EQ(visit_all(2).buckets.size(), 11U);
  auto z = checkpoint_of(projection::wallet, 2);
  z.buckets_5m_before = 7'200;
  z.buckets_1h_before = 1;
  commit(z);
  auto expected = std::vector{sample_bucket(b, 300, 7'200, 1),
                              sample_bucket(a, 3'600, 7'200, 2),
                              sample_bucket(b, 3'600, 7'200, 2)};
  std::sort(expected.begin() + 1, expected.end(),
            [](auto& p, auto& q) { return p.wallet < q.wallet; });
  EXPECT_TRUE(same(visit_all(2).buckets, expected));
}

TEST_P(store_conformance, a_replaced_wallet_keeps_only_what_the_repair_wrote) {
  auto wallet = key_in(3, 0);
  auto other = key_in(3, 1'000);
  auto quote = domain::known_keys::wsol_mint;
  auto x = checkpoint_of(projection::wallet, 3);
  for (auto& key : {wallet, other}) {
    x.wallets.push_back(sample_wallet(key, 1));
    x.positions.push_back(sample_position(key, sample_key(1), quote, 1));
    x.positions.push_back(sample_position(key, sample_key(2), quote, 1));
    x.wallet_buckets.push_back(sample_bucket(key, 300, 0, 1));
    x.wallet_buckets.push_back(sample_bucket(key, 300, 600, 1));
    x.wallet_buckets.push_back(sample_bucket(key, 3'600, 0, 1));
  }
  commit(x);
  auto y = checkpoint_of(projection::wallet, 3);
  y.wallets_replaced = {wallet};
  y.wallets = {sample_wallet(wallet, 2)};
  y.positions = {sample_position(wallet, sample_key(2), quote, 2)};
  y.wallet_buckets = {sample_bucket(wallet, 300, 600, 2)};
  commit(y);
  auto states = visit_all(3);
  auto count = [](auto& rows, auto& key) {
    return std::count_if(rows.begin(), rows.end(),
                         [&](auto& row) { return row.wallet == key; });
  };
  EXPECT_EQ(count(states.positions, wallet), 1);
  EXPECT_EQ(count(states.buckets, wallet), 1);
  EXPECT_EQ(count(states.positions, other), 2);
  EXPECT_EQ(count(states.buckets, other), 3);
  auto loaded = value(store().load_wallets({&wallet, 1}));
  EXPECT_TRUE(same(loaded[0].positions, y.positions));
  EXPECT_TRUE(same(*loaded[0].wallet, y.wallets[0]));
}

TEST_P(store_conformance, token_states_keep_every_field_and_come_in_order) {
  auto a = key_in(1, 0);
  auto b = key_in(1, 1'000);
  auto x = checkpoint_of(projection::token, 1);
  x.tokens = {sample_token(b, 2), sample_token(a, 3)};
  commit(x);
  reopen();
  std::sort(x.tokens.begin(), x.tokens.end(),
            [](auto& p, auto& q) { return p.mint < q.mint; });
  EXPECT_TRUE(same(visit_all(1).tokens, x.tokens));
  auto keys = std::vector{b, key_in(2), a};
  auto loaded = value(store().load_tokens(keys));
  ASSERT_EQ(loaded.size(), 3U);
  ASSERT_TRUE(loaded[0] && loaded[2]);
  EXPECT_TRUE(same(*loaded[0], sample_token(b, 2)));
  EXPECT_FALSE(loaded[1]);
  EXPECT_TRUE(same(*loaded[2], sample_token(a, 3)));
}

TEST_P(store_conformance, candles_come_by_mint_quote_interval_and_time) {
  auto a = key_in(0, 0);
  auto b = key_in(0, 1'000);
  auto x = checkpoint_of(projection::token, 0);
  auto quotes = {domain::known_keys::wsol_mint, domain::known_keys::usdc_mint,
                 sample_key(5), domain::pubkey{}};
  for (auto& mint : {a, b})
    for (auto& quote : quotes)
      for (auto length : {domain::interval::m5, domain::interval::m1})
        for (auto time : {int64_t{-300}, int64_t{86'400}, int64_t{86'100}})
          x.candles.push_back(sample_candle(mint, quote, length, time, 1));
  commit(x);
  std::sort(x.candles.begin(), x.candles.end(), [](auto& p, auto& q) {
    return std::tie(p.mint, p.quote_mint, p.interval, p.candle.open_time)
           < std::tie(q.mint, q.quote_mint, q.interval, q.candle.open_time);
  });
  EXPECT_TRUE(same(visit_all(0).candles, x.candles));
  auto recent = x.candles;
  std::erase_if(recent,
                [](auto& row) { return row.candle.open_time < 86'100; });
  EXPECT_TRUE(same(visit_all(store(), 0, 86'100).candles, recent));
  std::erase_if(recent,
                [](auto& row) { return row.candle.open_time < 86'101; });
  EXPECT_TRUE(same(visit_all(store(), 0, 86'101).candles, recent));
  auto y = checkpoint_of(projection::token, 0);
  y.tokens_replaced = {a};
  y.candles = {sample_candle(a, {}, domain::interval::m1, 60, 4)};
  commit(y);
  std::erase_if(x.candles, [&](auto& row) { return row.mint == a; });
  x.candles.insert(a < b ? x.candles.begin() : x.candles.end(), y.candles[0]);
  EXPECT_TRUE(same(visit_all(0).candles, x.candles));
}

TEST_P(store_conformance, holders_are_wallets_with_units_over_all_quotes) {
  commit_trades(3, 1, key_in(0), key_in(0));
  auto x = checkpoint_of(projection::wallet, 0);
  auto hold = [&](const domain::pubkey& wallet, uint64_t mint, uint64_t quote,
                  domain::i128 units) {
    x.positions.push_back(
      sample_position(wallet, sample_key(mint), sample_key(quote), 1));
    x.positions.back().position.units = units;
  };
  auto a = key_in(0);
  auto b = key_in(0, 1'000);
  auto c = key_in(0, 2'000);
  // Against two quotes a wallet is one holder; who sold all is none.
  hold(a, 1, 10, 5);
  hold(a, 1, 11, 7);
  hold(b, 1, 10, domain::i128{1} << 100);
  hold(c, 1, 10, 0);
  hold(a, 2, 10, 0);
  hold(c, 3, 10, 1);
  for (auto& wallet : {a, b, c})
    x.wallets.push_back(sample_wallet(wallet, 1));
  commit(x);
  auto found = std::vector<messages::holders_row>{};
  value(store().visit_holders(
    0, [&](const messages::holders_row& row) { found.push_back(row); }));
  auto expected = std::vector<messages::holders_row>{{sample_key(1), 2},
                                                     {sample_key(3), 1}};
  std::sort(expected.begin(), expected.end(),
            [](auto& p, auto& q) { return p.mint < q.mint; });
  EXPECT_EQ(found, expected);
  auto others = 0;
  value(store().visit_holders(1, [&](const auto&) { ++others; }));
  EXPECT_EQ(others, 0);
}

TEST_P(store_conformance, several_checkpoints_each_tell_their_outcome) {
  commit_trades(3, 1, key_in(0), key_in(0));
  auto good = checkpoint_of(projection::wallet, 0);
  auto stale = checkpoint_of(projection::wallet, 1);
  stale.before.chain_time = 5;
  auto also_good = checkpoint_of(projection::token, 3);
  auto list = std::vector<messages::checkpoint_ptr>{};
  for (auto& x : {good, stale, also_good})
    list.push_back(std::make_shared<messages::checkpoint>(x));
  auto outcomes = value(store().commit_checkpoints(list));
  EXPECT_EQ(outcomes,
            (std::vector{commit_outcome::committed, commit_outcome::stale,
                         commit_outcome::committed}));
  EXPECT_EQ(cursor(projection::wallet, 0).jpos, 3U);
  EXPECT_EQ(cursor(projection::wallet, 1).jpos, 0U);
  EXPECT_EQ(cursor(projection::token, 3).jpos, 3U);
  EXPECT_TRUE(value(store().commit_checkpoints({})).empty());
}

TEST_P(store_conformance, a_visit_of_a_partition_that_does_not_exist_fails) {
  auto ignore = [](const auto&) {};
  EXPECT_FALSE(store().visit_wallets(4, ignore));
  EXPECT_FALSE(store().visit_positions(4, ignore));
  EXPECT_FALSE(store().visit_holders(4, ignore));
  EXPECT_FALSE(store().visit_wallet_buckets(4, ignore));
  EXPECT_FALSE(store().visit_tokens(4, ignore));
  EXPECT_FALSE(store().visit_candles(4, 0, ignore));
}

} // namespace pumpscope::test
