#include "domain/int128.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace pumpscope::domain;

namespace {

constexpr auto u64_max = ~uint64_t{0};

TEST(int128, prints_and_reads_the_limits) {
  EXPECT_EQ(to_string(i128_min), "-170141183460469231731687303715884105728");
  EXPECT_EQ(to_string(i128_max), "170141183460469231731687303715884105727");
  EXPECT_EQ(parse_i128(to_string(i128_min)), i128_min);
  EXPECT_EQ(parse_i128(to_string(i128_max)), i128_max);
  EXPECT_EQ(to_string(i128{0}), "0");
}

TEST(int128, refuses_what_does_not_fit_or_is_no_number) {
  for (auto text : {"", "-", "1.0", "+1", " 1", "0x1",
                    "170141183460469231731687303715884105728",
                    "-170141183460469231731687303715884105729",
                    "999999999999999999999999999999999999999"})
    EXPECT_FALSE(parse_i128(text)) << text;
}

TEST(int128, checked_add_leaves_the_sum_alone_on_overflow) {
  auto x = i128_max;
  EXPECT_FALSE(checked_add(x, 1));
  EXPECT_EQ(x, i128_max);
  EXPECT_TRUE(checked_add(x, -1));
  EXPECT_EQ(x, i128_max - 1);
}

TEST(int128, mul_div_floors_towards_minus_infinity) {
  EXPECT_EQ(mul_div_floor(7, 1, 2), 3);
  EXPECT_EQ(mul_div_floor(-7, 1, 2), -4);
  EXPECT_EQ(mul_div_floor(-8, 1, 2), -4);
  EXPECT_EQ(mul_div_floor(0, 5, 3), 0);
}

TEST(int128, mul_div_is_exact_where_the_product_needs_256_bits) {
  EXPECT_EQ(mul_div_floor(i128_max, i128_max, i128_max), i128_max);
  EXPECT_EQ(mul_div_floor(i128_max, i128_max - 1, i128_max), i128_max - 1);
  EXPECT_EQ(mul_div_floor(-i128_max, i128_max - 1, i128_max), -i128_max + 1);
  // floor(-(2^127-1) * (2^127-2) / (2^127-1) - something): one unit below.
  EXPECT_EQ(mul_div_floor(-(i128_max - 1), i128_max - 1, i128_max),
            -(i128_max - 2) - 1);
}

TEST(int128, compares_fractions_beyond_64_bits) {
  auto big = static_cast<u128>(i128_max);
  EXPECT_EQ(compare_fractions(big, big - 1, big - 1, big - 2), -1);
  EXPECT_EQ(compare_fractions(big, big, 1, 1), 0);
  EXPECT_EQ(compare_fractions(u64_max, 1, u64_max - 1, 1), 1);
}

TEST(int128, fraction_to_double_rounds_correctly) {
  EXPECT_EQ(fraction_to_double(1, 3), 1.0 / 3.0);
  EXPECT_EQ(fraction_to_double(0, 3), 0.0);
  EXPECT_EQ(fraction_to_double(u64_max, 1), 18446744073709551616.0);
  // 2^53 + 1 is a tie and goes to even; one more in the remainder breaks it.
  auto tie = (uint64_t{1} << 53) + 1;
  EXPECT_EQ(fraction_to_double(tie, 1), 9007199254740992.0);
  EXPECT_EQ(fraction_to_double(static_cast<u128>(tie) * 1000 + 1, 1000),
            9007199254740994.0);
}

TEST(int128, fraction_to_double_rounds_alike_on_all_its_ways) {
  auto random = std::mt19937_64{7};
  for (auto i = 0; i < 100'000; ++i) {
    auto n = random() >> random() % 64;
    auto d = (random() >> random() % 64) | 1;
    // Every third one is a tie or next to one: an odd number of 54 bits.
    if (i % 3 == 0) {
      d = 1 + random() % 1'000;
      n = ((random() >> 10) | (uint64_t{1} << 53) | 1) * d + i % 4 - 1;
    }
    // Beyond 64 bits there is only the long way.
    EXPECT_EQ(fraction_to_double(n, d),
              fraction_to_double(u128{n} << 64, u128{d} << 64))
      << n << "/" << d;
  }
}

} // namespace
