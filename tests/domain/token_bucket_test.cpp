#include "domain/token_bucket.hpp"

#include <gtest/gtest.h>

#include <random>

namespace pumpscope::domain {

namespace {

using namespace std::chrono_literals;
using duration = token_bucket::duration;

TEST(token_bucket, gives_a_burst_and_then_the_rate) {
  auto sut = token_bucket{{2, 3}};

  for (auto i = 0; i < 3; ++i)
    EXPECT_TRUE(sut.take(10s));
  EXPECT_FALSE(sut.take(10s));
  EXPECT_FALSE(sut.take(10s + 499ms));
  EXPECT_TRUE(sut.take(10s + 501ms));
  EXPECT_FALSE(sut.take(10s + 501ms));
}

TEST(token_bucket, tells_a_wait_that_is_long_enough_and_not_longer) {
  auto sut = token_bucket{{4, 1}};
  EXPECT_EQ(sut.wait(1s), 0s);
  ASSERT_TRUE(sut.take(1s));

  auto wait = sut.wait(1s);

  EXPECT_LE(wait, 250ms + 1us);
  EXPECT_FALSE(sut.take(1s + wait - 1us));
  EXPECT_TRUE(sut.take(1s + wait));
}

TEST(token_bucket, keeps_no_more_than_its_burst) {
  auto sut = token_bucket{{100, 5}};
  ASSERT_TRUE(sut.take(0s));

  auto given = 0;
  while (sut.take(1h))
    ++given;

  EXPECT_EQ(given, 5);
}

TEST(token_bucket, time_that_runs_backwards_brings_nothing) {
  auto sut = token_bucket{{1'000, 1}};
  ASSERT_TRUE(sut.take(5s));

  for (auto i = 0; i < 100; ++i)
    EXPECT_FALSE(sut.take(4s - std::chrono::milliseconds{i}));
}

TEST(token_bucket, a_pause_holds_back_what_is_there) {
  auto sut = token_bucket{{10, 10}};
  sut.pause(7s);

  EXPECT_FALSE(sut.take(7s - 1ns));
  EXPECT_EQ(sut.wait(5s), 2s);
  EXPECT_TRUE(sut.take(7s));
  // A shorter pause does not end a longer one.
  sut.pause(9s);
  sut.pause(8s);
  EXPECT_FALSE(sut.take(8s));
}

TEST(token_bucket, never_gives_more_than_burst_and_rate_allow) {
  auto random = std::mt19937_64{7};
  for (auto round = 0; round < 100; ++round) {
    auto config = token_bucket_config{1 + static_cast<double>(random() % 50),
                                      1 + static_cast<double>(random() % 9)};
    auto sut = token_bucket{config};
    auto start = duration{static_cast<int64_t>(random() % 1'000'000'000)};
    auto now = start;
    auto given = 0.0;
    for (auto i = 0; i < 1'000; ++i) {
      now += duration{static_cast<int64_t>(random() % 40'000'000)};
      given += sut.take(now) ? 1 : 0;
      auto seconds = std::chrono::duration<double>(now - start).count();
      ASSERT_LE(given, config.burst + config.per_second * seconds + 1e-6);
    }
  }
}

} // namespace

} // namespace pumpscope::domain
