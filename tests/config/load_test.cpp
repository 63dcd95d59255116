#include "config/load.hpp"

#include "config/config_file.hpp"
#include "config/option_table.hpp"
#include "tests/support/source_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace pumpscope::config {

namespace {

using namespace std::chrono_literals;

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// Loads with files that exist only in memory.
loaded load_with(const sources& from,
                 const std::map<std::string, std::string>& files = {}) {
  return load(from, [&files](const std::string& path) -> parsed<std::string> {
    auto found = files.find(path);
    if (found == files.end())
      return tl::unexpected{std::string{"no such file"}};
    return found->second;
  });
}

TEST(load, gives_the_defaults_when_nothing_is_set) {
  auto result = load_with({});

  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.options.store.url.path, "pumpscope.db");
  EXPECT_THAT(result.options.source.endpoints, IsEmpty());
  EXPECT_EQ(result.options.pipeline.epoch_trades, 1'000U);
}

TEST(load, lets_the_environment_overrule_the_file_and_flags_overrule_both) {
  auto files = std::map<std::string, std::string>{
    {"f", "[pipeline]\nepoch-trades = 10\nthreads = 3\nparsers = 4\n"}};

  auto result = load_with(
    {"f",
     {"PUMPSCOPE_PIPELINE_EPOCH_TRADES=20", "PUMPSCOPE_PIPELINE_THREADS=5"},
     {{"pipeline.epoch-trades", "30"}}},
    files);

  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.options.pipeline.epoch_trades, 30U);
  EXPECT_EQ(result.options.pipeline.threads, 5U);
  EXPECT_EQ(result.options.pipeline.parsers, 4U);
}

TEST(load, lists_every_problem_with_the_place_that_set_it) {
  auto files = std::map<std::string, std::string>{
    {"f", "[store]\npartitions = 65\nno-such = 1\n"}};

  auto result = load_with(
    {"f",
     {"PUMPSCOPE_PIPELINE_THREADS=many", "PUMPSCOPE_STORE_URI=sqlite:x"},
     {{"store.url", "mysql:x"}}},
    files);

  EXPECT_THAT(result.problems,
              ElementsAre(AllOf(StartsWith("f:2: store.partitions: \"65\""),
                                HasSubstr("power of two")),
                          "f:3: store.no-such: there is no such option",
                          StartsWith("PUMPSCOPE_PIPELINE_THREADS: \"many\""),
                          "PUMPSCOPE_STORE_URI: there is no such option",
                          StartsWith("--store: \"mysql\"")));
}

TEST(load, takes_a_log_level_by_its_name) {
  EXPECT_EQ(parse_log_level("debug"), log_level::debug);
  EXPECT_EQ(to_text(log_level::warning), "warning");
  EXPECT_FALSE(parse_log_level("trace"));
  EXPECT_FALSE(parse_log_level(""));
}

TEST(load, leaves_variables_of_other_sections_alone) {
  EXPECT_THAT(
    load_with({"", {"PUMPSCOPE_SHARED_DATA=/x", "STORE_URL=y"}, {}}).problems,
    IsEmpty());
}

TEST(load, says_when_the_file_cannot_be_read) {
  EXPECT_THAT(load_with({"missing.conf", {}, {}}).problems,
              ElementsAre("--config-file missing.conf: no such file"));
}

TEST(load, takes_the_token_from_the_first_line_of_its_file) {
  auto result = load_with({"", {}, {{"source.x-token-file", "t"}}},
                          {{"t", "token-1\nrest\n"}});

  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.options.source.x_token, "token-1");
}

TEST(load, refuses_a_token_in_the_file_and_never_prints_it) {
  auto result = load_with({"f", {}, {}},
                          {{"f", "[source]\nx-token = hunter2\n"}});

  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_THAT(result.problems.front(),
              AllOf(HasSubstr("PUMPSCOPE_SOURCE_X_TOKEN"),
                    ::testing::Not(HasSubstr("hunter2"))));
}

