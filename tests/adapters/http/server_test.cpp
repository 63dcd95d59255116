#include "adapters/http/server.hpp"

#include "tests/support/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace pumpscope::http {

namespace {

using namespace std::chrono_literals;
using test::post_request;
using test::raw_client;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// A server with a route that echoes, one that is guarded, and one that answers
/// when it is told to.
class http_server : public ::testing::Test {
protected:
  void start(server_settings settings = {}) {
    auto routes = std::vector<route>(4);
    routes[0].path = "/plain";
    routes[0].handle = [](const request& x, const reply& done) {
      auto text = x.method;
      for (auto& [name, value] : x.query)
        text += " " + name + "=" + value;
      done({200, "text/plain", text, {}, false});
    };
    routes[1].method = "POST";
    routes[1].path = "/echo";
    routes[1].body_bytes_max = 1'000;
    routes[1].handle = [](const request& x, const reply& done) {
      done({200, "text/plain", x.body, {}, false});
    };
    routes[2] = routes[1];
    routes[2].path = "/guarded";
    routes[2].admit = [](const request& x) -> std::optional<response> {
      if (x.authorization == "open")
        return std::nullopt;
      return problem(401, "unauthorized", "no");
    };
    routes[3].path = "/later";
    routes[3].handle = [this](const request&, reply done) {
      auto guard = std::lock_guard{mutex_};
      held_.push_back(std::move(done));
      came_.notify_all();
    };
    auto started = server::start(std::move(settings), std::move(routes));
    ASSERT_TRUE(started) << started.error();
    sut_ = std::move(*started);
  }

  raw_client client() {
    return raw_client{sut_->address()};
  }

  /// Waits for a request to `/later`.
  reply held() {
    auto lock = std::unique_lock{mutex_};
    came_.wait(lock, [this] { return !held_.empty(); });
    auto result = std::move(held_.back());
    held_.pop_back();
    return result;
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<reply> held_;
  std::unique_ptr<server> sut_;
};

constexpr auto get_plain = "GET /plain?a=b HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(http_server, tells_of_each_answer) {
  auto settings = server_settings{};
  auto told = std::vector<std::string>{};
  settings.on_answer = [&](const answer_note& x) {
    auto guard = std::lock_guard{mutex_};
    told.push_back(std::string{x.method} + " " + std::string{x.target} + " "
                   + std::to_string(x.status) + " " + std::string{x.client});
  };
  start(std::move(settings));
  raw_client{sut_->address()}.ask(
    "GET /plain?a=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  raw_client{sut_->address()}.ask(
    "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  raw_client{sut_->address()}.ask("no http\r\n\r\n");
  auto guard = std::lock_guard{mutex_};
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0], "GET /plain?a=1 200 127.0.0.1");
  EXPECT_EQ(told[1], "GET /nothing 404 127.0.0.1");
  EXPECT_THAT(told[2], HasSubstr(" 400 "));
}

TEST_F(http_server, answers_many_requests_on_one_connection) {
  start();
  auto x = client();
  for (auto i = 0; i < 3; ++i) {
    auto answer = x.ask(get_plain);
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, "GET a=b");
    EXPECT_EQ(x.ask(post_request("/echo", "hello")).body, "hello");
  }
  // Two at once are answered in their order.
  x.send(std::string{get_plain} + post_request("/echo", "second"));
  EXPECT_EQ(x.receive().body, "GET a=b");
  EXPECT_EQ(x.receive().body, "second");
}

