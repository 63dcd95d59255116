// `retention.trades` with real processes: recordings over two weeks, replayed
// into a store in PostgreSQL that keeps nine days.

#include "domain/known_keys.hpp"
#include "tests/cli/cli_fixture.hpp"
#include "tests/support/handmade_recording.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <unistd.h>

namespace pumpscope::test {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// A trade of one of three wallets in one pool: two buys, then a sell.
bytes pool_trade(uint64_t slot, uint64_t number) {
  auto wallet = key_of(static_cast<uint8_t>(0x11 + number % 3));
  auto sells = number / 3 % 3 == 2;
  auto units = 10 + number % 7;
  auto values = event_values{};
  values.keys = {{"pool", key_of(0x33)}, {"user", wallet}};
  auto quote = (90 + number % 20) * units;
  if (sells)
    values.integers = {{"base_amount_in", units},
                       {"quote_amount_out", quote},
                       {"user_quote_amount_out", quote - units}};
  else
    values.integers = {{"base_amount_out", units},
                       {"quote_amount_in", quote},
                       {"user_quote_amount_in", quote + units}};
  values.integers["pool_base_token_reserves"] = 1'000'000;
  values.integers["pool_quote_token_reserves"] = 1'000'000;
  values.integers["timestamp"] = 1'700'000'000;
  auto tx = transaction_builder{};
  tx.slot = slot;
  tx.key(wallet);
  tx.add_call(domain::known_keys::pump_amm_program,
              pool_accounts(tx, key_of(0x33), key_of(0x22),
                            domain::known_keys::wsol_mint),
              encode_event(domain::program::pump_amm,
                           sells ? "SellEvent" : "BuyEvent", values));
  return tx.build();
}

class cli_retention : public cli {
protected:
  void SetUp() override {
    auto url = std::getenv("PUMPSCOPE_TEST_POSTGRES");
    if (url == nullptr)
      GTEST_SKIP() << "no server; script/lib/servers.py starts one";
    url_ = url;
  }

  /// Slots with a trade each, of which the first follows `parent`. Their times
  /// are seconds like their numbers: a partition of 216,000 has two and a half
  /// days.
  void record_slots(const std::string& name, uint64_t from, uint64_t count,
                    uint64_t parent) {
    auto out = handmade_recording{file(name)};
    for (auto slot = from; slot < from + count; ++slot) {
      out.add(pool_trade(slot, slot));
      out.end_slot(slot, parent);
      parent = slot;
    }
  }

  /// A command on one of the stores of this test.
  program_result on(const std::string& store,
                    std::vector<std::string> arguments) {
    for (auto& x : {std::string{"--store"}, url_, std::string{"--schema"},
                    "cli_" + std::to_string(::getpid()) + "_" + store})
      arguments.push_back(x);
    return run(arguments);
  }

  std::string url_;
};

TEST_F(cli_retention, drops_old_rows_and_changes_no_number) {
  record_slots("1.geyser", 1'000, 100, 999);
  record_slots("2.geyser", 300'000, 100, 1'099);
  record_slots("3.geyser", 1'200'000, 100, 300'099);
  auto replay = [&](const std::string& store, const std::string& name,
                    std::vector<std::string> more = {}) {
    auto arguments = std::vector<std::string>{"replay", name, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto result = on(store, arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return result;
  };
  for (const auto* name : {"1.geyser", "2.geyser", "3.geyser"}) {
    replay("all", name);
    replay("kept", name, {"--retention", "9d"});
  }

  // 1,200,099 - 9 days is above the rows of both partitions below 432,000.
  auto verified = on("kept", {"verify"});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("started at a baseline: the journal "
                                      "begins at slot 432000, 200 older rows"));
  auto dump = [&](const std::string& store,
                  const std::vector<std::string>& what) {
    auto arguments = std::vector<std::string>{"dump"};
    arguments.insert(arguments.end(), what.begin(), what.end());
    auto result = on(store, arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return result;
  };
  for (const auto& what : std::vector<std::vector<std::string>>{
         {"positions"},
         {"wallets"},
         {"candles"},
         {"metrics"},
         {"leaderboard"},
         {"leaderboard", "--window", "7d", "--by", "losses"},
         {"leaderboard", "--window", "all"}})
    EXPECT_EQ(dump("kept", what).out, dump("all", what).out) << what.front();
  auto trades = dump("kept", {"trades"});
  EXPECT_THAT(trades.err, HasSubstr("the journal begins at slot 432000: 200 "
                                    "older trades were dropped"));
  EXPECT_THAT(trades.out,
              AllOf(HasSubstr("\n1200000,"), Not(HasSubstr("\n300000,"))));

  // What comes again is no news, what comes late below is refused, what comes
  // late above is repaired.
  auto before = dump("kept", {"positions"}).out;
  auto again = replay("kept", "1.geyser", {"--retention", "9d"});
  EXPECT_THAT(again.out, AllOf(HasSubstr("\"run_trades\":0,"),
                               HasSubstr("\"run_below_retention\":100,"),
                               HasSubstr("\"dead_letters\":0,")));
  record_slots("below.geyser", 700, 2, 699);
  auto below = replay("kept", "below.geyser");
  EXPECT_THAT(below.out, AllOf(HasSubstr("\"run_trades\":0,"),
                               HasSubstr("\"run_below_retention\":2,"),
                               HasSubstr("\"dead_letters\":2,")));
  EXPECT_THAT(on("kept", {"dlq", "list"}).out, HasSubstr("below_retention"));
  auto letter = on("kept", {"dlq", "retry", "700:0:1"});
  EXPECT_EQ(letter.code, 1);
  EXPECT_EQ(dump("kept", {"positions"}).out, before);
  EXPECT_EQ(on("kept", {"verify"}).code, 0);
}

TEST_F(cli_retention, is_for_postgresql_only) {
  auto result = run(
    {"replay", "a.geyser", "--retention", "9d", "--store", "sqlite:a.db"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("retention.trades"), HasSubstr("PostgreSQL")));
  result = run({"replay", "a.geyser", "--retention", "8d", "--store", url_});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("9d"));
}

} // namespace

} // namespace pumpscope::test
