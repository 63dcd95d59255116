#include "adapters/console_json/console_json.hpp"

#include "tests/support/sample_rows.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace pumpscope::test {

namespace {

namespace json = boost::json;

json::object parsed(const std::string& text) {
  auto error = boost::system::error_code{};
  auto result = json::parse(text, error);
  EXPECT_FALSE(error) << text;
  return error ? json::object{} : result.as_object();
}

messages::console_look sample_look() {
  auto result = messages::console_look{};
  result.taken_at = 1'700'000'000'123;
  result.period = 1.5;
  auto& writer = result.actors.emplace_back();
  writer.role = "store-writer";
  writer.name = "0";
  writer.parent = "pipeline";
  writer.answered = true;
  writer.mailbox = 4;
  writer.time_p99 = 0.25;
  writer.counters = {{"line", int64_t{2}},
                     {"in_trouble", true},
                     {"busy_seconds", 0.5},
                     {"trouble", std::string{"disk \"full\"\n\xFF"}}};
  auto& silent = result.actors.emplace_back();
  silent.role = "sink";
  silent.name = "0";
  silent.parent = "pipeline";
  silent.problem = "no answer in time";
  result.roles.push_back({"store-writer", "pipeline", 1});
  result.partitions.emplace_back().kind = messages::projection::token;
  result.streams.emplace_back().kind = "stream";
  result.stages.push_back({"seal", "parse", 7, 0.5, 0.75, 1.0});
  return result;
}

TEST(console_json, tells_of_an_actor_that_answers_and_of_one_that_does_not) {
  auto x = parsed(console_json::actors_json(sample_look()));

  EXPECT_EQ(x["taken_at_unix_ms"], json::value(1'700'000'000'123));
  EXPECT_EQ(x["period_seconds"], json::value(1.5));
  auto writer = x["actors"].as_array()[0].as_object();
  EXPECT_EQ(writer["mailbox"], json::value(4));
  EXPECT_EQ(writer["problem"], json::value(nullptr));
  EXPECT_EQ(writer["messages_per_second"], json::value(nullptr));
  EXPECT_EQ(writer["time_p99_seconds"], json::value(0.25));
  auto counters = writer["counters"].as_object();
  EXPECT_EQ(counters["line"], json::value(2));
  EXPECT_EQ(counters["in_trouble"], json::value(true));
  EXPECT_EQ(counters["trouble"], json::value("disk \"full\"\n\xEF\xBF\xBD"));
  auto silent = x["actors"].as_array()[1].as_object();
  EXPECT_EQ(silent["answered"], json::value(false));
  EXPECT_EQ(silent["problem"], json::value("no answer in time"));
  // What nobody told is not 0.
  EXPECT_EQ(silent["mailbox"], json::value(nullptr));
}

TEST(console_json, every_part_of_a_look_is_json) {
  auto look = sample_look();
  auto troubles = messages::troubles{};
  EXPECT_EQ(parsed(console_json::overview_json(look))["sink"],
            json::value(nullptr));
  look.overview.sink_ready = false;
  look.overview.sink_problem = "refused";
  auto overview = parsed(console_json::overview_json(look));
  EXPECT_EQ(overview["sink"].as_object()["problem"], json::value("refused"));
  EXPECT_EQ(overview["latency"].as_array().size(), 1U);
  auto partitions = parsed(console_json::partitions_json(look));
  EXPECT_EQ(partitions["partitions"].as_array()[0].as_object()["kind"],
            json::value("token"));
  EXPECT_EQ(partitions["partitions"].as_array()[0].as_object()["node"],
            json::value(nullptr));
  look.partitions[0].node = "b";
  partitions = parsed(console_json::partitions_json(look));
  EXPECT_EQ(partitions["partitions"].as_array()[0].as_object()["node"],
            json::value("b"));
  EXPECT_EQ(
    parsed(console_json::streams_json(look))["streams"].as_array().size(), 1U);
  auto stage = parsed(console_json::latency_json(look))["stages"]
                 .as_array()[0]
                 .as_object();
  EXPECT_EQ(stage["stage"], json::value("seal"));
  EXPECT_EQ(stage["p99_seconds"], json::value(0.75));
  auto down = parsed(console_json::stores_json(look, nullptr, "gone"));
  EXPECT_EQ(down["problem"], json::value("gone"));
  EXPECT_FALSE(down.contains("counts"));
  EXPECT_EQ(down["actors"].as_array().size(), 2U);
  auto up = parsed(console_json::stores_json(look, &troubles, ""));
  EXPECT_EQ(up["problem"], json::value(nullptr));
  EXPECT_TRUE(up.contains("counts"));
}

TEST(console_json, lists_what_is_wrong) {
  auto x = messages::troubles{};
  x.counts.open_gaps = 3;
  x.gaps.push_back({5, 7, 1'700'000'000, "missing_parent", false});
  auto& letter = x.dead_letters.emplace_back();
  letter.position = {9, 1, 2};
  x.audits.push_back({0, messages::projection::token, sample_key(4), 8, "odd"});

  auto gaps = parsed(console_json::gaps_json(x));
  EXPECT_EQ(gaps["total"], json::value(3));
  auto gap = gaps["gaps"].as_array()[0].as_object();
  EXPECT_EQ(gap["to_slot"], json::value(7));
  EXPECT_EQ(gap["opened_at"], json::value("2023-11-14T22:13:20Z"));
  auto letters = parsed(console_json::dead_letters_json(x));
  EXPECT_EQ(
    letters["dead_letters"].as_array()[0].as_object()["position"].as_string(),
    "9:1:2");
  auto audits = parsed(console_json::audits_json(x));
  EXPECT_EQ(audits["audits"].as_array()[0].as_object()["found_at"],
            json::value(nullptr));
}

TEST(console_json, marks_the_fields_that_differ) {
  auto x = messages::found_key{};
  x.wallet.live = true;
  x.wallet.stored = true;
  x.wallet.fields = {{"trades", "3", "3"}, {"realized", "5", "6"}};
  auto& row = x.wallet.rows.emplace_back();
  row.what = "buy";
  row.quote_units = UINT64_MAX;

  auto wallet = parsed(console_json::found_json(x))["wallet"].as_object();

  auto fields = wallet["fields"].as_array();
  EXPECT_EQ(fields[0].as_object()["differs"], json::value(false));
  EXPECT_EQ(fields[1].as_object()["differs"], json::value(true));
  auto told = wallet["rows"].as_array()[0].as_object();
  EXPECT_EQ(told["quote_units"], json::value("18446744073709551615"));
  EXPECT_EQ(told["epoch"], json::value(nullptr));
  // Where only one of the two is there nothing is said of the other.
  x.wallet.stored = false;
  auto alone = parsed(console_json::found_json(x))["wallet"].as_object();
  EXPECT_EQ(alone["fields"].as_array()[1].as_object()["differs"],
            json::value(false));
  auto token = parsed(console_json::found_json(x))["token"].as_object();
  EXPECT_EQ(token["known"], json::value(false));
  EXPECT_EQ(token["actor"], json::value(nullptr));
}

TEST(console_json, a_trace_tells_what_is_not_known_as_null) {
  auto x = messages::found_trace{};
  EXPECT_EQ(parsed(console_json::trace_json(x))["slot"], json::value(nullptr));
  x.found = true;
  x.slot = 5;
  x.stages = {{messages::stage::receive, 17, 0.0},
              {messages::stage::fold, {}, {}}};
  x.rows.emplace_back().what = "sell";
  x.places.push_back({3, 4});

  auto told = parsed(console_json::trace_json(x));

  EXPECT_EQ(told["slot"], json::value(5));
  EXPECT_EQ(told["epoch"], json::value(nullptr));
  auto stages = told["stages"].as_array();
  EXPECT_EQ(stages[0].as_object()["at_unix_ms"], json::value(17));
  EXPECT_EQ(stages[1].as_object()["at_unix_ms"], json::value(nullptr));
  auto row = told["rows"].as_array()[0].as_object();
  EXPECT_EQ(row["wallet_partition"], json::value(3));
  EXPECT_EQ(row["token_partition"], json::value(4));
}

} // namespace

} // namespace pumpscope::test