TEST_F(http_server, tells_what_is_not_there_and_what_a_path_takes) {
  start();
  auto x = client();
  auto none = x.ask("GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(none.status, 404U);
  EXPECT_THAT(none.head, HasSubstr("application/problem+json"));
  EXPECT_THAT(none.body, HasSubstr("\"code\":\"not_found\""));
  auto wrong = x.ask("DELETE /plain HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(wrong.status, 405U);
  EXPECT_THAT(wrong.head, HasSubstr("Allow: GET, HEAD"));
  auto head = x.ask("HEAD /plain HTTP/1.0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(head.status, 200U);
  EXPECT_TRUE(head.body.empty());
}

TEST_F(http_server, refuses_long_bodies_before_they_come) {
  start();
  auto x = client();
  auto told
    = x.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(told.status, 413U);
  EXPECT_TRUE(x.closed());
  auto y = client();
  auto chunk = "3e8\r\n" + std::string(1'000, 'x') + "\r\n";
  EXPECT_EQ(
    y.ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
          + chunk + chunk + "0\r\n\r\n")
      .status,
    413U);
  auto z = client();
  EXPECT_EQ(
    z.ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
          + chunk + "0\r\n\r\n")
      .body.size(),
    1'000U);
}

TEST_F(http_server, refuses_long_headers_and_what_is_no_http) {
  start();
  auto x = client();
  EXPECT_EQ(x.ask("GET /plain HTTP/1.1\r\nHost: x\r\nA: "
                  + std::string(17'000, 'x') + "\r\n\r\n")
              .status,
            431U);
  EXPECT_TRUE(x.closed());
  for (auto bytes :
       {"nonsense\r\n\r\n", "GET /plain HTTP/9.9\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
        "Content-Length: 2\r\n\r\nab"}) {
    auto y = client();
    EXPECT_EQ(y.ask(bytes).status, 400U) << bytes;
    EXPECT_TRUE(y.closed());
  }
}

TEST_F(http_server, a_guard_refuses_before_the_body_is_read) {
  start();
  auto x = client();
  // The body never comes, and nobody waits for it.
  auto refused = x.ask(
    "POST /guarded HTTP/1.1\r\nHost: x\r\nAuthorization: shut\r\n"
    "Content-Length: 1000\r\n\r\n");
  EXPECT_EQ(refused.status, 401U);
  EXPECT_THAT(refused.head, HasSubstr("Connection: close"));
  EXPECT_TRUE(x.closed());
  auto y = client();
  EXPECT_EQ(
    y.ask(post_request("/guarded", "in", "Authorization: open\r\n")).body,
    "in");
}

TEST_F(http_server, lets_a_client_ask_before_it_sends_its_body) {
  start();
  auto x = client();
  EXPECT_EQ(x.ask("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                  "Content-Length: 2\r\n\r\n")
              .status,
            100U);
  EXPECT_EQ(x.ask("ok").body, "ok");
}

TEST_F(http_server, a_byte_now_and_then_does_not_hold_a_connection) {
  auto settings = server_settings{};
  settings.request_max = 300ms;
  start(settings);
  auto x = client();
  auto begin = std::chrono::steady_clock::now();
  x.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  auto dripping = std::jthread{[&x](const std::stop_token& stop) {
    while (!stop.stop_requested() && x.send("x"))
      std::this_thread::sleep_for(20ms);
  }};
  auto answer = x.receive();
  dripping.request_stop();
  EXPECT_EQ(answer.status, 408U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  // The same with headers that never end.
  auto y = client();
  y.send("GET /plain HTTP/1.1\r\nHost: x\r\nA: b");
  EXPECT_EQ(y.receive().status, 408U);
}

TEST_F(http_server, closes_connections_that_say_nothing) {
  auto settings = server_settings{};
  settings.idle_max = 100ms;
  start(settings);
  auto x = client();
  EXPECT_TRUE(x.closed());
  auto y = client();
  EXPECT_EQ(y.ask(get_plain).status, 200U);
  EXPECT_TRUE(y.closed());
}

TEST_F(http_server, takes_answers_from_other_threads) {
  start();
  auto x = client();
  x.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  auto done = held();
  std::jthread{[&done] { done({200, "text/plain", "at last", {}, false}); }};
  EXPECT_EQ(x.receive().body, "at last");
  // A second answer goes nowhere.
  done({200, "text/plain", "again", {}, false});
  EXPECT_EQ(x.ask(get_plain).body, "GET a=b");
}

TEST_F(http_server, answers_for_a_route_that_is_too_slow) {
  auto settings = server_settings{};
  settings.answer_max = 100ms;
  start(settings);
  auto x = client();
  EXPECT_EQ(x.ask("GET /later HTTP/1.1\r\nHost: x\r\n\r\n").status, 503U);
  held()({200, "text/plain", "too late", {}, false});
  EXPECT_TRUE(x.closed());
}

TEST_F(http_server, serves_no_more_connections_than_it_may) {
  auto settings = server_settings{};
  settings.connections_max = 2;
  start(settings);
  auto first = std::make_unique<raw_client>(sut_->address());
  auto second = client();
  EXPECT_EQ(first->ask(get_plain).status, 200U);
  EXPECT_EQ(second.ask(get_plain).status, 200U);
  auto third = client();
  third.send(get_plain);
  // It is served when another one goes.
  first.reset();
  EXPECT_EQ(third.receive().status, 200U);
  EXPECT_LE(sut_->counters().connections_open, 2U);
}

TEST_F(http_server, ends_behind_the_requests_that_it_has) {
  start();
  auto idle = client();
  EXPECT_EQ(idle.ask(get_plain).status, 200U);
  auto busy = client();
  busy.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  auto done = held();
  auto ending = std::jthread{[this] { sut_.reset(); }};
  EXPECT_TRUE(idle.closed());
  done({200, "text/plain", "the last", {}, false});
  EXPECT_EQ(busy.receive().body, "the last");
  ending.join();
  // Nobody is there to be answered.
  done({});
}

TEST_F(http_server, ends_although_an_answer_never_comes) {
  auto settings = server_settings{};
  settings.stop_max = 100ms;
  start(settings);
  auto x = client();
  x.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  auto done = held();
  sut_.reset();
  EXPECT_TRUE(x.closed());
  done({});
}

TEST_F(http_server, says_where_it_cannot_listen) {
  start();
  auto settings = server_settings{};
  auto address = sut_->address();
  settings.port
    = static_cast<uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
  auto second = server::start(settings, {});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr(address));
}

} // namespace

} // namespace pumpscope::http
