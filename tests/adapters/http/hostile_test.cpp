#include "adapters/http/files.hpp"
#include "adapters/http/server.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

namespace pumpscope::http {

namespace {

using namespace std::chrono_literals;
using test::get_request;
using test::post_request;
using test::raw_client;

/// A stream that says one thing and ends.
class short_stream : public body_source {
public:
  bool next(std::vector<std::shared_ptr<const std::string>>& out,
            size_t) override {
    out.push_back(std::make_shared<const std::string>("data: 1\n\n"));
    return false;
  }

  void on_wake(std::function<void()>) override {
    // nop
  }
};

/// Requests that are whole, broken and mixed, from a seed.
class request_maker {
public:
  explicit request_maker(uint32_t seed) : random_{seed} {
  }

  std::string next() {
    auto result = make();
    switch (random_() % 6) {
      case 0:
        break;
      case 1:
        mutate(result);
        break;
      case 2:
        result.resize(random_() % (result.size() + 1));
        break;
      case 3:
        result += make();
        break;
      case 4:
        result.insert(random_() % result.size(), pick(fragments));
        break;
      default:
        for (auto i = random_() % 3; i > 0; --i)
          result.insert(result.find("\r\n\r\n") + 2, pick(header_lines));
    }
    return result;
  }

private:
  using texts = std::vector<std::string>;

  const std::string& pick(const texts& xs) {
    return xs[random_() % xs.size()];
  }

