#include "domain/duration_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace pumpscope::domain;
using namespace std::chrono_literals;

namespace {

TEST(duration_histogram, tells_nothing_when_it_is_empty) {
  auto sut = duration_histogram{};

  EXPECT_EQ(sut.count(), 0U);
  EXPECT_FALSE(sut.quantile(0.5));
  EXPECT_EQ(sut.longest(), 0ns);
}

TEST(duration_histogram, is_at_most_a_quarter_too_high_and_never_too_low) {
  auto random = std::mt19937_64{20'261};
  // Evenly over the magnitudes from 1 ns to some minutes.
  auto magnitude = std::uniform_real_distribution<double>{0, 38};
  auto sut = duration_histogram{};
  auto all = std::vector<int64_t>{};
  for (auto i = 0; i < 10'000; ++i) {
    all.push_back(static_cast<int64_t>(std::exp2(magnitude(random))));
    sut.add(std::chrono::nanoseconds{all.back()});
  }
  std::sort(all.begin(), all.end());

  for (auto share : {0.01, 0.5, 0.9, 0.99, 1.0}) {
    auto rank = static_cast<size_t>(std::ceil(share * 10'000)) - 1;
    auto told = sut.quantile(share)->count();
    EXPECT_GE(told, all[rank]) << share;
    EXPECT_LE(told, all[rank] + all[rank] / 4) << share;
  }
  EXPECT_EQ(sut.quantile(1.0), sut.longest());
  EXPECT_EQ(sut.longest().count(), all.back());
}

TEST(duration_histogram, takes_the_shortest_and_the_longest) {
  auto sut = duration_histogram{};

  sut.add(-5ns);
  EXPECT_EQ(sut.quantile(1.0), 0ns);
  sut.add(std::chrono::nanoseconds::max());
  EXPECT_EQ(sut.quantile(1.0), std::chrono::nanoseconds::max());
  EXPECT_EQ(sut.quantile(0.5), 0ns);
}

TEST(duration_histogram, a_sum_counts_both) {
  auto a = duration_histogram{};
  auto b = duration_histogram{};
  a.add(10us, 99);
  b.add(20ms);

  a += b;

  EXPECT_EQ(a.count(), 100U);
  EXPECT_LT(*a.quantile(0.99), 13us);
  EXPECT_EQ(a.quantile(1.0), 20ms);
}

TEST(recent_durations, forgets_what_is_a_minute_old) {
  auto sut = recent_durations{};
  sut.add(7ms, 100s);

  EXPECT_EQ(sut.recent(129s).count(), 1U);
  EXPECT_EQ(sut.recent(161s).count(), 0U);
  EXPECT_EQ(sut.total(), 1U);
}

TEST(recent_durations, keeps_the_half_minute_before) {
  auto sut = recent_durations{};
  sut.add(7ms, 100s);
  sut.add(1ms, 131s);

  EXPECT_EQ(sut.recent(140s).count(), 2U);
  EXPECT_EQ(sut.recent(140s).longest(), 7ms);
  // Without anything new the second half is all that is left of it.
  EXPECT_EQ(sut.recent(165s).longest(), 1ms);
  sut.add(2ms, 170s);
  EXPECT_EQ(sut.recent(170s).count(), 2U);
  sut.add(2ms, 300s);
  EXPECT_EQ(sut.recent(300s).count(), 1U);
}

} // namespace
