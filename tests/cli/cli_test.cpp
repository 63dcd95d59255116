#include "tests/cli/cli_fixture.hpp"
#include "tests/support/handmade_recording.hpp"
#include "tests/support/source_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

namespace pumpscope::test {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(cli, tells_its_version) {
  EXPECT_THAT(must({"--version"}).out, StartsWith("pumpscope 0."));
}

TEST_F(cli, has_a_help_for_every_command) {
  for (const auto* name :
       {"run", "replay", "decode", "record", "simulate", "dump", "verify",
        "inspect", "audit", "gaps", "dlq"}) {
    auto result = must({name, "--help"});
    EXPECT_THAT(result.out, HasSubstr("Usage:")) << name;
    EXPECT_THAT(result.err, IsEmpty()) << name;
  }
}

TEST_F(cli, ends_with_2_and_names_the_option_when_the_usage_is_wrong) {
  struct wrong {
    std::vector<std::string> arguments;
    const char* named;
  };
  for (const auto& x : std::vector<wrong>{
         {{"dump", "nothing"}, "KIND"},
         {{"dump", "trades", "--window", "1y"}, "--window"},
         {{"dump", "trades", "--store", "mysql://u:secret@h/d"}, "--store"},
         {{"dump", "trades", "--schema", "a-b", "--store",
           "postgresql://u:secret@h/d"},
          "a-b"},
         {{"migrate", "--store", "sqlite:x.db"}, "--store"},
         {{"replay"}, "FILE"},
         {{"record", "-o", "x.geyser"}, "--endpoint"},
         {{"record", "--endpoint", "ftp://x", "-o", "x"}, "--endpoint"},
         {{"record", "--endpoint", "http://x", "--endpoint", "http://y", "-o",
           "x"},
          "one endpoint"},
         {{"run", "--endpoint-mode", "both"}, "--endpoint-mode"},
         {{"run", "--epoch-trades", "0"}, "--epoch-trades"},
         {{"run", "--ca-file", "/missing", "--endpoint", "https://h"},
          "--ca-file"},
         {{"simulate", "--faults", "late=2"}, "--faults"},
         {{"simulate", "--record", "x.geyser"}, "--slots"},
         {{"simulate", "--play", "x.geyser", "--record", "y.geyser"},
          "--record"},
         {{"simulate", "--play", "x.geyser", "--rpc-listen", "127.0.0.1:0"},
          "--rpc-listen"},
         {{"simulate", "--play", "x.geyser", "--faults", "omit=0.1"},
          "--faults"},
         {{"inspect", "wallet", "0OIl"}, "KEY"},
         {{"audit", "show"}, "ACTION"},
         {{"dlq", "show"}, "POSITION"},
         {{"dlq", "retry"}, "POSITION"},
         {{"dlq", "retry", "1:2"}, "POSITION"},
         {{"dlq", "retry", "1:2:3", "--all"}, "--all"},
         {{"verify", "--store", "sqlite::memory:"}, "--store"}}) {
    auto result = run(x.arguments);
    EXPECT_EQ(result.code, 2) << ::testing::PrintToString(x.arguments);
    EXPECT_THAT(result.err, AllOf(HasSubstr(x.named), Not(HasSubstr("secret"))))
      << ::testing::PrintToString(x.arguments);
  }
}

TEST_F(cli, lists_all_wrong_options_of_all_places_at_once) {
  std::ofstream{file("a.conf")} << "[store]\npartitions = 3\n[x]\ny = 1\n";

  auto result = run({"run", "--config-file", "a.conf", "--threads", "-1"},
                    {"PUMPSCOPE_PIPELINE_EPOCHS=none"});

  EXPECT_EQ(result.code, 2);
  for (const auto* named : {"a.conf:2: store.partitions", "a.conf:4: x.y",
                            "PUMPSCOPE_PIPELINE_EPOCHS", "--threads"})
    EXPECT_THAT(result.err, HasSubstr(named));
}

TEST_F(cli, names_files_that_cannot_be_read) {
  auto result = run({"replay", "a.geyser", "b.geyser"});

  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("a.geyser: no such file"),
                                HasSubstr("b.geyser: no such file")));
  EXPECT_FALSE(std::filesystem::exists(file("pumpscope.db")));
}

