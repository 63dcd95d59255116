#include "runtime/console_routes.hpp"

#include "domain/base58.hpp"
#include "runtime/log.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/sample_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <vector>

namespace pumpscope::test {

namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A node that knows one wallet and answers at once.
class fake_node : public runtime::console_node {
public:
  void look(reply<messages::console_look_ptr> done) override {
    if (broken)
      done(runtime::fail("no answer in time"));
    else
      done(std::make_shared<const messages::console_look>());
  }

  void sample(const messages::get_sample& x,
              reply<messages::entity_sample_ptr> done) override {
    auto result = std::make_shared<messages::entity_sample>();
    result->actors.resize(x.count);
    done(messages::entity_sample_ptr{std::move(result)});
  }

  void troubles(reply<messages::troubles_ptr> done) override {
    if (broken)
      done(runtime::fail("the store is away"));
    else
      done(std::make_shared<const messages::troubles>());
  }

  void find(const messages::find_key& x,
            reply<messages::found_key_ptr> done) override {
    auto result = std::make_shared<messages::found_key>();
    result->key = x.key;
    result->wallet.stored = x.key == sample_key(1);
    done(messages::found_key_ptr{std::move(result)});
  }

  void trace(const messages::find_trace& x,
             reply<messages::found_trace_ptr> done) override {
    auto result = std::make_shared<messages::found_trace>();
    result->slot = x.slot;
    result->found = true;
    done(messages::found_trace_ptr{std::move(result)});
  }

  void refold(messages::projection, const domain::pubkey& key) override {
    refolded.push_back(key);
  }

  void retry_letters() override {
    ++retried;
  }

  std::string move(uint32_t partition, const std::string& node) override {
    if (node != "b")
      return "no such node";
    moved.push_back(partition);
    return {};
  }

  void drain() override {
    ++drained;
  }

  bool broken = false;
  int drained = 0;
  int retried = 0;
  std::vector<domain::pubkey> refolded = {};
  std::vector<uint32_t> moved = {};
};

class routes_of_console : public ::testing::Test {
protected:
  void serve(const std::string& token) {
    auto settings = runtime::console_settings{};
    settings.token = token;
    settings.log = [this](const std::string& x) {
      auto guard = std::lock_guard{mutex_};
      log_.push_back(x);
    };
    auto routes = runtime::console_routes(link_, std::move(settings));
    auto page = runtime::console_page_routes();
    routes.insert(routes.end(), page.begin(), page.end());
    auto started = http::server::start({}, std::move(routes));
    ASSERT_TRUE(started) << started.error();
    server_ = std::move(*started);
    link_->set(&node_);
  }

  raw_answer get(const std::string& target) {
    return raw_client{server_->address()}.ask("GET " + target
                                              + " HTTP/1.1\r\nHost: a\r\n"
                                                "Connection: close\r\n\r\n");
  }

  raw_answer act(const std::string& body, const std::string& header) {
    return raw_client{server_->address()}.ask(
      "POST /console/api/actions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
      + header + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n"
      + body);
  }

  raw_answer act(const std::string& body) {
    return act(body, "Authorization: Bearer open sesame\r\n");
  }

  std::vector<std::string> log() {
    auto guard = std::lock_guard{mutex_};
    return log_;
  }

