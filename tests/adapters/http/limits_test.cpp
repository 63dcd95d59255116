#include "adapters/http/server.hpp"
#include "tests/support/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <thread>

namespace pumpscope::http {

namespace {

using test::get_request;
using test::post_request;
using test::raw_answer;
using test::raw_client;
using ::testing::HasSubstr;
using ::testing::Not;

/// A server with a route for each kind, which tells what it was asked.
class http_limits : public ::testing::Test {
protected:
  void start(server_settings settings = {}) {
    auto routes = std::vector<route>(5);
    routes[0].path = "/tokens/{mint}";
    routes[0].handle = [](const request& x, const reply& done) {
      auto text = x.client + " " + *x.parameters.find("mint");
      for (auto& [name, value] : x.query)
        text += " " + name + "=" + value;
      done({200, "text/plain", text, {}, false});
    };
    routes[1].path = "/keyed";
    routes[1].keyed = true;
    routes[1].handle = [](const request&, const reply& done) {
      done({200, "text/plain", "open", {}, false});
    };
    routes[2].path = "/healthz";
    routes[2].rate_limited = false;
    routes[2].handle = routes[1].handle;
    routes[3].method = "POST";
    routes[3].path = "/echo";
    routes[3].body_bytes_max = 100;
    routes[3].handle = [](const request& x, const reply& done) {
      done({200, "text/plain", x.body, {}, false});
    };
    routes[4].path = "/page";
    routes[4].handle = [](const request&, const reply& done) {
      done({200, "text/html", std::string(2'000, 'p'), {}, false});
    };
    auto started = server::start(std::move(settings), std::move(routes));
    ASSERT_TRUE(started) << started.error();
    sut_ = std::move(*started);
  }

  raw_answer ask(const std::string& bytes) {
    return raw_client{sut_->address()}.ask(bytes);
  }

  std::unique_ptr<server> sut_;
};

TEST_F(http_limits, a_route_gets_decoded_parameters) {
  start();
  EXPECT_EQ(ask(get_request("/tokens/a%20b?q=caf%C3%A9+au")).body,
            "127.0.0.1 a b q=caf\u00e9 au");
  // Clients of proxies send whole URLs.
  EXPECT_EQ(ask(get_request("http://x:80/tokens/a?b=c")).body,
            "127.0.0.1 a b=c");
}

TEST_F(http_limits, text_that_is_none_is_an_invalid_parameter) {
  start();
  for (auto target :
       {"/tokens/%ff", "/tokens/%", "/tokens/\xff", "/tokens/a?q=%zz",
        "/tokens/a?q=\xc3", "/tokens/%00", "/tokens/a?limit=1&limit=2"}) {
    auto x = ask(get_request(target));
    EXPECT_EQ(x.status, 400U) << target;
    EXPECT_THAT(x.body, HasSubstr("\"code\":\"invalid_parameter\"")) << target;
  }
}

TEST_F(http_limits, targets_and_methods_that_nobody_needs) {
  start();
  auto status = [this](std::string_view line, std::string_view headers = "") {
    return ask(std::string{line} + " HTTP/1.1\r\nHost: x\r\n"
               + std::string{headers} + "\r\n")
      .status;
  };
  EXPECT_EQ(status("CONNECT x:443"), 501U);
  EXPECT_EQ(status("BREW /page"), 501U);
  EXPECT_EQ(status("TRACE /page"), 501U);
  EXPECT_EQ(status("DELETE /page"), 405U);
  EXPECT_EQ(status("GET page"), 400U);
  EXPECT_EQ(status("GET *"), 400U);
  EXPECT_EQ(status("GET http://x"), 404U);
  EXPECT_EQ(status("GET /../page"), 404U);
  EXPECT_EQ(status("GET //page"), 404U);
  EXPECT_EQ(status("GET /page/"), 404U);
  EXPECT_EQ(status("OPTIONS *"), 204U);
  EXPECT_EQ(status("GET /page", "Transfer-Encoding: gzip\r\n"), 501U);
  EXPECT_EQ(status("POST /echo", "Transfer-Encoding: gzip, chunked\r\n"), 501U);
  EXPECT_EQ(status("GET /page", "Host: y\r\n"), 400U);
  EXPECT_EQ(ask("GET /page HTTP/1.1\r\n\r\n").status, 400U);
  EXPECT_EQ(ask("GET /page HTTP/1.0\r\n\r\n").status, 200U);
}

TEST_F(http_limits, a_length_that_two_servers_read_differently_is_refused) {
  start();
  auto x = ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
               "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(x.status, 400U);
  EXPECT_THAT(x.head, HasSubstr("Connection: close"));
}

TEST_F(http_limits, a_body_that_nobody_read_is_no_request) {
  start();
  for (auto path : {"/none", "/page", "/echo"}) {
    auto x = raw_client{sut_->address()};
    auto body = get_request("/tokens/smuggled") + std::string(200, ' ');
    auto answer = x.ask(post_request(path, body));
    EXPECT_GE(answer.status, 404U) << path;
    EXPECT_TRUE(x.closed()) << path;
  }
}

TEST_F(http_limits, chunks_may_have_extensions_within_reason) {
  start();
  auto head = std::string{"POST /echo HTTP/1.1\r\nHost: x\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n"};
  EXPECT_EQ(ask(head + "2;a=b;c=\"d\"\r\nhi\r\n0;e\r\nTrailer: x\r\n\r\n").body,
            "hi");
  EXPECT_EQ(ask(head + "2;" + std::string(100'000, 'a')).status, 400U);
  EXPECT_EQ(ask(head + "zz\r\n").status, 400U);
  EXPECT_EQ(ask(head + "ffffffffffffffffff\r\n").status, 400U);
  EXPECT_EQ(
    ask(head + "65\r\n" + std::string(101, 'x') + "\r\n0\r\n\r\n").status,
    413U);
}

TEST_F(http_limits, many_requests_at_once_are_answered_one_by_one) {
  start();
  auto x = raw_client{sut_->address()};
  auto sending = std::jthread{[&x] {
    for (auto i = 0; i < 2'000; ++i)
      x.send(get_request("/tokens/" + std::to_string(i)));
  }};
  for (auto i = 0; i < 2'000; ++i)
    ASSERT_EQ(x.receive().body, "127.0.0.1 " + std::to_string(i));
}

TEST_F(http_limits, who_asks_too_often_has_to_wait) {
  auto settings = server_settings{};
  settings.rate_limit.per_second = 1;
  start(settings);
  EXPECT_EQ(ask(get_request("/page")).status, 200U);
  auto x = raw_client{sut_->address()};
  for (auto i = 0; i < 3; ++i) {
    auto refused = x.ask(get_request("/page"));
    EXPECT_EQ(refused.status, 429U);
    EXPECT_THAT(refused.head, HasSubstr("Retry-After: 60\r\n"));
    EXPECT_THAT(refused.body, HasSubstr("\"code\":\"too_many_requests\""));
  }
  // Paths that do not exist cost the same; what watches the process is free.
  EXPECT_EQ(ask(get_request("/none")).status, 429U);
  EXPECT_EQ(ask(get_request("/healthz")).status, 200U);
  EXPECT_EQ(sut_->counters().rate_limited, 4U);
}

TEST_F(http_limits, bytes_that_are_no_request_cost_as_much_as_one) {
  auto settings = server_settings{};
  settings.rate_limit.per_second = 1;
  start(settings);
  EXPECT_EQ(ask("nonsense\r\n\r\n").status, 400U);
  EXPECT_EQ(ask(get_request("/page")).status, 429U);
}

TEST_F(http_limits, clients_behind_a_trusted_proxy_are_told_apart) {
  auto settings = server_settings{};
  settings.rate_limit.per_second = 1;
  settings.trusted_proxies = {"127.0.0.0/8"};
  start(settings);
  auto from = [this](const std::string& client) {
    return ask(get_request("/tokens/a", "X-Forwarded-For: " + client + "\r\n"));
  };
  EXPECT_EQ(from("1.2.3.4").body, "1.2.3.4 a");
  EXPECT_EQ(from("1.2.3.4").status, 429U);
  EXPECT_EQ(from("1.2.3.5").status, 200U);
  settings.trusted_proxies = {"nonsense"};
  EXPECT_THAT(server::start(settings, {}).error(), HasSubstr("nonsense"));
}

TEST_F(http_limits, keyed_routes_need_a_key) {
  auto settings = server_settings{};
  settings.api_keys = {"sesame"};
  start(settings);
  auto refused = ask(get_request("/keyed"));
  EXPECT_EQ(refused.status, 401U);
  EXPECT_THAT(refused.head, HasSubstr("WWW-Authenticate: Bearer"));
  EXPECT_EQ(ask(get_request("/keyed", "X-API-Key: sesame\r\n")).body, "open");
  EXPECT_EQ(ask(get_request("/keyed", "Authorization: Bearer sesame\r\n")).body,
            "open");
  EXPECT_EQ(ask(get_request("/page")).status, 200U);
}

TEST_F(http_limits, answers_are_compressed_and_not_sent_twice) {
  start();
  auto x = ask(get_request("/page", "Accept-Encoding: gzip\r\n"));
  EXPECT_THAT(x.head, HasSubstr("Content-Encoding: gzip"));
  EXPECT_THAT(x.head, HasSubstr("Content-Security-Policy: "));
  EXPECT_LT(x.body.size(), 100U);
  auto begin = x.head.find("ETag: ") + 6;
  auto tag = x.head.substr(begin, x.head.find('\r', begin) - begin);
  auto same = ask(get_request("/page", "If-None-Match: " + tag + "\r\n"));
  EXPECT_EQ(same.status, 304U);
  EXPECT_TRUE(same.body.empty());
  auto head = raw_client{sut_->address()};
  head.send("HEAD /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(head.receive().head, HasSubstr("Content-Length: 2000"));
}

TEST_F(http_limits, preflights_are_answered_for_what_may_be_read) {
  auto settings = server_settings{};
  settings.presentation.allowed_origins = {"https://a.example"};
  start(settings);
  auto preflight = [this](std::string path, std::string origin) {
    return ask("OPTIONS " + path + " HTTP/1.1\r\nHost: x\r\nOrigin: " + origin
               + "\r\nAccess-Control-Request-Method: GET\r\n\r\n");
  };
  auto x = preflight("/keyed", "https://a.example");
  EXPECT_EQ(x.status, 204U);
  EXPECT_THAT(x.head, HasSubstr("Access-Control-Allow-Origin: "
                                "https://a.example\r\n"));
  EXPECT_THAT(x.head, HasSubstr("Access-Control-Allow-Methods: GET, HEAD\r\n"));
  EXPECT_THAT(x.head, HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"));
  EXPECT_THAT(preflight("/keyed", "https://b.example").head,
              Not(HasSubstr("Access-Control")));
  EXPECT_THAT(preflight("/echo", "https://a.example").head,
              Not(HasSubstr("Access-Control")));
  EXPECT_EQ(preflight("/none", "https://a.example").status, 404U);
}

TEST_F(http_limits, traffic_is_counted_by_pattern) {
  start();
  EXPECT_EQ(ask(get_request("/tokens/a")).status, 200U);
  EXPECT_EQ(ask(get_request("/tokens/b")).status, 200U);
  EXPECT_EQ(ask(get_request("/none")).status, 404U);
  EXPECT_EQ(ask("nonsense\r\n\r\n").status, 400U);
  auto found = 0;
  for (auto& x : sut_->routes()) {
    if (x.path == "/tokens/{mint}") {
      EXPECT_EQ(x.answers[1], 2U);
      EXPECT_EQ(
        std::accumulate(x.durations.begin(), x.durations.end(), uint64_t{0}),
        2U);
      ++found;
    }
    if (x.path == "other") {
      EXPECT_EQ(x.answers[3], 2U);
      ++found;
    }
  }
  EXPECT_EQ(found, 2);
  EXPECT_EQ(sut_->counters().requests, 3U);
  EXPECT_GT(sut_->counters().bytes_sent, 500U);
}

TEST_F(http_limits, says_which_routes_cannot_be) {
  auto routes = std::vector<route>(1);
  routes[0].path = "/{";
  EXPECT_THAT(server::start({}, routes).error(), HasSubstr("/{"));
}

} // namespace

} // namespace pumpscope::http