TEST_F(cli, reading_a_store_never_creates_one) {
  for (const auto* name : {"verify", "audit", "gaps", "dlq"}) {
    auto arguments = std::vector<std::string>{name};
    if (std::string{name} != "verify")
      arguments.emplace_back("list");
    arguments.insert(arguments.end(), {"--store", "sqlite:none.db"});
    auto result = run(arguments);
    EXPECT_EQ(result.code, 1) << name;
    EXPECT_THAT(result.err, HasSubstr("none.db")) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(file("none.db")));
}

TEST_F(cli, replays_a_recording_and_nothing_twice) {
  record("a.geyser");

  auto first = must({"replay", "a.geyser", "--store", "sqlite:a.db", "--json"});
  auto dumped = must({"dump", "positions", "--store", "sqlite:a.db"});
  auto again = must({"replay", "a.geyser", "--store", "sqlite:a.db", "--json"});

  EXPECT_THAT(first.out, Not(HasSubstr("\"trades\":0,")));
  EXPECT_THAT(again.out, HasSubstr("\"run_trades\":0,"));
  EXPECT_EQ(must({"dump", "positions", "--store", "sqlite:a.db"}).out,
            dumped.out);
  auto verified = must({"verify", "--store", "sqlite:a.db", "--json"});
  EXPECT_THAT(verified.out, AllOf(HasSubstr("\"mismatches\":0"),
                                  HasSubstr("\"reserve_breaks\":0")));
}

TEST_F(cli, finds_a_transaction_that_is_missing_by_its_reserves) {
  record("a.geyser", {"--faults", "omit=0.05"});
  must({"replay", "a.geyser", "--store", "sqlite:a.db"});

  auto verified = must({"verify", "--store", "sqlite:a.db", "--json"});

  EXPECT_THAT(verified.out, AllOf(HasSubstr("\"mismatches\":0"),
                                  Not(HasSubstr("\"reserve_breaks\":0"))));
}

