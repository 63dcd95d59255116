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
    static auto tests = 0;
    schemas_ = "cli_" + std::to_string(::getpid()) + "_"
               + std::to_string(++tests) + "_";
  }

  /// Slots with a trade each but for a missing one; the first follows `parent`.
  /// Their times are seconds like their numbers: a partition of 216,000 has two
  /// and a half days.
  void record_slots(const std::string& name, uint64_t from, uint64_t count,
                    uint64_t parent, uint64_t missing = 0) {
    auto out = handmade_recording{file(name)};
    for (auto slot = from; slot < from + count; ++slot) {
      if (slot != missing) {
        out.add(pool_trade(slot, slot));
        out.end_slot(slot, parent);
      }
      parent = slot;
    }
  }

  /// A command on one of the stores of this test.
  program_result on(const std::string& store,
                    std::vector<std::string> arguments) {
    for (auto& x : {std::string{"--store"}, url_, std::string{"--schema"},
                    schemas_ + store})
      arguments.push_back(x);
    return run(arguments);
  }

  program_result must_on(const std::string& store,
                         const std::vector<std::string>& arguments) {
    auto result = on(store, arguments);
    EXPECT_EQ(result.code, 0) << result.out << result.err;
    return result;
  }

  /// Returns the summary.
  std::string replay(const std::string& store, const std::string& name,
                     const std::vector<std::string>& more = {}) {
    auto arguments = std::vector<std::string>{"replay", name, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return must_on(store, arguments).out;
  }

  void expect_equal_dumps(const std::vector<std::vector<std::string>>& kinds) {
    for (const auto& what : kinds) {
      auto arguments = what;
      arguments.insert(arguments.begin(), "dump");
      EXPECT_EQ(must_on("kept", arguments).out, must_on("all", arguments).out)
        << what.front();
    }
  }

  std::string url_;
  std::string schemas_;
};

TEST_F(cli_retention, drops_old_rows_and_changes_no_number) {
  record_slots("1.geyser", 1'000, 100, 999, 1'050);
  record_slots("2.geyser", 300'000, 100, 1'099);
  record_slots("3.geyser", 1'200'000, 100, 300'099, 1'200'010);
  for (const auto* name : {"1.geyser", "2.geyser", "3.geyser"}) {
    replay("all", name);
    replay("kept", name, {"--retention", "9d"});
  }

  // 1,200,099 - 9 days is above the rows of both recordings; behind them the
  // chain jumps over whole partitions, up to the one of the third.
  EXPECT_THAT(must_on("kept", {"verify"}).out,
              HasSubstr("started at a baseline: the journal begins at slot "
                        "864000, 199 older rows"));
  expect_equal_dumps({{"positions"},
                      {"wallets"},
                      {"candles"},
                      {"metrics"},
                      {"leaderboard"},
                      {"leaderboard", "--window", "7d", "--by", "losses"},
                      {"leaderboard", "--window", "all"}});
  auto trades = must_on("kept", {"dump", "trades"});
  EXPECT_THAT(trades.err, HasSubstr("the journal begins at slot 864000: 199 "
                                    "older trades were dropped"));
  EXPECT_THAT(trades.out,
              AllOf(HasSubstr("\n1200000,"), Not(HasSubstr("\n300000,"))));

  // What comes again is no news.
  auto again = replay("kept", "1.geyser", {"--retention", "9d"});
  EXPECT_THAT(again, AllOf(HasSubstr("\"run_trades\":0,"),
                           HasSubstr("\"run_below_retention\":99,"),
                           HasSubstr("\"dead_letters\":0,")));
  // What comes late above is repaired.
  record_slots("above.geyser", 1'200'010, 1, 1'200'009);
  replay("all", "above.geyser");
  EXPECT_THAT(replay("kept", "above.geyser"), HasSubstr("\"run_trades\":1,"));
  expect_equal_dumps({{"positions"}, {"candles"}});
  // What comes late below is refused.
  record_slots("below.geyser", 700, 2, 699);
  record_slots("gap.geyser", 1'050, 1, 1'049);
  replay("kept", "below.geyser");
  auto below = replay("kept", "gap.geyser");
  EXPECT_THAT(below, AllOf(HasSubstr("\"run_trades\":0,"),
                           HasSubstr("\"run_below_retention\":1,"),
                           HasSubstr("\"dead_letters\":3,"),
                           HasSubstr("\"open_gaps\":1,")));
  expect_equal_dumps({{"positions"}, {"candles"}});
  must_on("kept", {"verify"});
}

TEST_F(cli_retention, says_what_cannot_be_filled_or_retried_any_more) {
  record_slots("1.geyser", 1'000, 100, 999, 1'050);
  record_slots("2.geyser", 1'200'000, 100, 1'099);
  for (const auto* name : {"1.geyser", "2.geyser"})
    replay("kept", name, {"--retention", "9d"});
  EXPECT_THAT(must_on("kept", {"gaps", "list"}).out,
              AllOf(HasSubstr("\"from_slot\":1050,"),
                    HasSubstr("\"below_retention\":true")));

  auto filled = on("kept", {"gaps", "fill", "--rpc", "http://127.0.0.1:1"});
  record_slots("gap.geyser", 1'050, 1, 1'049);
  replay("kept", "gap.geyser");
  auto list = must_on("kept", {"dlq", "list"}).out;
  auto retried = on("kept", {"dlq", "retry", "1050:7:1"});
  auto all = must_on("kept", {"dlq", "retry", "--all"});

  EXPECT_EQ(filled.code, 1);
  EXPECT_THAT(filled.err, HasSubstr("1 gaps lie below slot 648000"));
  EXPECT_THAT(list,
              AllOf(HasSubstr("\"1050:7:1\""), HasSubstr("below_retention")));
  EXPECT_EQ(retried.code, 1);
  EXPECT_THAT(retried.err, HasSubstr("1050:7:1 lies where the journal has"));
  EXPECT_THAT(all.out, HasSubstr("\"remaining\":1,\"below_retention\":1"));
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
