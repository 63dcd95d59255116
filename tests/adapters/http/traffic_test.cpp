#include "adapters/http/traffic.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace pumpscope::http {

namespace {

using namespace std::chrono_literals;

TEST(traffic, counts_by_pattern_and_class) {
  auto sut = traffic{{"/a", "/b"}};
  sut.count_answer(0, 200, 1ms);
  sut.count_answer(1, 404, 2ms);
  sut.count_answer(1, 304, 11s);
  sut.count_answer(2, 431, 0ms);
  // Bytes that were no request have no pattern at all.
  sut.count_answer(std::string::npos, 599, 0ms);
  auto routes = sut.routes();
  ASSERT_EQ(routes.size(), 3U);
  EXPECT_EQ(routes[0].path, "/a");
  EXPECT_EQ(routes[0].answers[1], 1U);
  // A bound belongs to its class.
  EXPECT_EQ(routes[0].durations[0], 1U);
  EXPECT_EQ(routes[1].answers[2], 1U);
  EXPECT_EQ(routes[1].answers[3], 1U);
  EXPECT_EQ(routes[1].durations[1], 1U);
  EXPECT_EQ(routes[1].durations.back(), 1U);
  EXPECT_DOUBLE_EQ(routes[1].seconds_total, 11.002);
  EXPECT_EQ(routes[2].path, "other");
  EXPECT_EQ(routes[2].answers[3] + routes[2].answers[4], 2U);
  EXPECT_EQ(sut.totals().refused, 3U);
}

} // namespace

} // namespace pumpscope::http
