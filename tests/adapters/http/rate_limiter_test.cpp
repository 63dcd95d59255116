#include "adapters/http/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace pumpscope::http {

namespace {

using namespace std::chrono_literals;

rate_limit_settings settings() {
  auto result = rate_limit_settings{};
  result.per_second = 100;
  result.clients_max = 3;
  return result;
}

constexpr auto one = client_key{false, 1};
constexpr auto other = client_key{false, 2};

/// How many of a hundred requests more than allowed pass at once.
int passed(rate_limiter& x, client_key client, std::chrono::nanoseconds now) {
  auto result = 0;
  for (auto i = 0; i < 200; ++i)
    result += x.refuse(client, now) ? 0 : 1;
  return result;
}

TEST(rate_limiter, refuses_who_is_too_fast_for_the_penalty) {
  auto sut = rate_limiter{settings()};
  EXPECT_EQ(passed(sut, one, 1s), 100);
  EXPECT_EQ(sut.refuse(one, 1s), 60s);
  // Asking on does not make it longer.
  EXPECT_EQ(sut.refuse(one, 31s), 30s);
  EXPECT_EQ(sut.refuse(one, 61s - 1ns), 1ns);
  EXPECT_EQ(sut.refuse(one, 61s), std::nullopt);
}

TEST(rate_limiter, lets_the_rate_pass_for_ever) {
  auto sut = rate_limiter{settings()};
  for (auto now = 0ms; now < 100s; now += 10ms)
    ASSERT_EQ(sut.refuse(one, now), std::nullopt) << now.count();
}

TEST(rate_limiter, counts_clients_apart) {
  auto sut = rate_limiter{settings()};
  passed(sut, one, 1s);
  EXPECT_TRUE(sut.refuse(one, 1s));
  EXPECT_EQ(passed(sut, other, 1s), 100);
}

TEST(rate_limiter, forgets_the_client_that_was_silent_for_longest) {
  auto sut = rate_limiter{settings()};
  passed(sut, one, 1s);
  passed(sut, other, 1s);
  sut.refuse({false, 3}, 1s);
  sut.refuse(one, 1s);
  sut.refuse({false, 4}, 1s);
  EXPECT_EQ(sut.clients(), 3U);
  EXPECT_TRUE(sut.refuse(one, 1s));
  EXPECT_FALSE(sut.refuse(other, 1s));
}

TEST(rate_limiter, may_be_off) {
  auto sut = rate_limiter{{}};
  EXPECT_EQ(passed(sut, one, 1s), 200);
  EXPECT_EQ(sut.clients(), 0U);
}

} // namespace

} // namespace pumpscope::http