/// A buy of `units` in a pool; `named`: by an instruction that tells its mints.
bytes pool_trade(uint64_t slot, uint64_t units, bool named) {
  auto values = event_values{};
  values.keys = {{"pool", key_of(0x33)}, {"user", key_of(0x11)}};
  values.integers = {{"base_amount_out", units},
                     {"quote_amount_in", 100 * units},
                     {"user_quote_amount_in", 101 * units},
                     {"pool_base_token_reserves", 1'000'000},
                     {"pool_quote_token_reserves", 1'000'000},
                     {"timestamp", 1'700'000'000}};
  auto tx = transaction_builder{};
  tx.slot = slot;
  tx.key(key_of(0x11));
  auto accounts = bytes{0};
  if (named)
    accounts = pool_accounts(tx, key_of(0x33), key_of(0x22),
                             domain::known_keys::wsol_mint);
  tx.add_call(domain::known_keys::pump_amm_program, accounts,
              encode_event(domain::program::pump_amm, "BuyEvent", values));
  return tx.build();
}

/// Three slots with a trade each in one pool.
void record_pool(const std::string& path, bool first_is_named) {
  auto out = handmade_recording{path};
  for (auto slot = uint64_t{1'000}; slot < 1'003; ++slot) {
    out.add(pool_trade(slot, slot - 990, first_is_named || slot == 1'002));
    out.end_slot(slot, slot - 1);
  }
}

TEST_F(cli, dead_letters_that_are_retried_give_the_ledgers_of_no_dead_letters) {
  record_pool(file("dead.geyser"), false);
  record_pool(file("all.geyser"), true);
  must({"replay", "dead.geyser", "--store", "sqlite:dead.db"});
  must({"replay", "all.geyser", "--store", "sqlite:all.db"});
  auto list = must({"dlq", "list", "--store", "sqlite:dead.db"}).out;
  EXPECT_THAT(list, AllOf(HasSubstr("\"1000:7:1\""), HasSubstr("\"1001:7:1\""),
                          HasSubstr("unknown_pool")));

  auto one
    = must({"dlq", "retry", "1001:7:1", "--store", "sqlite:dead.db"}).out;
  auto all = must({"dlq", "retry", "--all", "--store", "sqlite:dead.db"}).out;
  auto again = must({"dlq", "retry", "--all", "--store", "sqlite:dead.db"}).out;

  EXPECT_THAT(one, HasSubstr("\"resolved\":1,\"trades\":1"));
  EXPECT_THAT(all, HasSubstr("\"letters\":1,\"resolved\":1,\"trades\":1"));
  EXPECT_THAT(again, HasSubstr("\"letters\":0"));
  must({"replay", "dead.geyser", "--store", "sqlite:dead.db"});
  for (const auto* kind :
       {"trades", "positions", "wallets", "candles", "metrics"})
    EXPECT_EQ(must({"dump", kind, "--store", "sqlite:dead.db"}).out,
              must({"dump", kind, "--store", "sqlite:all.db"}).out)
      << kind;
  EXPECT_THAT(must({"verify", "--store", "sqlite:dead.db", "--json"}).out,
              AllOf(HasSubstr("\"trades\":3,"), HasSubstr("\"mismatches\":0"),
                    HasSubstr("\"repairs_open\":0")));
  auto gone = run({"dlq", "retry", "1000:7:1", "--store", "sqlite:dead.db"});
  EXPECT_EQ(gone.code, 1);
}

TEST_F(cli, a_slot_that_dies_after_it_was_sealed_is_voided) {
  auto record_slots = [&](const std::string& name, bool with_dead) {
    auto out = handmade_recording{file(name)};
    for (auto slot = uint64_t{1'000}; slot < 1'010; ++slot) {
      // 1004 is confirmed and dies when 1003 has another child.
      auto parent = slot == 1'005 ? uint64_t{1'003} : slot - 1;
      if (slot == 1'004 && !with_dead)
        continue;
      out.add(pool_trade(slot, slot - 990, true));
      out.end_slot(slot, parent);
      if (slot == 1'007 && with_dead)
        out.add_status(1'004, 1'003, 6);
    }
  };
  record_slots("dead.geyser", true);
  record_slots("alive.geyser", false);

  auto first
    = must({"replay", "dead.geyser", "--store", "sqlite:dead.db", "--json"});
  auto again
    = must({"replay", "dead.geyser", "--store", "sqlite:dead.db", "--json"});
  must({"replay", "alive.geyser", "--store", "sqlite:alive.db"});

  EXPECT_THAT(first.out, HasSubstr("\"run_voided_slots\":1,"));
  EXPECT_THAT(again.out, HasSubstr("\"run_trades\":0,"));
  for (const auto* kind :
       {"trades", "positions", "wallets", "candles", "metrics"})
    EXPECT_EQ(must({"dump", kind, "--store", "sqlite:dead.db"}).out,
              must({"dump", kind, "--store", "sqlite:alive.db"}).out)
      << kind;
  EXPECT_THAT(must({"verify", "--store", "sqlite:dead.db", "--json"}).out,
              AllOf(HasSubstr("\"slots_voided\":1"),
                    HasSubstr("\"trades\":10,\"token_events\":1,"),
                    HasSubstr("\"mismatches\":0")));
}

TEST_F(cli, a_torn_recording_is_replayed_up_to_the_tear_and_named) {
  record("a.geyser");
  auto size = std::filesystem::file_size(file("a.geyser"));
  std::filesystem::copy_file(file("a.geyser"), file("b.geyser"));
  // The last update is longer than a byte: the cut is inside of it.
  std::filesystem::resize_file(file("b.geyser"), size - 1);

  auto torn = run({"replay", "b.geyser", "--store", "sqlite:b.db"});

  EXPECT_EQ(torn.code, 1);
  EXPECT_THAT(torn.err, HasSubstr("b.geyser"));
  must({"replay", "a.geyser", "--store", "sqlite:a.db"});
  must({"replay", "a.geyser", "--store", "sqlite:b.db"});
  EXPECT_EQ(must({"dump", "trades", "--store", "sqlite:a.db"}).out,
            must({"dump", "trades", "--store", "sqlite:b.db"}).out);
}

TEST_F(cli, says_when_standard_output_is_full) {
  record("a.geyser");
  auto command = binary() + " decode " + file("a.geyser").string()
                 + " >/dev/full 2>" + file("err").string();

  auto status = std::system(command.c_str());

  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_THAT(read_text(file("err")), HasSubstr("No space left"));
}

TEST_F(cli, a_store_that_is_none_is_refused_by_name) {
  std::ofstream{file("a.db")} << std::string(10'000, 'x');

  auto result = run({"verify", "--store", "sqlite:a.db"});

  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("a.db"));
}

TEST_F(cli, runs_with_the_simulator_says_so_and_ends_gracefully) {
  auto node = program{{"run", "--store", "sqlite:a.db", "--rate", "500"},
                      folder_.path()};
  EXPECT_THAT(node.wait_for_line("run: store"), HasSubstr("SIMULATED"));

  // The store has one owner at a time.
  auto second = run({"run", "--store", "sqlite:a.db"});
  node.signal(SIGTERM);
  auto ended = node.wait();

  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.err, HasSubstr("a.db"));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("everything is stored"));
  EXPECT_THAT(must({"verify", "--store", "sqlite:a.db", "--json"}).out,
              HasSubstr("\"mismatches\":0"));
}

TEST_F(cli, an_endpoint_that_nobody_serves_is_named) {
  // Port 1 of this machine: nobody listens there.
  auto result
    = run({"record", "--endpoint", "http://127.0.0.1:1", "-o", "a.geyser"});

  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("http://127.0.0.1:1"));
}

TEST_F(served, a_live_stream_is_recorded_and_replayed) {
  auto url = serve();

  auto recorded = must(
    {"record", "--endpoint", url, "-o", "a.geyser.zst", "--updates", "3000"});

  EXPECT_THAT(recorded.out, HasSubstr("\"updates\":3000"));
  auto replayed
    = must({"replay", "a.geyser.zst", "--store", "sqlite:a.db", "--json"});
  EXPECT_THAT(replayed.out, Not(HasSubstr("\"trades\":0,")));
  must({"verify", "--store", "sqlite:a.db"});
}

TEST_F(served, a_node_reads_a_live_stream) {
  auto url = serve({"--slots", "20"});
  auto node = program{{"run", "--store", "sqlite:a.db", "--endpoint", url},
                      folder_.path()};
  EXPECT_THAT(node.wait_for_line("run: store"), HasSubstr(url));

  // The summary line comes every ten seconds; a slow machine has sealed
  // nothing by the first one.
  auto line = node.wait_for_line("trades=");
  for (auto i = 0; i < 3 && line.find(" trades=0 ") != std::string::npos; ++i)
    line = node.wait_for_line("trades=");
  node.signal(SIGINT);
  auto ended = node.wait();

  EXPECT_THAT(line, AllOf(HasSubstr(url), Not(HasSubstr(" trades=0 "))));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(must({"verify", "--store", "sqlite:a.db", "--json"}).out,
              HasSubstr("\"mismatches\":0"));
}

TEST_F(served, a_recording_that_is_played_is_what_was_recorded) {
  record("a.geyser", {"--faults", "duplicate=0.1,reorder=0.1,fork=0.1"});
  auto first
    = must({"replay", "a.geyser", "--store", "sqlite:a.db", "--json"}).out;
  auto number = [&first](const std::string& name) {
    auto found = std::smatch{};
    std::regex_search(first, found, std::regex{'"' + name + R"(":(\d+))"});
    return std::stoi("0" + found[1].str());
  };
  // We subscribe to no transactions that failed.
  auto updates
    = std::to_string(number("run_updates") - number("run_failed_transactions"));
  auto url = serve({"--play", "a.geyser"});

  must({"record", "--endpoint", url, "-o", "b.geyser", "--updates", updates});
  server_->signal(SIGTERM);
  auto played = server_->wait();
  must({"replay", "b.geyser", "--store", "sqlite:b.db"});

  EXPECT_THAT(
    played.out,
    HasSubstr("{\"updates\":" + std::to_string(number("run_updates")) + ","));
  for (const auto* kind : {"trades", "positions", "wallets", "candles"})
    EXPECT_EQ(must({"dump", kind, "--store", "sqlite:b.db"}).out,
              must({"dump", kind, "--store", "sqlite:a.db"}).out)
      << kind;
  must({"verify", "--store", "sqlite:b.db"});
}

TEST_F(served, a_recording_that_is_torn_is_played_up_to_there) {
  record("a.geyser");
  auto size = std::filesystem::file_size(file("a.geyser"));
  std::filesystem::resize_file(file("a.geyser"), size - 1);
  auto url = serve({"--play", "a.geyser"});

  must({"record", "--endpoint", url, "-o", "b.geyser", "--updates", "100"});
  auto played = server_->wait();

  EXPECT_EQ(played.code, 1);
  EXPECT_THAT(played.err, HasSubstr("a.geyser"));
}

TEST_F(served, a_wrong_token_is_refused_and_not_shown) {
  auto url = serve({}, {"PUMPSCOPE_SIMULATOR_X_TOKEN=right-one"});

  auto wrong = run({"record", "--endpoint", url, "-o", "a.geyser"},
                   {"PUMPSCOPE_SOURCE_X_TOKEN=wrong-one"});
  auto right
    = run({"record", "--endpoint", url, "-o", "a.geyser", "--updates", "10"},
          {"PUMPSCOPE_SOURCE_X_TOKEN=right-one"});

  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, AllOf(HasSubstr(url), Not(HasSubstr("wrong-one"))));
  EXPECT_EQ(right.code, 0) << right.err;
}

/// Recordings of real transactions with results of an independent
/// implementation.
class recordings : public cli,
                   public ::testing::WithParamInterface<const char*> {
protected:
  static std::filesystem::path data() {
    const auto* configured = std::getenv("PUMPSCOPE_SHARED_DATA");
    return configured != nullptr ? std::filesystem::path{configured}
                                 : source_folder() / "../shared/data";
  }
};

TEST_P(recordings, give_the_expected_dumps) {
  auto recording = data() / "recordings"
                   / (std::string{GetParam()} + ".geyser");
  if (!std::filesystem::exists(recording))
    GTEST_SKIP() << "no test data at " << data();
  auto expected = data() / "expected" / GetParam();

  auto summary
    = must({"replay", recording, "--store", "sqlite:a.db", "--json"});

  EXPECT_THAT(summary.out, HasSubstr("\"reserve_breaks\":[]"));
  for (const auto* kind : {"trades", "positions", "wallets", "candles"})
    EXPECT_EQ(must({"dump", kind, "--store", "sqlite:a.db"}).out,
              read_text(expected / (std::string{kind} + ".csv")))
      << kind;
  for (const std::string window : {"24h", "7d", "all"})
    for (const std::string by : {"net", "losses"})
      EXPECT_EQ(
        must({"dump", "leaderboard", "--window", window, "--by", by, "--store",
              "sqlite:a.db"})
          .out,
        read_text(expected / ("leaderboard_" + window + "_" + by + ".csv")))
        << window << " " << by;
  must({"verify", "--store", "sqlite:a.db"});
}

INSTANTIATE_TEST_SUITE_P(all, recordings,
                         ::testing::Values("public-curves-2025-10-20",
                                           "public-transactions",
                                           "public-amm-synthetic"));

} // namespace

} // namespace pumpscope::test
