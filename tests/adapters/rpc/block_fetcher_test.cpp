#include "adapters/rpc/block_fetcher.hpp"

#include "tests/adapters/rpc/scripted_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>

namespace pumpscope::rpc {

namespace {

using namespace std::chrono_literals;
using messages::fetch_state;
using messages::fetched_block;
using messages::fetched_list;
using test::http_reply;
using test::scripted_reply;
using test::scripted_server;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

namespace json = boost::json;

struct asked {
  int64_t id = 0;
  std::string method = {};
  uint64_t slot = 0;
};

asked read(const std::string& body) {
  auto x = json::parse(body).as_object();
  return {x["id"].as_int64(), std::string{x["method"].as_string()},
          x["params"].as_array()[0].to_number<uint64_t>()};
}

std::string answer(const asked& x, const std::string& body) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(x.id) + "," + body + "}";
}

scripted_reply block(const asked& x) {
  return http_reply(answer(x, R"("result":{"parentSlot":)"
                                + std::to_string(x.slot - 1)
                                + R"(,"transactions":[]})"));
}

scripted_reply error(const asked& x, int code) {
  return http_reply(answer(x, R"("error":{"code":)" + std::to_string(code)
                                + R"(,"message":"key 0123456789"})"));
}

class block_fetcher : public ::testing::Test {
protected:
  using reply = std::function<scripted_reply(const asked&)>;

  messages::block_fetcher& start(reply f) {
    server_ = std::make_unique<scripted_server>(
      [f = std::move(f)](auto&, auto& body) { return f(read(body)); });
    settings_.client.host = "127.0.0.1";
    settings_.client.port = server_->port();
    settings_.client.tls = false;
    settings_.client.target = "/?api-key=0123456789";
    settings_.client.request_timeout = 5s;
    sut_ = make_block_fetcher(settings_);
    return *sut_;
  }

  fetched_block next_block() {
    auto result = sut_->next(30s);
    EXPECT_TRUE(result.has_value());
    return result ? std::get<fetched_block>(*result) : fetched_block{};
  }