TEST(load, refuses_two_tokens_and_an_empty_one) {
  auto both = load_with(
    {"", {"PUMPSCOPE_SOURCE_X_TOKEN=a"}, {{"source.x-token-file", "t"}}},
    {{"t", "b\n"}});
  auto empty = load_with({"", {}, {{"source.x-token-file", "t"}}},
                         {{"t", "\nb\n"}});

  EXPECT_THAT(both.problems, ElementsAre(HasSubstr("use one")));
  EXPECT_THAT(empty.problems, ElementsAre(HasSubstr("first line is empty")));
}

TEST(load, sends_a_token_over_tls_or_to_this_machine_only) {
  auto with = [](const char* url) {
    return load_with(
             {"", {"PUMPSCOPE_SOURCE_X_TOKEN=a"}, {{"source.endpoint", url}}})
      .problems;
  };

  EXPECT_THAT(with("https://grpc.example.com"), IsEmpty());
  EXPECT_THAT(with("http://127.0.0.1:1"), IsEmpty());
  EXPECT_THAT(with("http://grpc.example.com"), ElementsAre(HasSubstr("https")));
}

TEST(load, refuses_a_token_that_would_break_a_header) {
  EXPECT_THAT(
    load_with({"", {"PUMPSCOPE_SOURCE_X_TOKEN=a\r\nx: y"}, {}}).problems,
    ElementsAre(StartsWith("x-token")));
}

TEST(load, refuses_a_backoff_that_shrinks) {
  EXPECT_THAT(load_with({"", {}, {{"source.backoff-min", "1m"}}}).problems,
              ElementsAre(StartsWith("source.backoff-min")));
}

TEST(load, wants_a_redis_for_a_price_that_is_a_key_of_it) {
  EXPECT_THAT(load_with({"", {}, {{"price.source", "redis:k"}}}).problems,
              ElementsAre(StartsWith("price.source")));
  EXPECT_THAT(load_with({"",
                         {},
                         {{"price.source", "redis:k"},
                          {"redis.url", "redis://127.0.0.1"}}})
                .problems,
              IsEmpty());
  EXPECT_THAT(
    load_with({"", {}, {{"price.source", "redis://127.0.0.1#k"}}}).problems,
    IsEmpty());
}

TEST(load, shows_no_password_of_a_price) {
  auto result
    = load_with({"", {"PUMPSCOPE_PRICE_SOURCE=redis://me:hunter2@h#k"}, {}});
  EXPECT_THAT(result.problems, IsEmpty());
  const auto* option = config::find_option("price.source");
  ASSERT_NE(option, nullptr);
  EXPECT_EQ(option->show(result.options), "redis://me@h:6379#k");
}

TEST(load, knows_the_formats_of_socket_io) {
  for (auto name : {"off", "streams", "classic"}) {
    auto result = load_with({"", {}, {{"redis.socketio", name}}});
    EXPECT_THAT(result.problems, IsEmpty());
    EXPECT_EQ(config::find_option("redis.socketio")->show(result.options),
              name);
  }
  EXPECT_THAT(load_with({"", {}, {{"redis.socketio", "new"}}}).problems,
              ElementsAre(HasSubstr("none of off, streams, classic")));
}

TEST(load, keeps_rows_for_nine_days_at_least_and_drops_them_in_postgresql) {
  auto with = [](const char* store, const char* days) {
    return load_with(
      {"", {}, {{"store.url", store}, {"retention.trades", days}}});
  };
  constexpr auto server = "postgresql://a@b/c";

  EXPECT_EQ(load_with({}).options.retention.trade_days, 0U);
  EXPECT_EQ(with(server, "9d").options.retention.trade_days, 9U);
  EXPECT_THAT(with(server, "9d").problems, IsEmpty());
  EXPECT_THAT(with("sqlite:a.db", "never").problems, IsEmpty());
  for (auto* bad : {"8d", "9", "216h", "d", "-9d", "36501d", ""})
    EXPECT_THAT(with(server, bad).problems,
                ElementsAre(HasSubstr("days from 9d")))
      << bad;
  EXPECT_THAT(with("sqlite:a.db", "9d").problems,
              ElementsAre(AllOf(StartsWith("retention.trades"),
                                HasSubstr("PostgreSQL"))));
}

