#include "tests/domain/fold_fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

using namespace pumpscope::test;

namespace {

reference_fold reference_of(const std::vector<row>& rows) {
  auto result = reference_fold{};
  for (const auto& x : rows)
    std::visit([&](const auto& y) { result.add(y); }, x);
  result.fold();
  return result;
}

int64_t last_time(const std::vector<row>& rows) {
  int64_t result = 0;
  for (const auto& x : rows)
    result = std::max(
      result, std::visit([](const auto& y) { return y.block_time; }, x));
  return result;
}

void expect_same_candle(const candle_key& name, candle mine,
                        const candle& expected) {
  if (name.interval > interval::m5)
    mine.wallets = 0;
  // Equal prices may be different fractions where times go back.
  auto price_of = [](const price& x) { return to_double(x); };
  RC_ASSERT(price_of(mine.open) == price_of(expected.open));
  RC_ASSERT(price_of(mine.high) == price_of(expected.high));
  RC_ASSERT(price_of(mine.low) == price_of(expected.low));
  RC_ASSERT(price_of(mine.close) == price_of(expected.close));
  mine.high = expected.high;
  mine.low = expected.low;
  // Bars without a priced trade have no place for it.
  if (mine.open.token == 0)
    mine.previous_close = expected.previous_close;
  if (name.interval > interval::m1)
    mine.previous_close = expected.previous_close;
  RC_ASSERT(mine == expected);
}

void expect_equal(product_fold& mine, const reference_fold& expected,
                  int64_t now) {
  RC_ASSERT(mine.refused() == 0u);
  auto positions = size_t{0};
  for (const auto& [wallet, ledger] : mine.wallets()) {
    for (size_t i = 0; i < ledger.size(); ++i, ++positions) {
      const auto& x = ledger.at(i);
      RC_ASSERT(conserves(x));
      RC_ASSERT((x == expected.positions().at({wallet, x.key})));
    }
    auto totals = expected.wallets().find(wallet);
    RC_ASSERT(ledger.totals()
              == (totals == expected.wallets().end() ? wallet_totals{}
                                                     : totals->second));
  }
  RC_ASSERT(positions == expected.positions().size());
  for (auto window : all_windows)
    for (auto [by, side] : all_orders) {
      auto board = expected.board(window, by, side, now);
      RC_ASSERT(mine.board(window, by, side) == board);
      for (auto n : {size_t{1}, size_t{3}, size_t{1000}}) {
        auto top = board;
        top.resize(std::min(n, top.size()));
        RC_ASSERT(mine.top(window, by, side, n) == top);
      }
    }
  auto candles = mine.candles();
  RC_ASSERT(candles.size() == expected.candles().size());
  for (const auto& [name, bar] : candles) {
    RC_ASSERT(is_valid(bar));
    expect_same_candle(name, bar, expected.candles().at(name));
  }
  auto breaks = mine.breaks();
  std::stable_sort(breaks.begin(), breaks.end(),
                   [](auto& x, auto& y) { return x.first < y.first; });
  RC_ASSERT(breaks == expected.breaks());
  for (const auto& [mint, count] : expected.holders())
    RC_ASSERT(mine.holders().at(mint) == static_cast<int64_t>(count));
  auto off_venue = expected.off_venue();
  for (const auto& [mint, ledger] : mine.tokens())
    for (const auto& x : ledger.state().off_venue) {
      auto node = off_venue.extract({mint, x.quote_mint});
      RC_ASSERT(!node.empty());
      RC_ASSERT((node.mapped() == std::pair{x.quote_units, x.trades}));
    }
  RC_ASSERT(off_venue.empty());
}

history_options any_options() {
  auto options = history_options{};
  options.seed = *rc::gen::arbitrary<uint64_t>();
  options.rows = *rc::gen::inRange<size_t>(1, 400);
  options.wallets = *rc::gen::inRange<uint32_t>(1, 12);
  options.mints = *rc::gen::inRange<uint32_t>(1, 4);
  options.step_max = *rc::gen::element<int64_t>(2, 60, 400, 7'000, 80'000);
  options.huge_legs = *rc::gen::arbitrary<bool>();
  options.breaks = *rc::gen::arbitrary<bool>();
  return options;
}

RC_GTEST_PROP(folds, equal_the_reference_on_any_history, ()) {
  auto rows = make_history(any_options());
  auto sut = product_fold{*rc::gen::element<size_t>(1, 3)};
  sut.apply(rows);
  auto now = last_time(rows);
  sut.advance(now);
  expect_equal(sut, reference_of(rows), now);
}

RC_GTEST_PROP(folds, equal_the_reference_when_block_times_go_back, ()) {
  auto options = any_options();
  options.times_go_back = true;
  auto rows = make_history(options);
  auto sut = product_fold{};
  sut.apply(rows);
  auto now = last_time(rows);
  sut.advance(now);
  expect_equal(sut, reference_of(rows), now);
}

RC_GTEST_PROP(folds, equal_the_reference_when_time_advances_between_rows, ()) {
  auto rows = make_history(any_options());
  auto sut = product_fold{};
  int64_t now = 0;
  for (const auto& x : rows) {
    sut.apply(x);
    now = std::max(now,
                   std::visit([](const auto& y) { return y.block_time; }, x));
    if (*rc::gen::inRange(0, 4) == 0)
      sut.advance(now);
    if (*rc::gen::inRange(0, 20) == 0)
      RC_ASSERT(
        sut.top(board_window::h24, board_by::net, board_side::losers, 2).size()
        <= 2u);
    if (*rc::gen::inRange(0, 30) == 0)
      sut.checkpoint();
  }
  // Nobody trades any more; buckets still leave the windows.
  now += *rc::gen::element<int64_t>(0, 299, 300, 86'400, 90'000, 604'800,
                                    700'000);
  sut.advance(now);
  expect_equal(sut, reference_of(rows), now);
}

RC_GTEST_PROP(folds, go_on_after_a_restart_as_if_there_was_none, ()) {
  auto options = any_options();
  options.times_go_back = *rc::gen::arbitrary<bool>();
  auto rows = make_history(options);
  auto sut = product_fold{*rc::gen::element<size_t>(1, 2)};
  int64_t now = 0;
  for (const auto& x : rows) {
    sut.apply(x);
    now = std::max(now,
                   std::visit([](const auto& y) { return y.block_time; }, x));
    if (*rc::gen::inRange(0, 25) == 0) {
      sut.advance(now);
      sut.restart(now);
    }
  }
  sut.advance(now);
  expect_equal(sut, reference_of(rows), now);
}

RC_GTEST_PROP(folds, a_refold_gives_the_state_that_the_live_fold_has, ()) {
  auto rows = make_history(any_options());
  auto live = std::map<pubkey, token_ledger>{};
  auto again = std::map<pubkey, token_ledger>{};
  for (const auto& x : rows)
    std::visit(
      [&](const auto& y) {
        live.try_emplace(y.mint, y.mint).first->second.apply(y).value();
        again.try_emplace(y.mint, token_ledger::refold(y.mint))
          .first->second.apply(y)
          .value();
      },
      x);
  for (auto& [mint, ledger] : again) {
    ledger.finish_refold();
    RC_ASSERT(ledger.state() == live.at(mint).state());
  }
}

/// Folds rows by key: wallets, and tokens from what they start with.
struct entity_folds {
  std::map<pubkey, wallet_ledger> wallets = {};
  std::map<pubkey, token_ledger> tokens = {};

  void apply(const row& x) {
    std::visit(
      [this](const auto& y) {
        tokens.try_emplace(y.mint, token_ledger::refold(y.mint))
          .first->second.apply(y)
          .value();
      },
      x);
    if (const auto* y = std::get_if<trade>(&x))
      wallets.try_emplace(y->wallet, y->wallet).first->second.apply(*y).value();
  }

  void finish() {
    for (auto& [mint, ledger] : tokens)
      ledger.finish_refold();
  }
};

RC_GTEST_PROP(folds, go_on_from_a_baseline_as_if_nothing_was_dropped, ()) {
  auto rows = make_history(any_options());
  auto cut = *rc::gen::inRange<size_t>(0, rows.size() + 1);
  auto whole = entity_folds{};
  auto dropped = entity_folds{};
  auto start_time = int64_t{0};
  for (size_t i = 0; i < rows.size(); ++i) {
    whole.apply(rows[i]);
    if (i >= cut)
      continue;
    dropped.apply(rows[i]);
    if (const auto* x = std::get_if<trade>(&rows[i]))
      start_time = std::max(start_time, x->block_time - x->block_time % 60);
  }
  whole.finish();
  dropped.finish();
  auto sut = entity_folds{};
  auto reference = reference_fold{};
  for (auto& [wallet, ledger] : dropped.wallets) {
    auto positions = std::vector<position>{};
    for (size_t i = 0; i < ledger.size(); ++i)
      positions.push_back(ledger.at(i));
    reference.start(wallet, ledger.totals(), positions);
    auto started = wallet_ledger{wallet, ledger.totals(), positions};
    started.mark_all_dirty();
    RC_ASSERT(started.take_dirty().size() == positions.size());
    sut.wallets.emplace(wallet, std::move(started));
  }
  for (auto& [mint, ledger] : dropped.tokens) {
    reference.start(ledger.state());
    sut.tokens.emplace(mint, token_ledger::refold(token_state{ledger.state()}));
  }

  for (auto i = cut; i < rows.size(); ++i) {
    sut.apply(rows[i]);
    std::visit([&](const auto& x) { reference.add(x); }, rows[i]);
  }
  sut.finish();
  reference.fold();

  auto expected = reference_of(rows);
  for (const auto& [wallet, ledger] : whole.wallets) {
    const auto& mine = sut.wallets.at(wallet);
    RC_ASSERT(mine.totals() == ledger.totals());
    RC_ASSERT(mine.size() == ledger.size());
    for (size_t i = 0; i < ledger.size(); ++i)
      RC_ASSERT(*mine.find(ledger.at(i).key) == ledger.at(i));
  }
  auto is_new = [&](interval length, int64_t time) {
    return time >= start_time - start_time % static_cast<int64_t>(length);
  };
  for (auto& [mint, ledger] : whole.tokens) {
    auto& mine = sut.tokens.at(mint);
    RC_ASSERT(mine.state() == ledger.state());
    auto bars = std::map<candle_key, candle>{};
    for (const auto& x : mine.take_dirty_candles())
      bars[{mint, x.quote_mint, x.interval, x.candle.open_time}] = x.candle;
    for (const auto& x : ledger.take_dirty_candles())
      if (is_new(x.interval, x.candle.open_time))
        RC_ASSERT((bars.at({mint, x.quote_mint, x.interval, x.candle.open_time})
                   == x.candle));
  }
  RC_ASSERT(reference.positions() == expected.positions());
  RC_ASSERT(reference.wallets() == expected.wallets());
  for (const auto& [name, bar] : expected.candles())
    if (name.interval <= interval::m5 && is_new(name.interval, name.open_time))
      RC_ASSERT(reference.candles().at(name) == bar);
  for (auto [by, side] : all_orders)
    RC_ASSERT(reference.board(board_window::all, by, side, 0)
              == expected.board(board_window::all, by, side, 0));
}

} // namespace
