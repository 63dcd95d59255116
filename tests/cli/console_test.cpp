// The console of a real node: its page, its text and its actions.

#include "tests/cli/cli_fixture.hpp"
#include "tests/support/raw_client.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <thread>

namespace pumpscope::test {

namespace {

namespace json = boost::json;

using ::testing::AllOf;
using ::testing::HasSubstr;

class console : public cli {
protected:
  /// A node over the built-in simulator.
  void start_node(const std::vector<std::string>& environment = {}) {
    node_.emplace(std::vector<std::string>{"run", "--store", "sqlite:n.db",
                                           "--http", "127.0.0.1:0", "--rate",
                                           "200", "--seed", "3"},
                  folder_.path(), environment);
    auto line = node_->wait_for_line("run: store");
    auto at = line.rfind("http://");
    ASSERT_NE(at, std::string::npos) << line;
    address_ = line.substr(at + 7);
    address_ = address_.substr(0, address_.find_first_of(" ,\n"));
  }

  json::object get(const std::string& question) {
    auto told = raw_client{address_}.ask("GET /console/api/" + question
                                         + " HTTP/1.1\r\nHost: a\r\n"
                                           "Connection: close\r\n\r\n");
    auto error = boost::system::error_code{};
    auto result = json::parse(told.body, error);
    return told.status == 200 && !error ? result.as_object() : json::object{};
  }

  raw_answer post(const std::string& action,
                  const std::string& token = "open-sesame") {
    return raw_client{address_}.ask(
      "POST /console/api/actions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
      "Authorization: Bearer "
      + token + "\r\nContent-Length: " + std::to_string(action.size())
      + "\r\n\r\n" + action);
  }

  /// Asks until an answer satisfies `f`.
  template <class F>
  json::object wait_for(const std::string& question, F f) {
    for (auto i = 0; i < 200; ++i) {
      auto x = get(question);
      if (!x.empty() && f(x))
        return x;
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
    ADD_FAILURE() << question << " never came";
    return {};
  }

  program_result once(const std::string& view, const std::string& key = {}) {
    auto arguments = std::vector<std::string>{
      "console", "--once", "--url", "http://" + address_, "--view", view};
    if (!key.empty())
      arguments.insert(arguments.end(), {"--key", key});
    return run(arguments);
  }

  std::optional<program> node_;
  std::string address_;
};

TEST_F(console, shows_a_running_node_and_follows_a_trade_through_it) {
  start_node();
  wait_for("latency", [](json::object& x) {
    for (auto& stage : x["stages"].as_array())
      if (stage.as_object()["stage"] == "total_fold")
        return stage.as_object()["count"].to_number<uint64_t>() > 0;
    return false;
  });
  auto overview = once("overview");
  EXPECT_EQ(overview.code, 0) << overview.err;
  EXPECT_THAT(overview.out,
              AllOf(HasSubstr("sealed slot"), HasSubstr("store ready yes"),
                    HasSubstr("total_fold")));
  auto actors = once("actors");
  EXPECT_THAT(actors.out, AllOf(HasSubstr("pipeline"), HasSubstr("sequencer"),
                                HasSubstr("wallet-ledger")));
  // Some wallet that lives.
  auto wallet = std::string{};
  for (auto i = 0; i < 64 && wallet.empty(); ++i) {
    auto sample = get("actors?kind=wallet&partition=" + std::to_string(i));
    for (auto& x : sample["actors"].as_array())
      wallet = std::string{x.as_object()["name"].as_string()};
  }
  ASSERT_FALSE(wallet.empty());
  auto found = wait_for("find?key=" + wallet, [](json::object& x) {
    return !x["wallet"].as_object()["rows"].as_array().empty();
  });
  auto& rows = found["wallet"].as_object()["rows"].as_array();
  auto signature = std::string{rows[0].as_object()["signature"].as_string()};
  EXPECT_THAT(once("find", wallet).out, HasSubstr("as a wallet"));
  auto trace = wait_for("trace?signature=" + signature, [](json::object& x) {
    return x["state"] == "published";
  });
  auto before = int64_t{0};
  auto& stages = trace["stages"].as_array();
  for (size_t i = 2; i < 5; ++i) {
    auto at = stages[i].as_object()["at_unix_ms"].to_number<int64_t>();
    EXPECT_GE(at, before);
    before = at;
  }
  EXPECT_THAT(once("trace", signature).out, HasSubstr("published"));
}

TEST_F(console, retries_letters_beside_the_stream_and_shows_more_of_the_log) {
  start_node({"PUMPSCOPE_CONSOLE_TOKEN=open-sesame"});
  auto pipeline_of = [](json::object& x) {
    return x["generation"].to_number<uint64_t>();
  };
  wait_for("overview", [&](json::object& x) { return pipeline_of(x) == 1; });
  EXPECT_EQ(post(R"({"action":"log_level","level":"debug"})").status, 202U);
  EXPECT_EQ(post(R"({"action":"retry_dead_letters"})").status, 202U);
  wait_for("overview", [&](json::object& x) { return pipeline_of(x) > 1; });
  EXPECT_EQ(post(R"({"action":"drain"})").status, 202U);
  auto ended = node_->wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("run: dead letters were decoded again: "
                              "{\"letters\":0,"),
                    HasSubstr("debug: http: GET /console/api/overview 200"),
                    HasSubstr("everything is stored")));
}

TEST_F(console, ends_a_node_for_whoever_has_the_token) {
  start_node({"PUMPSCOPE_CONSOLE_TOKEN=open-sesame"});
  wait_for("overview", [](json::object&) { return true; });
  auto drain = std::string{R"({"action":"drain"})"};
  EXPECT_EQ(post(drain, "sesame").status, 401U);
  EXPECT_EQ(post(drain).status, 202U);
  auto ended = node_->wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("console: drain"),
                               HasSubstr("asked for by 127.0.0.1"),
                               HasSubstr("everything is stored")));
  EXPECT_EQ(ended.err.find("sesame"), std::string::npos);
}

TEST_F(console, names_what_is_wrong_with_its_arguments) {
  EXPECT_EQ(run({"console", "--once", "--url", "ftp://a"}).code, 2);
  EXPECT_EQ(run({"console", "--once", "--view", "find"}).code, 2);
  EXPECT_EQ(run({"console", "--once", "--key", "a"}).code, 2);
  EXPECT_EQ(run({"console", "--view", "nothing"}).code, 2);
  // Not a terminal.
  EXPECT_EQ(run({"console"}).code, 2);
  auto nobody = run({"console", "--once", "--url", "http://127.0.0.1:1"});
  EXPECT_EQ(nobody.code, 1);
  EXPECT_THAT(nobody.err, HasSubstr("127.0.0.1:1"));
}

} // namespace

} // namespace pumpscope::test