TEST(load, takes_several_endpoints_and_a_token_for_each) {
  auto result
    = load_with({"",
                 {},
                 {{"source.endpoint", "https://a,https://b, https://c"},
                  {"source.x-token-file", "t,none,u"}}},
                {{"t", "token-1\n"}, {"u", "token-2\n"}});

  EXPECT_THAT(result.problems, IsEmpty());
  auto& source = result.options.source;
  ASSERT_EQ(source.endpoints.size(), 3U);
  EXPECT_EQ(token_of(source, 0), "token-1");
  EXPECT_EQ(token_of(source, 1), "");
  EXPECT_EQ(token_of(source, 2), "token-2");
}

TEST(load, gives_one_token_to_all_endpoints) {
  auto result = load_with({"",
                           {},
                           {{"source.endpoint", "https://a,https://b"},
                            {"source.x-token-file", "t"}}},
                          {{"t", "token-1\n"}});

  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(token_of(result.options.source, 0), "token-1");
  EXPECT_EQ(token_of(result.options.source, 1), "token-1");
}

TEST(load, refuses_tokens_that_do_not_fit_the_endpoints) {
  auto count = load_with({"",
                          {},
                          {{"source.endpoint", "https://a,https://b,https://c"},
                           {"source.x-token-file", "t,u"}}},
                         {{"t", "a\n"}, {"u", "b\n"}});
  auto clear = load_with({"",
                          {},
                          {{"source.endpoint", "https://a,http://b.example"},
                           {"source.x-token-file", "none,u"}}},
                         {{"u", "b\n"}});

  EXPECT_THAT(count.problems,
              ElementsAre(HasSubstr("2 files for 3 endpoints")));
  EXPECT_THAT(clear.problems, ElementsAre(HasSubstr("b.example")));
}

TEST(load, refuses_more_endpoints_than_can_be_compared) {
  auto urls = std::string{"http://a"};
  for (size_t i = 1; i < endpoints_max; ++i)
    urls += ",http://a";

  EXPECT_THAT(load_with({"", {}, {{"source.endpoint", urls}}}).problems,
              IsEmpty());
  EXPECT_THAT(
    load_with({"", {}, {{"source.endpoint", urls + ",http://a"}}}).problems,
    ElementsAre("--endpoint: more than 8 endpoints"));
}

TEST(config_file, refuses_bad_lines_with_their_number) {
  auto content
    = parse_file("a = 1\n[s]\n# note\nb\n[t\nc = 1\nc = 2\n\n d =  x y \n");

  EXPECT_THAT(content.problems,
              ElementsAre(StartsWith("1: a key stands in a [section]"),
                          StartsWith("4: expected"), StartsWith("5: a section"),
                          "7: s.c was set in line 6 already"));
  ASSERT_EQ(content.entries.size(), 2U);
  EXPECT_EQ(content.entries[1].key, "s.d");
  EXPECT_EQ(content.entries[1].value, "x y");
}

TEST(option_table, shows_values_that_it_reads_back) {
  for (const auto& x : option_table()) {
    if (x.secret)
      continue;
    auto sut = options{};
    EXPECT_EQ(x.assign(sut, x.show(options{})), "") << x.key;
    EXPECT_EQ(x.show(sut), x.show(options{})) << x.key;
  }
}

