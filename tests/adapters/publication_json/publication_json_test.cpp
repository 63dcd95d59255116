#include "adapters/publication_json/publication_json.hpp"

#include "adapters/publication_json/json_writer.hpp"
#include "domain/base58.hpp"
#include "domain/known_keys.hpp"
#include "tests/support/sample_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace pumpscope::publication_json {

using ::testing::HasSubstr;

namespace {

template <class F>
std::string written(F f) {
  auto out = std::string{};
  auto to = json_writer{out};
  f(to);
  return out;
}

std::string message_of(const messages::publication& x) {
  auto out = std::string{};
  append_message(out, x, 7, 1'700'000'000'123);
  return out;
}

std::string channel_of(const messages::publication& x) {
  auto out = std::string{};
  append_channel(out, x);
  return out;
}

/// A curve trade of a pump coin against SOL.
domain::trade curve_trade() {
  auto x = domain::trade{};
  x.position = {10, 2, 3};
  x.jpos = 42;
  x.block_time = 1'700'000'000;
  x.wallet = test::sample_key(1);
  x.mint = test::sample_key(2);
  x.quote_mint = domain::known_keys::wsol_mint;
  x.token_units = 1'000'000;
  x.quote_units = 30;
  x.fee_units = 1;
  x.net_quote_units = 31;
  x.event_base_reserves = 1'000'000'000'000'000;
  x.event_quote_reserves = 30'000'000'000;
  return x;
}

messages::trade_publication publication_of(const domain::trade& x) {
  auto epoch = std::make_shared<messages::epoch>();
  epoch->trades.push_back(x);
  return {epoch, 0, {x.jpos, 0, 40, x.position.slot}};
}

} // namespace

TEST(json_writer, separates_members_and_elements) {
  EXPECT_EQ(written([](auto& to) {
              to.begin_object();
              to.key("a").number(uint64_t{1});
              to.key("b").begin_array();
              to.number(int64_t{-2}).flag(true).null();
              to.begin_object().end_object();
              to.end_array();
              to.key("c").plain("x");
              to.end_object();
            }),
            R"({"a":1,"b":[-2,true,null,{}],"c":"x"})");
}

TEST(json_writer, escapes_what_json_wants_escaped) {
  EXPECT_EQ(written([](auto& to) { to.text("a\"b\\c\n\x01\x1F€"); }),
            R"("a\"b\\c\u000a\u0001\u001f€")");
}

TEST(json_writer, writes_amounts_of_any_size_as_texts) {
  EXPECT_EQ(written([](auto& to) {
              to.begin_array();
              to.amount(domain::i128{0});
              to.amount(domain::i128{INT64_MAX});
              to.amount(domain::i128{INT64_MAX} + 1);
              to.amount(domain::i128{-5});
              to.amount(domain::i128_max);
              to.end_array();
            }),
            R"(["0","9223372036854775807","9223372036854775808","-5",)"
            R"("170141183460469231731687303715884105727"])");
}

TEST(json_writer, writes_no_number_that_json_lacks) {
  EXPECT_EQ(written([](auto& to) {
              to.begin_array();
              to.number(0.1).number(1e-9).number(5.0);
              to.number(std::numeric_limits<double>::infinity());
              to.number(std::numeric_limits<double>::quiet_NaN());
              to.end_array();
            }),
            "[0.1,1e-09,5,null,null]");
}