  fake_node node_;
  std::shared_ptr<runtime::console_link> link_
    = std::make_shared<runtime::console_link>();
  std::mutex mutex_;
  std::vector<std::string> log_;
  std::unique_ptr<http::server> server_;
};

TEST_F(routes_of_console, answer_all_views) {
  serve("");
  for (auto view : {"overview", "actors", "partitions", "streams", "latency",
                    "stores", "gaps", "dead-letters", "audits"}) {
    auto x = get(std::string{"/console/api/"} + view);
    EXPECT_EQ(x.status, 200U) << view;
    EXPECT_THAT(x.head, HasSubstr("Cache-Control: no-store"));
    EXPECT_THAT(x.body, HasSubstr("{\""));
  }
}

TEST_F(routes_of_console, say_503_without_a_node_and_when_it_does_not_answer) {
  serve("secret");
  node_.broken = true;
  auto busy = get("/console/api/overview");
  EXPECT_EQ(busy.status, 503U);
  EXPECT_THAT(busy.body,
              AllOf(HasSubstr("unavailable"), HasSubstr("no answer in time")));
  EXPECT_THAT(busy.head, HasSubstr("Retry-After"));
  link_->set(nullptr);
  EXPECT_EQ(get("/console/api/overview").status, 503U);
  EXPECT_EQ(get("/console/api/stores").status, 503U);
  EXPECT_EQ(get("/console/api/gaps").status, 503U);
  auto header = std::string{"Authorization: Bearer secret\r\n"};
  EXPECT_EQ(act(R"({"action":"drain"})", header).status, 503U);
  EXPECT_EQ(node_.drained, 0);
}

TEST_F(routes_of_console, refuse_parameters_that_make_no_sense) {
  serve("");
  auto key = domain::to_string(sample_key(1));
  EXPECT_EQ(get("/console/api/find?key=" + key).status, 200U);
  for (auto bad : {"find", "find?key=", "find?key=0OIl", "find?key=%00",
                   "trace?signature=abc", "actors?kind=wallet",
                   "actors?kind=dog&partition=1", "actors?partition=1",
                   "actors?kind=wallet&partition=-1",
                   "actors?kind=wallet&partition=99999999999999",
                   "actors?kind=wallet&partition=1&count=0",
                   "actors?kind=wallet&partition=1&count=101"}) {
    auto x = get(std::string{"/console/api/"} + bad);
    EXPECT_EQ(x.status, 400U) << bad;
    EXPECT_THAT(x.body, HasSubstr("invalid_parameter")) << bad;
  }
  EXPECT_EQ(get("/console/api/actors?kind=token&partition=1&count=3").status,
            200U);
  auto signature = domain::to_string(domain::signature{});
  EXPECT_THAT(get("/console/api/trace?slot=77&signature=" + signature).body,
              HasSubstr("\"slot\":77"));
  EXPECT_EQ(get("/console/api/trace?slot=x&signature=" + signature).status,
            400U);
}

TEST_F(routes_of_console, refuse_all_actions_without_a_configured_token) {
  serve("");
  for (auto header :
       {"", "Authorization: Bearer \r\n", "Authorization: x\r\n"}) {
    auto x = act(R"({"action":"drain"})", header);
    EXPECT_EQ(x.status, 403U);
    EXPECT_THAT(x.body, HasSubstr("PUMPSCOPE_CONSOLE_TOKEN"));
  }
  EXPECT_EQ(node_.drained, 0);
}

TEST_F(routes_of_console, refuse_a_wrong_token_and_write_it_down) {
  serve("open sesame");
  for (auto header :
       {"", "Authorization: open sesame\r\n", "Authorization: Bearer open\r\n",
        "Authorization: Bearer open sesame!\r\n",
        "Authorization: bearer open sesame\r\n"}) {
    auto x = act(R"({"action":"drain"})", header);
    EXPECT_EQ(x.status, 401U) << header;
  }
  EXPECT_EQ(node_.drained, 0);
  EXPECT_THAT(log(), Contains(AllOf(HasSubstr("wrong admin token"),
                                    HasSubstr("127.0.0.1"))));
}

TEST_F(routes_of_console, drain_and_write_down_who_asked) {
  serve("open sesame");
  auto x = act(R"({"action":"drain"})");
  EXPECT_EQ(x.status, 202U);
  EXPECT_EQ(node_.drained, 1);
  EXPECT_THAT(log(), ElementsAre(AllOf(HasSubstr("drain"),
                                       HasSubstr("asked for by 127.0.0.1"))));
}

TEST_F(routes_of_console, fold_a_key_again_that_is_known) {
  serve("open sesame");
  auto body = [](const char* kind, uint8_t key) {
    return std::string{R"({"action":"refold","kind":")"} + kind + R"(","key":")"
           + domain::to_string(sample_key(key)) + "\"}";
  };
  EXPECT_EQ(act(body("wallet", 1)).status, 202U);
  EXPECT_THAT(node_.refolded, ElementsAre(sample_key(1)));
  EXPECT_EQ(act(body("token", 1)).status, 404U);
  EXPECT_EQ(act(body("wallet", 2)).status, 404U);
  EXPECT_EQ(act(body("dog", 1)).status, 400U);
  EXPECT_EQ(act(R"({"action":"refold"})").status, 400U);
  EXPECT_EQ(node_.refolded.size(), 1U);
  EXPECT_EQ(log().size(), 5U);
}

TEST_F(routes_of_console, move_a_partition) {
  serve("open sesame");
  EXPECT_EQ(act(R"({"action":"move","partition":7,"node":"b"})").status, 202U);
  EXPECT_THAT(node_.moved, ElementsAre(7U));
  auto refused = act(R"({"action":"move","partition":7,"node":"c"})");
  EXPECT_EQ(refused.status, 409U);
  EXPECT_THAT(refused.body, HasSubstr("no such node"));
  EXPECT_EQ(act(R"({"action":"move","partition":-1,"node":"b"})").status, 400U);
  EXPECT_EQ(act(R"({"action":"move","partition":"7","node":"b"})").status,
            400U);
  EXPECT_EQ(act(R"({"action":"move","partition":7})").status, 400U);
  EXPECT_EQ(node_.moved.size(), 1U);
  link_->set(nullptr);
  EXPECT_EQ(act(R"({"action":"move","partition":7,"node":"b"})").status, 503U);
}

TEST_F(routes_of_console, retry_dead_letters) {
  serve("open sesame");
  EXPECT_EQ(act(R"({"action":"retry_dead_letters"})").status, 202U);
  EXPECT_EQ(node_.retried, 1);
  EXPECT_THAT(log(), ElementsAre(HasSubstr("retry_dead_letters")));
  link_->set(nullptr);
  EXPECT_EQ(act(R"({"action":"retry_dead_letters"})").status, 503U);
}

TEST_F(routes_of_console, change_the_log_level) {
  serve("open sesame");
  using config::log_level;
  EXPECT_EQ(act(R"({"action":"log_level","level":"debug"})").status, 202U);
  EXPECT_TRUE(runtime::is_logged(log_level::debug));
  EXPECT_EQ(act(R"({"action":"log_level","level":"loud"})").status, 400U);
  EXPECT_EQ(act(R"({"action":"log_level"})").status, 400U);
  EXPECT_TRUE(runtime::is_logged(log_level::debug));
  EXPECT_EQ(act(R"({"action":"log_level","level":"error"})").status, 202U);
  EXPECT_FALSE(runtime::is_logged(log_level::warning));
  EXPECT_TRUE(runtime::is_logged(log_level::error));
  runtime::set_log_level(log_level::info);
  EXPECT_THAT(log(), Contains(HasSubstr("log level error")));
}

TEST_F(routes_of_console, refuse_bodies_that_are_no_action) {
  serve("open sesame");
  for (auto body : {"", "7", "[]", "{", "{\"action\":7}", "{\"action\":\"\"}",
                    "{\"action\":\"rm\"}", "\xFF\xFE"})
    EXPECT_EQ(act(body).status, 400U) << body;
  EXPECT_EQ(act(std::string(5'000, '[')).status, 413U);
  EXPECT_EQ(act(std::string(4'000, '[')).status, 400U);
}

TEST_F(routes_of_console, serve_the_page_under_a_strict_policy) {
  serve("");
  auto page = get("/console");
  EXPECT_EQ(page.status, 200U);
  EXPECT_THAT(page.head,
              AllOf(HasSubstr("text/html"),
                    HasSubstr("Content-Security-Policy: default-src 'none'")));
  // The policy lets nothing inline run.
  EXPECT_EQ(page.body.find("<style"), std::string::npos);
  EXPECT_EQ(page.body.find(" style="), std::string::npos);
  EXPECT_EQ(page.body.find("onclick"), std::string::npos);
  auto script = get("/console/console.mjs");
  EXPECT_THAT(script.head, HasSubstr("text/javascript"));
  EXPECT_THAT(script.body, HasSubstr("/console/api/"));
  EXPECT_THAT(get("/console/console.css").head, HasSubstr("text/css"));
  EXPECT_THAT(get("/console/icon.svg").head, HasSubstr("image/svg+xml"));
}

} // namespace

} // namespace pumpscope::test