TEST(load, reads_a_key_from_each_line_of_the_file_of_api_keys) {
  auto read = [](const std::string& text) {
    return load({"", {}, {{"http.api-keys-file", "keys"}}},
                [&](const std::string&) { return parsed<std::string>{text}; });
  };
  auto two = read("one\n\n two \r\n");
  EXPECT_THAT(two.problems, IsEmpty());
  EXPECT_THAT(two.options.http.api_keys, ElementsAre("one", "two"));
  EXPECT_THAT(read(" \n").problems, ElementsAre(HasSubstr("no key")));
}

TEST(load, knows_whether_the_address_of_http_was_chosen) {
  EXPECT_FALSE(load_with({"", {}, {}}).options.http.listen_is_chosen);
  auto off = load_with({"", {}, {{"http.listen", "off"}}}).options.http;
  EXPECT_TRUE(off.listen_is_chosen);
  EXPECT_FALSE(off.listen);
  auto there = load_with({"", {}, {{"http.listen", "[::1]:0"}}}).options.http;
  EXPECT_TRUE(there.listen_is_chosen);
  EXPECT_EQ(there.listen->port, 0);
}

TEST(option_table, names_every_option_once) {
  auto keys = std::set<std::string_view>{};
  auto flags = std::set<std::string_view>{};
  for (const auto& x : option_table()) {
    EXPECT_TRUE(keys.insert(x.key).second) << x.key;
    EXPECT_TRUE(x.secret || flags.insert(x.flag).second) << x.flag;
    EXPECT_EQ(x.secret, x.flag.empty()) << x.key;
  }
}

TEST(pumpscope_conf, lists_every_option_with_its_default) {
  auto text
    = read_file(test::source_folder().string() + "/config/pumpscope.conf");
  ASSERT_TRUE(text) << text.error();
  auto content = parse_file(*text);
  EXPECT_THAT(content.problems, IsEmpty());
  auto listed = std::map<std::string_view, std::string_view>{};
  for (const auto& x : content.entries)
    listed.emplace(x.key, x.value);

  for (const auto& x : option_table()) {
    if (x.secret)
      continue;
    ASSERT_TRUE(listed.contains(x.key)) << x.key;
    EXPECT_EQ(listed[x.key], x.show(options{})) << x.key;
    listed.erase(x.key);
  }
  EXPECT_THAT(listed, IsEmpty());
}

TEST(config_reference, lists_every_option_with_flag_and_default) {
  auto text
    = read_file(test::source_folder().string() + "/docs/reference/config.md");
  ASSERT_TRUE(text) << text.error();

  for (const auto& x : option_table()) {
    auto shown = x.show(options{});
    auto row = "| `" + std::string{x.key} + "` | `" + std::string{x.flag}
               + "` | " + (shown.empty() ? "none" : "`" + shown + "`") + " |";
    if (x.secret)
      row = "| `" + std::string{x.key}
            + "` (secret) | only the environment | "
              "none |";
    EXPECT_THAT(*text, HasSubstr(row + "\n"));
  }
}

TEST(faults, reads_every_kind) {
  auto sut = parse_faults("duplicate=0.1,reorder=0.05,fork=0.01,cut=30s,"
                          "omit=0.001,late=1,out_of_range");

  ASSERT_TRUE(sut) << sut.error();
  EXPECT_EQ(sut->duplicate, 0.1);
  EXPECT_EQ(sut->reorder, 0.05);
  EXPECT_EQ(sut->fork, 0.01);
  EXPECT_EQ(sut->omit, 0.001);
  EXPECT_EQ(sut->late, 1);
  EXPECT_EQ(sut->cut, 30s);
  EXPECT_TRUE(sut->out_of_range);
  EXPECT_EQ(parse_faults(to_text(*sut)), sut);
}

TEST(faults, refuses_unknown_names_and_impossible_values) {
  for (const auto* text : {"dup=0.1", "duplicate", "duplicate=1.5", "cut=1",
                           "cut=0s", "out_of_range=1", "late=0.1,", ","})
    EXPECT_FALSE(parse_faults(text)) << text;
  EXPECT_EQ(parse_faults("none"), fault_options{});
}

} // namespace

} // namespace pumpscope::config