TEST(json_writer, writes_times_of_any_year) {
  // date -u -d @1709210096 +%FT%TZ
  EXPECT_EQ(time_text(1'709'210'096), "2024-02-29T12:34:56Z");
  EXPECT_EQ(time_text(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(time_text(INT64_MAX), "9999-12-31T23:59:59Z");
  EXPECT_EQ(time_text(INT64_MIN), "0000-01-01T00:00:00Z");
}

TEST(publication_json, puts_a_trade_into_its_envelope) {
  auto x = publication_of(curve_trade());
  EXPECT_EQ(channel_of(x), "trade:" + domain::to_string(test::sample_key(2)));
  auto text = message_of(x);
  EXPECT_THAT(text, HasSubstr(R"({"v":1,"type":"trade","fence":"7",)"
                              R"("seq":"42","rev":0,"prev":"40","slot":10,)"
                              R"("ts":1700000000123,"data":{)"));
  // 30e9 / 1e15 lamports a unit, of 6 decimals, in SOL.
  EXPECT_THAT(text, HasSubstr(R"("price":3e-08)"));
  EXPECT_THAT(text, HasSubstr(R"("price_usd":null)"));
  EXPECT_THAT(text, HasSubstr(R"("market_cap":"30000000000")"));
  EXPECT_THAT(text, HasSubstr(R"("pool":null)"));
  EXPECT_THAT(text, HasSubstr(R"("block_time":"2023-11-14T22:13:20Z")"));
}

TEST(publication_json, knows_dollars_where_the_trade_knows_a_rate) {
  auto x = curve_trade();
  x.sol_usd_micros = 200'000'000;
  auto text = message_of(publication_of(x));
  EXPECT_THAT(text, HasSubstr(R"("market_cap_usd":6000)"));
}

TEST(publication_json, survives_reserves_that_allow_no_price) {
  auto x = curve_trade();
  x.event_base_reserves = 0;
  auto text = message_of(publication_of(x));
  EXPECT_THAT(text, HasSubstr(R"("price":null)"));
  EXPECT_THAT(text, HasSubstr(R"("market_cap":null)"));
}

TEST(publication_json, writes_no_numbers_into_a_tick) {
  auto out = std::string{};
  append_tick(out, curve_trade(), 5);
  EXPECT_THAT(out, HasSubstr(R"({"v":1,"type":"tick","status":"processed",)"));
  EXPECT_THAT(out, ::testing::Not(HasSubstr("\"seq\"")));
}

TEST(publication_json, leaves_the_unknown_out_of_a_token) {
  auto x = messages::token_publication{};
  x.token.mint = test::sample_key(3);
  auto text = message_of(x);
  for (auto field : {"name", "creator", "created_at", "decimals", "price",
                     "market_cap", "progress", "score", "quote_mint"})
    EXPECT_THAT(text, HasSubstr("\"" + std::string{field} + "\":null"));
}

TEST(publication_json, tells_how_many_hold_a_token) {
  auto x = messages::token_publication{};
  x.holders = 3;
  EXPECT_THAT(message_of(x), HasSubstr(R"("holders_traded":3)"));
}

TEST(publication_json, tells_what_is_known_of_the_wallets_of_a_board) {
  auto board = std::make_shared<messages::board>();
  for (uint64_t wallet : {1, 2}) {
    auto& row = board->rows.emplace_back();
    row.wallet = test::sample_key(wallet);
    row.net = -5;
  }
  auto x = messages::board_publication{};
  x.net = board;
  x.losses = std::make_shared<messages::board>();
  // Without an answer nothing is known of anyone.
  EXPECT_THAT(message_of(x),
              HasSubstr(R"("tokens":null,"risk":null,"coverage":null)"));
  auto totals = messages::totals_by_wallet{};
  auto& of = totals[test::sample_key(1)];
  of.tokens = 2;
  of.sold_units = 4;
  of.sold_units_matched = 1;
  x.totals = std::make_shared<messages::totals_by_wallet>(totals);
  auto text = message_of(x);
  // A wallet without losses: the half that is concentration, of weight 10.
  EXPECT_THAT(text, HasSubstr(R"("tokens":2,"risk":5,"coverage":0.25)"));
  EXPECT_THAT(text, HasSubstr(R"("tokens":null,"risk":null,"coverage":null)"));
}

TEST(publication_json, names_the_channel_of_a_candle_by_its_interval) {
  auto x = messages::candle_publication{};
  x.mint = test::sample_key(3);
  x.bar.interval = domain::interval::m15;
  EXPECT_EQ(channel_of(x),
            "candle:" + domain::to_string(test::sample_key(3)) + ":15m");
}

} // namespace pumpscope::publication_json