  std::string make() {
    auto target = pick(targets);
    if (random_() % 4 == 0)
      target.insert(random_() % (target.size() + 1), pick(fragments));
    auto method = pick(methods);
    if (random_() % 3 == 0)
      return post_request(target, std::string(random_() % 2'000, 'b'),
                          pick(header_lines));
    return method + " " + target + " HTTP/1." + (random_() % 5 ? "1" : "0")
           + "\r\nHost: x\r\n" + pick(header_lines) + "\r\n";
  }

  void mutate(std::string& x) {
    for (auto hits = 1 + random_() % 5; hits > 0; --hits)
      x[random_() % x.size()] = static_cast<char>(random_());
  }

  std::minstd_rand random_;

  const texts methods = {"GET",     "GET",     "HEAD",   "POST", "PUT",
                         "OPTIONS", "CONNECT", "DELETE", "get",  "M-SEARCH"};
  const texts targets = {"/tokens/abc",
                         "/tokens/%41?limit=1&q=%C3%A9",
                         "/tokens/a?limit=1&limit=2",
                         "/",
                         "/index.html",
                         "/assets/../../etc/passwd",
                         "/..%2f..%2fetc/passwd",
                         "/%2e%2e/secret",
                         "//x//y",
                         "/echo",
                         "/stream",
                         "*",
                         "http://x/tokens/abc",
                         "http://",
                         "https://x?y",
                         "x:443",
                         "/tokens/' OR 1=1 --",
                         "/tokens/<script>?q=\"><img>",
                         "/" + std::string(20'000, 'a')};
  const texts fragments = {"\r\n",     "\n",     "\r",   "%",           "%00",
                           "%ff",      "\xff",   "\xc3", "../",         "?",
                           "#",        "&&==&",  ";",    "\0x",         " ",
                           "\r\n\r\n", "{mint}", "%s%n", "\xe2\x80\xae"};
  const texts header_lines = {"",
                              "",
                              "Host: y\r\n",
                              "Content-Length: 5\r\n",
                              "Content-Length: -1\r\n",
                              "Content-Length: 99999999999999999999\r\n",
                              "Content-Length: 1000000\r\n",
                              "Transfer-Encoding: chunked\r\n",
                              "Transfer-Encoding: gzip\r\n",
                              "Expect: 100-continue\r\n",
                              "Connection: close\r\n",
                              "Connection: upgrade\r\nUpgrade: h2c\r\n",
                              "Accept-Encoding: gzip;q=0.1, *;q=x\r\n",
                              "If-None-Match: *\r\n",
                              "If-None-Match: W/\"\xff\", ,\"\r\n",
                              "Accept: text/html\r\n",
                              "X-Forwarded-For: 1.2.3.4, [::, ,\r\n",
                              "X-Forwarded-For: ::ffff:1.2.3.4:5\r\n",
                              "Authorization: Bearer \xff\r\n",
                              "Last-Event-ID: \x01\r\n",
                              "Origin: null\r\n",
                              "Range: bytes=0-0\r\n",
                              "A: " + std::string(20'000, 'a') + "\r\n",
                              " folded\r\n",
                              ": empty\r\n"};
};

/// The statuses of all answers to what was sent.
std::vector<unsigned> answers(raw_client& x) {
  auto all = x.receive_until("never sent");
  auto result = std::vector<unsigned>{};
  for (auto at = all.find("HTTP/1.1 "); at != std::string::npos;
       at = all.find("HTTP/1.1 ", at + 1))
    result.push_back(
      static_cast<unsigned>(std::strtoul(&all[at + 9], nullptr, 10)));
  return result;
}

size_t rounds() {
  // `PUMPSCOPE_HTTP_FUZZ=100000` for a long run.
  auto* text = std::getenv("PUMPSCOPE_HTTP_FUZZ");
  return text != nullptr ? std::strtoul(text, nullptr, 10) : 10'000;
}

class http_hostile : public ::testing::Test {
protected:
  http_hostile() {
    std::ofstream{folder_.file("index.html")} << "<html>";
    auto routes = std::vector<route>(4);
    routes[0].path = "/tokens/{mint}";
    routes[0].handle = [](const request& x, const reply& done) {
      auto text = *x.parameters.find("mint");
      for (auto& [name, value] : x.query)
        text += name + value;
      done({200, "text/plain", text, {{"X-Told", text}}, false});
    };
    routes[1].method = "POST";
    routes[1].path = "/echo";
    routes[1].body_bytes_max = 1'000;
    routes[1].keyed = true;
    routes[1].handle = [](const request& x, const reply& done) {
      done({200, "application/json", x.body, {}, false});
    };
    routes[2].path = "/stream";
    routes[2].handle = [](const request&, const reply& done) {
      auto result = response{};
      result.stream = std::make_shared<short_stream>();
      done(std::move(result));
    };
    routes[3] = files(folder_.file("")).value();
    auto settings = server_settings{};
    settings.api_keys = {"key"};
    settings.trusted_proxies = {"127.0.0.1"};
    settings.request_max = 5s;
    settings.presentation.allowed_origins = {"null"};
    // High enough for this test, so that its table is used all the same.
    settings.rate_limit.per_second = 1'000'000;
    settings.rate_limit.clients_max = 2;
    sut_ = std::move(
      server::start(std::move(settings), std::move(routes)).value());
  }

  test::temporary_folder folder_;
  std::unique_ptr<server> sut_;
};

TEST_F(http_hostile, requests_are_answered_with_the_right_status) {
  auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  auto maker = request_maker{seed};
  const auto expected = std::set<unsigned>{100, 200, 204, 304, 400, 401,
                                           404, 405, 408, 413, 431, 501};
  auto seen = std::map<unsigned, size_t>{};
  for (size_t i = 0; i < rounds(); ++i) {
    auto bytes = maker.next();
    auto client = raw_client{sut_->address()};
    client.send(bytes);
    // What was cut off is not waited for.
    client.finish_sending();
    for (auto status : answers(client)) {
      ASSERT_TRUE(expected.contains(status))
        << status << " to request " << i << ": " << bytes;
      ++seen[status];
    }
    if (i % 100 == 0) {
      ASSERT_EQ(raw_client{sut_->address()}.ask(get_request("/tokens/a")).body,
                "a");
    }
  }
  for (auto [status, count] : seen)
    std::printf("%u: %zu\n", status, count);
  std::printf("seed %u\n", seed);
  if (rounds() >= 10'000) {
    for (auto status :
         {200U, 204U, 304U, 400U, 401U, 404U, 405U, 413U, 431U, 501U})
      EXPECT_GT(seen[status], 0U) << status;
  }
  // All are gone, and what is asked rightly is answered rightly.
  auto x = raw_client{sut_->address()};
  EXPECT_EQ(x.ask(post_request("/echo", "{}", "X-API-Key: key\r\n")).body,
            "{}");
  EXPECT_EQ(x.ask(get_request("/")).body, "<html>");
  for (auto i = 0; i < 500 && sut_->counters().connections_open > 1; ++i)
    std::this_thread::sleep_for(10ms);
  EXPECT_EQ(sut_->counters().connections_open, 1U);
  EXPECT_EQ(sut_->counters().streams_open, 0U);
}

} // namespace

} // namespace pumpscope::http