  std::unique_ptr<scripted_server> server_;
  fetcher_settings settings_ = {.client = {},
                                .rate = {10'000, 1'000},
                                .parallel = 3,
                                .attempts = 4,
                                .backoff_min = 1ms,
                                .backoff_max = 5ms};
  std::unique_ptr<messages::block_fetcher> sut_;
};

TEST_F(block_fetcher, answers_each_question_once) {
  auto& sut = start([](const asked& x) {
    return x.slot % 10 == 7 ? error(x, -32007) : block(x);
  });
  for (uint64_t slot = 1; slot <= 100; ++slot)
    sut.ask_block(slot);

  auto states = std::map<uint64_t, fetch_state>{};
  for (auto i = 0; i < 100; ++i) {
    auto x = next_block();
    EXPECT_TRUE(states.emplace(x.slot, x.state).second) << x.slot;
    EXPECT_EQ(x.state,
              x.slot % 10 == 7 ? fetch_state::skipped : fetch_state::found);
    if (x.state == fetch_state::found) {
      EXPECT_EQ(x.parent, x.slot - 1);
      EXPECT_EQ(x.ends.size(), 3U);
    }
  }
  EXPECT_EQ(states.size(), 100U);
  EXPECT_EQ(sut.next(0ms), std::nullopt);
  EXPECT_EQ(sut.counters().requests, 100U);
  EXPECT_EQ(sut.counters().blocks, 90U);
  EXPECT_EQ(sut.counters().retries, 0U);
}

TEST_F(block_fetcher, tries_again_what_may_get_better) {
  auto tries = std::atomic<int>{0};
  auto& sut = start([&](const asked& x) -> scripted_reply {
    switch (tries++) {
      case 0:
        return http_reply("", 503);
      case 1:
        return error(x, -32004);
      case 2:
        return {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", true, false};
      default:
        return block(x);
    }
  });
  sut.ask_block(9);

  EXPECT_EQ(next_block().state, fetch_state::found);
  EXPECT_EQ(sut.counters().requests, 4U);
  EXPECT_EQ(sut.counters().retries, 3U);
  EXPECT_EQ(sut.last_error(), "");
}

TEST_F(block_fetcher, gives_up_in_the_end_and_tells_why) {
  auto& sut = start([](const asked& x) {
    return x.slot == 1   ? http_reply("", 500)
           : x.slot == 2 ? error(x, -32004)
                         : error(x, -32001);
  });
  sut.ask_block(1);
  EXPECT_EQ(next_block().state, fetch_state::failed);
  EXPECT_THAT(sut.last_error(), HasSubstr("500"));
  EXPECT_EQ(sut.counters().requests, 4U);

  sut.ask_block(2);
  EXPECT_EQ(next_block().state, fetch_state::missing);
  EXPECT_EQ(sut.counters().requests, 8U);

  // What is gone does not come back.
  sut.ask_block(3);
  EXPECT_EQ(next_block().state, fetch_state::missing);
  EXPECT_EQ(sut.counters().requests, 9U);
  EXPECT_THAT(sut.last_error(),
              AllOf(HasSubstr("***"), Not(HasSubstr("0123456789"))));
}

TEST_F(block_fetcher, does_not_repeat_a_question_that_is_refused) {
  auto& sut = start([](const asked& x) {
    return x.slot == 1 ? http_reply("", 401) : error(x, -32602);
  });
  sut.ask_block(1);
  sut.ask_block(2);

  EXPECT_EQ(next_block().state, fetch_state::failed);
  EXPECT_EQ(next_block().state, fetch_state::failed);
  EXPECT_EQ(sut.counters().requests, 2U);
}

TEST_F(block_fetcher, slows_down_when_it_is_told_to) {
  auto tries = std::atomic<int>{0};
  auto& sut = start([&](const asked& x) {
    return tries++ == 0 ? http_reply("", 429, "Retry-After: 1\r\n") : block(x);
  });
  auto start = std::chrono::steady_clock::now();
  sut.ask_block(5);

  EXPECT_EQ(next_block().state, fetch_state::found);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 1s);
  EXPECT_EQ(sut.counters().rate_limited, 1U);
}

TEST_F(block_fetcher, keeps_to_its_rate) {
  settings_.rate = {50, 1};
  auto& sut = start(block);
  auto start = std::chrono::steady_clock::now();
  for (uint64_t slot = 1; slot <= 11; ++slot)
    sut.ask_block(slot);
  for (auto i = 0; i < 11; ++i)
    next_block();

  // The first is free, ten more take 20 ms each.
  EXPECT_GE(std::chrono::steady_clock::now() - start, 200ms);
}

TEST_F(block_fetcher, reads_lists_and_tells_when_there_is_none) {
  auto& sut = start([](const asked& x) {
    if (x.slot == 7)
      return error(x, -32601);
    return http_reply(answer(x, R"("result":[5,6,9])"));
  });
  sut.ask_list(5, 9);
  auto list = std::get<fetched_list>(*sut.next(30s));
  EXPECT_TRUE(list.known);
  EXPECT_THAT(list.slots, ElementsAre(5, 6, 9));

  sut.ask_list(7, 8);
  list = std::get<fetched_list>(*sut.next(30s));
  EXPECT_FALSE(list.known);
  EXPECT_EQ(list.from, 7U);
}

TEST_F(block_fetcher, ends_soon_whatever_it_is_doing) {
  settings_.client.request_timeout = 1h;
  settings_.rate = {0.001, 1};
  auto& sut = start([](const asked&) {
    return scripted_reply{"", false, true};
  });
  for (uint64_t slot = 1; slot <= 10; ++slot)
    sut.ask_block(slot);

  sut.cancel();

  EXPECT_EQ(sut.next(1h), std::nullopt);
  sut_.reset();
}

} // namespace

} // namespace pumpscope::rpc
