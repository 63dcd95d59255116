#include "adapters/price/price_poller.hpp"

#include "adapters/price/price_answer.hpp"
#include "tests/adapters/rpc/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

using namespace pumpscope;
using namespace pumpscope::test;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

constexpr auto patience = 20s;

/// A rate of 151.25 USD as Jupiter tells it.
std::string answer_v3() {
  return R"({"So11111111111111111111111111111111111111112":)"
         R"({"usdPrice":151.25,"blockId":1,"decimals":9}})";
}

/// Counts requests, and wakes who waits for one.
class counter {
public:
  uint64_t add() {
    auto lock = std::lock_guard{mutex_};
    changed_.notify_all();
    return ++count_;
  }

  bool wait_for(uint64_t count) {
    auto lock = std::unique_lock{mutex_};
    return changed_.wait_for(lock, patience, [&] { return count_ >= count; });
  }

  uint64_t value() {
    auto lock = std::lock_guard{mutex_};
    return count_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t count_ = 0;
};

std::unique_ptr<adapters::price_source>
source_of(const scripted_server& server) {
  auto settings = rpc::client_settings{};
  settings.host = "127.0.0.1";
  settings.port = server.port();
  settings.tls = false;
  settings.target = "/price/v3?ids=SOL&key=verysecretkey";
  settings.request_timeout = 200ms;
  return adapters::http_price(std::move(settings));
}

adapters::price_poller_settings quick_settings() {
  auto result = adapters::price_poller_settings{};
  result.period = 1ms;
  result.rate = {1'000, 1};
  result.backoff_min = 1ms;
  result.backoff_max = 4ms;
  result.now = [] { return int64_t{1'000}; };
  return result;
}

TEST(price_poller, adds_what_the_endpoint_tells) {
  auto requests = counter{};
  auto head = std::string{};
  auto server = scripted_server{[&](const std::string& x, const std::string&) {
    if (requests.add() == 1)
      head = x;
    return http_reply(answer_v3());
  }};
  auto price = std::make_shared<messages::sol_price>(60);
  {
    auto sut = adapters::price_poller{quick_settings(), source_of(server),
                                      price};
    ASSERT_TRUE(requests.wait_for(3));
    EXPECT_EQ(sut.status().usd_micros, 151'250'000U);
    EXPECT_EQ(sut.status().last_error, "");
  }
  EXPECT_THAT(head, HasSubstr("GET /price/v3?ids=SOL"));
  EXPECT_EQ(price->known_at(1'000), 151'250'000U);
  EXPECT_EQ(price->known_at(1'060), 151'250'000U);
  EXPECT_EQ(price->known_at(1'061), 0U);
  EXPECT_EQ(server.connections(), 1U);
}

TEST(price_poller, survives_whatever_the_endpoint_says_and_keeps_the_rate) {
  auto deep = std::string(100'000, '[');
  auto replies = std::vector<scripted_reply>{
    http_reply(answer_v3()),
    http_reply("", 500),
    http_reply("no", 404),
    http_reply("{}"),
    http_reply("[1,2"),
    http_reply(deep.substr(0, 60'000)),
    http_reply("{\"data\":\"" + deep + "\"}"),
    http_reply(R"({"So11111111111111111111111111111111111111112":null})"),
    http_reply(R"({"So11111111111111111111111111111111111111112":)"
               R"({"usdPrice":-5}})"),
    http_reply(R"({"So11111111111111111111111111111111111111112":)"
               R"({"usdPrice":1e300}})"),
    {std::string{"\0\xFF garbage\r\n\r\n", 14}, true, false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", true, false},
    {"", true, false},
    {"", false, true},
  };
  auto requests = counter{};
  auto server = scripted_server{[&](const std::string&, const std::string&) {
    auto number = requests.add() - 1;
    return number < replies.size() ? replies[number] : replies.back();
  }};
  auto price = std::make_shared<messages::sol_price>(60);
  auto sut = adapters::price_poller{quick_settings(), source_of(server), price};
  ASSERT_TRUE(requests.wait_for(replies.size() + 1));
  auto status = sut.status();
  // A connection that is closed without a word is tried again, once.
  EXPECT_GE(status.failures_total, replies.size() - 3);
  EXPECT_EQ(status.usd_micros, 151'250'000U);
  EXPECT_NE(status.last_error, "");
  EXPECT_THAT(status.last_error, Not(HasSubstr("verysecretkey")));
  EXPECT_EQ(price->known_at(1'000), 151'250'000U);
}

TEST(price_poller, reads_texts_and_the_older_form) {
  auto requests = counter{};
  auto server = scripted_server{[&](const std::string&, const std::string&) {
    requests.add();
    return http_reply(
      R"({"data":{"So11111111111111111111111111111111111111112":)"
      R"({"id":"So1","type":"derivedPrice","price":"133.890945"}}})");
  }};
  auto price = std::make_shared<messages::sol_price>(60);
  auto sut = adapters::price_poller{quick_settings(), source_of(server), price};
  ASSERT_TRUE(requests.wait_for(2));
  EXPECT_EQ(price->known_at(1'000), 133'890'945U);
}

TEST(price_poller, asks_one_question_at_a_time_and_keeps_to_its_rate) {
  auto requests = counter{};
  auto busy = std::atomic<int>{0};
  auto most = std::atomic<int>{0};
  auto server = scripted_server{[&](const std::string&, const std::string&) {
    most = std::max(most.load(), ++busy);
    requests.add();
    --busy;
    return http_reply("", 500);
  }};
  auto settings = quick_settings();
  settings.rate = {20, 1};
  settings.backoff_max = 1ms;
  auto price = std::make_shared<messages::sol_price>(60);
  auto begin = std::chrono::steady_clock::now();
  auto sut = adapters::price_poller{settings, source_of(server), price};
  ASSERT_TRUE(requests.wait_for(11));
  // Ten of them had to wait for a twentieth of a second each.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 500ms);
  EXPECT_EQ(most, 1);
}

TEST(price_poller, waits_as_long_as_the_endpoint_asks_for) {
  auto requests = counter{};
  auto server = scripted_server{[&](const std::string&, const std::string&) {
    requests.add();
    return http_reply("", 429, "Retry-After: 3600\r\n");
  }};
  auto price = std::make_shared<messages::sol_price>(60);
  {
    auto sut = adapters::price_poller{quick_settings(), source_of(server),
                                      price};
    ASSERT_TRUE(requests.wait_for(1));
    // The end of the object does not wait for the hour.
  }
  EXPECT_EQ(requests.value(), 1U);
}

TEST(price_value, is_a_number_or_json_with_a_price) {
  for (auto text : {"151.25", " 151.25\r\n", "1.5125e2", "\"151.25\"",
                    R"({"usdPrice":151.25})", R"({"price":"151.25","at":1})",
                    R"({"So11111111111111111111111111111111111111112":)"
                    R"({"usdPrice":151.25}})",
                    R"({"data":{"So11111111111111111111111111111111111111112":)"
                    R"({"price":"151.25"}}})"})
    EXPECT_EQ(adapters::read_price_value(text), 151'250'000U) << text;
}

TEST(price_value, is_nothing_when_it_makes_no_sense) {
  auto deep = std::string(50'000, '[');
  auto padded = std::string(adapters::price_value_bytes_max, ' ') + "151.25";
  for (auto text : std::vector<std::string>{"",
                                            " ",
                                            "-1",
                                            "0",
                                            "nan",
                                            "inf",
                                            "-inf",
                                            "1e300",
                                            "1000001",
                                            "1,5",
                                            "0x10",
                                            "151.25 USD",
                                            "\xFF\xFE",
                                            "\"\xFF\"",
                                            "{}",
                                            "[151.25]",
                                            "null",
                                            R"({"price":-1})",
                                            R"({"price":null})",
                                            R"({"price":{"price":1}})",
                                            R"({"price":"nan"})",
                                            std::string{"151.25\0", 7},
                                            deep,
                                            padded})
    EXPECT_EQ(adapters::read_price_value(text), std::nullopt)
      << text.substr(0, 40);
}

} // namespace
