#include "domain/canonical_dump.hpp"

#include "domain/base58.hpp"
#include "tests/domain/fold_fixtures.hpp"

#include <gtest/gtest.h>

using namespace pumpscope::test;

namespace {

constexpr auto wsol = "So11111111111111111111111111111111111111112";

TEST(canonical_dump, doubles_are_the_shortest_that_read_back) {
  EXPECT_EQ(canonical::to_text(0.1), "0.1");
  EXPECT_EQ(canonical::to_text(0.0), "0");
  EXPECT_EQ(canonical::to_text(2.9785897228687587e-05),
            "2.9785897228687587e-05");
}

TEST(canonical_dump, sorts_keys_as_text_and_not_as_bytes) {
  // A key with a small first byte has 43 characters, one with a large one 44:
  // text compares digit by digit whatever the length.
  auto low = key(1);
  auto high = key(1);
  low.bytes[0] = 9;
  high.bytes[0] = 16;
  ASSERT_LT(low, high);
  ASSERT_GT(to_string(low), to_string(high));
  auto totals = wallet_totals{};
  totals.trades = 1;
  auto text = canonical::wallets_csv({{low, totals}, {high, totals}});
  EXPECT_LT(text.find(to_string(high)), text.find(to_string(low)));
}

TEST(canonical_dump, leaves_out_wallets_without_sol_trades) {
  EXPECT_EQ(canonical::wallets_csv({{key(1), wallet_totals{}}}),
            canonical::wallets_header);
}

TEST(canonical_dump, prints_a_position) {
  auto x = position{};
  x.key = {known_keys::wsol_mint, known_keys::wsol_mint};
  x.units = 1;
  x.cost_basis = 2;
  x.bought_units = 3;
  x.sold_units = 4;
  x.invested = 5;
  x.proceeds = -6;
  x.realized = -7;
  x.realized_gross = 8;
  x.realized_fifo = 9;
  x.unmatched_units = 10;
  x.unmatched_proceeds = 11;
  x.buys = 12;
  x.sells = 13;
  x.realizations = 14;
  x.wins = 15;
  EXPECT_EQ(canonical::positions_csv({{known_keys::wsol_mint, x}}),
            std::string{canonical::positions_header} + wsol + "," + wsol + ","
              + wsol + ",1,2,3,4,5,-6,-7,8,9,10,11,12,13,14,15\n");
}

TEST(canonical_dump, prints_estimates_of_wallets_as_0) {
  auto x = canonical::candle_row{};
  x.mint = x.quote_mint = known_keys::wsol_mint;
  x.interval = interval::m15;
  x.candle.open = {1, 4};
  x.candle.wallets = 5;
  auto line = canonical::candle_line(x);
  EXPECT_EQ(line, std::string{wsol} + "," + wsol
                    + ",15m,0,0.25,0,0,0,0,0,0,0,0,0,0,0\n");
  x.interval = interval::m5;
  EXPECT_TRUE(canonical::candle_line(x).ends_with(",5\n"));
}

TEST(canonical_dump, sorts_candles_by_length_and_time) {
  auto rows = std::vector<canonical::candle_row>(4);
  rows[0].interval = interval::h1;
  rows[1].interval = interval::m15;
  rows[2].interval = interval::m1;
  rows[2].candle.open_time = 1'000;
  rows[3].interval = interval::m1;
  rows[3].candle.open_time = 60;
  auto text = canonical::candles_csv(rows);
  EXPECT_LT(text.find(",1m,60,"), text.find(",1m,1000,"));
  EXPECT_LT(text.find(",1m,1000,"), text.find(",15m,"));
  EXPECT_LT(text.find(",15m,"), text.find(",1h,"));
}

TEST(canonical_dump, ranks_count_from_1_and_pnl_is_what_the_board_is_by) {
  auto x = board_row{};
  x.wallet = known_keys::wsol_mint;
  x.net = -3;
  x.losses = -8;
  x.trades = 4;
  x.realizations = 2;
  auto line = [&](board_by by, board_side side) {
    auto text = canonical::leaderboard_csv({x}, by, side);
    return text.substr(canonical::leaderboard_header.size());
  };
  auto head = std::string{"1,"} + wsol;
  EXPECT_EQ(line(board_by::net, board_side::losers), head + ",-3,4,2\n");
  EXPECT_EQ(line(board_by::losses, board_side::losers), head + ",-8,4,2\n");
  EXPECT_EQ(line(board_by::losses, board_side::winners), head + ",5,4,2\n");
}

TEST(canonical_dump, absent_metrics_are_empty_fields) {
  auto x = canonical::metrics_row{};
  x.mint = x.quote_mint = known_keys::wsol_mint;
  x.progress = 0.5;
  EXPECT_EQ(canonical::metrics_line(x),
            std::string{wsol} + "," + wsol + ",0,,0,0.5,0,0,0,0,0,0,0,,\n");
}

TEST(canonical_dump, prints_a_trade) {
  auto x = sell(1, 5, 6, 7, 8);
  x.position = {7, 3, 65'538};
  x.wallet = x.mint = known_keys::wsol_mint;
  x.fee_units = 9;
  x.net_quote_units = -3;
  x.program = program::pump_amm;
  auto text = canonical::trade_line(x);
  EXPECT_TRUE(text.starts_with("7,3,65538,1111")) << text;
  EXPECT_TRUE(text.ends_with(std::string{",8,pump_amm,sell,"} + wsol + ","
                             + wsol + "," + wsol + ",5,6,9,-3\n"))
    << text;
}

} // namespace
