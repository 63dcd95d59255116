#include "runtime/dump.hpp"

#include "domain/canonical_dump.hpp"
#include "tests/runtime/filled_store.hpp"

#include <gtest/gtest.h>

namespace pumpscope::runtime {

namespace {

namespace canonical = domain::canonical;

/// A store and the reference over the same rows.
class dumps : public ::testing::Test {
protected:
  dumps() {
    auto rows = test::history_maker{{.seed = 11, .rows = 600}}.make();
    for (const auto& x : rows)
      std::visit([this](const auto& y) { reference_.add(y); }, x);
    reference_.fold();
    test::fill(store_, std::move(rows));
  }

  std::string text_of(const dump_request& request) {
    auto result = std::string{};
    auto done = dump(store_, request,
                     [&result](std::string_view x) { result += x; });
    EXPECT_TRUE(done) << done.error().what;
    return result;
  }

  test::memory_store store_;
  domain::reference_fold reference_;
};

TEST_F(dumps, positions_equal_the_reference) {
  auto rows = std::vector<std::pair<domain::pubkey, domain::position>>{};
  for (const auto& [owner, x] : reference_.positions())
    rows.emplace_back(owner.first, x);

  EXPECT_EQ(text_of({dump_kind::positions}), canonical::positions_csv(rows));
}

TEST_F(dumps, wallets_equal_the_reference) {
  auto rows = std::vector<std::pair<domain::pubkey, domain::wallet_totals>>{};
  for (const auto& x : reference_.wallets())
    rows.push_back(x);

  EXPECT_EQ(text_of({dump_kind::wallets}), canonical::wallets_csv(rows));
}

TEST_F(dumps, candles_equal_the_reference_on_all_intervals) {
  auto rows = std::vector<canonical::candle_row>{};
  for (const auto& [key, x] : reference_.candles())
    rows.push_back({key.mint, key.quote_mint, key.interval, x});

  EXPECT_EQ(text_of({dump_kind::candles}), canonical::candles_csv(rows));
}

TEST_F(dumps, leaderboards_equal_the_reference) {
  auto now = store_.disk()->head.chain_time;
  for (auto window : test::all_windows)
    for (auto by : {domain::board_by::net, domain::board_by::losses})
      EXPECT_EQ(text_of({dump_kind::leaderboard, window, by}),
                canonical::leaderboard_csv(
                  reference_.board(window, by, domain::board_side::losers, now),
                  by, domain::board_side::losers));
}

TEST_F(dumps, trades_are_the_journal_in_chain_order) {
  auto rows = std::vector<domain::trade>{};
  for (const auto& [jpos, x] : store_.disk()->trades)
    rows.push_back(x);

  EXPECT_EQ(text_of({dump_kind::trades}), canonical::trades_csv(rows));
}

TEST_F(dumps, metrics_have_a_row_for_each_token_with_the_reference_holders) {
  auto text = text_of({dump_kind::metrics});

  auto traded = std::set<domain::pubkey>{};
  for (const auto& [jpos, x] : store_.disk()->trades)
    traded.insert(x.mint);
  EXPECT_EQ(static_cast<size_t>(std::count(text.begin(), text.end(), '\n')),
            traded.size() + 1);
}

TEST(empty_dump, is_a_header_and_nothing_else) {
  auto store = test::memory_store{};
  for (auto kind :
       {dump_kind::positions, dump_kind::candles, dump_kind::wallets,
        dump_kind::leaderboard, dump_kind::metrics, dump_kind::trades}) {
    auto text = std::string{};
    ASSERT_TRUE(dump(store, {kind}, [&](std::string_view x) { text += x; }));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  }
}

} // namespace

} // namespace pumpscope::runtime
