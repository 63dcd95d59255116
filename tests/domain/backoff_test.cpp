#include "domain/backoff.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace pumpscope::domain {

using namespace std::chrono_literals;

namespace {

constexpr auto all_ones = std::numeric_limits<uint64_t>::max();

} // namespace

TEST(backoff, waits_up_to_a_bound_that_doubles) {
  auto settings = backoff_settings{250ms, 30s, 30s};
  EXPECT_EQ(backoff_wait(settings, 0, all_ones), 250ms);
  EXPECT_EQ(backoff_wait(settings, 1, all_ones), 500ms);
  EXPECT_EQ(backoff_wait(settings, 6, all_ones), 16s);
}

TEST(backoff, never_waits_longer_than_the_cap) {
  auto settings = backoff_settings{250ms, 30s, 30s};
  EXPECT_EQ(backoff_wait(settings, 7, all_ones), 30s);
  EXPECT_EQ(backoff_wait(settings, 1'000'000, all_ones), 30s);
  EXPECT_EQ(
    backoff_wait(settings, std::numeric_limits<uint32_t>::max(), all_ones),
    30s);
  EXPECT_EQ(backoff_wait({10s, 1s, 30s}, 0, all_ones), 1s);
}

TEST(backoff, jitters_over_the_whole_range) {
  auto settings = backoff_settings{1000ms, 30s, 30s};
  EXPECT_EQ(backoff_wait(settings, 0, 0), 0ms);
  EXPECT_EQ(backoff_wait(settings, 0, all_ones / 2), 500ms);
  EXPECT_EQ(backoff_wait(settings, 3, all_ones / 4), 2000ms);
}

TEST(backoff, starts_anew_after_a_healthy_stream) {
  auto settings = backoff_settings{250ms, 30s, 30s};
  EXPECT_EQ(next_attempt(settings, 5, 30s), 0U);
  EXPECT_EQ(next_attempt(settings, 5, 29'999ms), 6U);
  EXPECT_EQ(next_attempt(settings, std::numeric_limits<uint32_t>::max(), 0ms),
            std::numeric_limits<uint32_t>::max());
}

} // namespace pumpscope::domain
