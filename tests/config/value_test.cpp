#include "config/value.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace pumpscope::config {

namespace {

using namespace std::chrono_literals;

TEST(value, reads_integers_up_to_both_ends_of_the_range) {
  EXPECT_EQ(parse_integer("1", 1, 64), 1U);
  EXPECT_EQ(parse_integer("64", 1, 64), 64U);
  EXPECT_FALSE(parse_integer("0", 1, 64));
  EXPECT_FALSE(parse_integer("65", 1, 64));
}

TEST(value, refuses_what_is_not_wholly_an_integer) {
  for (const auto* text : {"", " 1", "1 ", "+1", "-1", "0x10", "1.0", "1k",
                           "18446744073709551616"})
    EXPECT_FALSE(parse_integer(text, 0, std::numeric_limits<uint64_t>::max()))
      << text;
}

TEST(value, names_the_input_and_the_range_of_a_refused_integer) {
  EXPECT_EQ(parse_integer("65", 1, 64).error(),
            "\"65\" is not an integer from 1 to 64");
}

TEST(value, reads_sizes_with_and_without_a_unit) {
  EXPECT_EQ(parse_size("512", 0, 1024), 512U);
  EXPECT_EQ(parse_size("1KiB", 0, 1024), 1024U);
  EXPECT_EQ(parse_size("2 MiB", 0, 1U << 30), 2U << 20);
  EXPECT_FALSE(parse_size("2KiB", 0, 1024));
  EXPECT_FALSE(parse_size("1KB", 0, 1U << 20));
  // 2^34 GiB does not fit in 64 bits.
  EXPECT_FALSE(
    parse_size("17179869184GiB", 0, std::numeric_limits<uint64_t>::max()));
}

TEST(value, reads_durations_with_a_unit) {
  EXPECT_EQ(parse_duration("250ms", 0ms, 1h), 250ms);
  EXPECT_EQ(parse_duration("2s", 0ms, 1h), 2s);
  EXPECT_EQ(parse_duration("3m", 0ms, 1h), 3min);
  EXPECT_EQ(parse_duration("1h", 0ms, 1h), 1h);
  EXPECT_EQ(parse_duration("0", 0ms, 1h), 0ms);
  EXPECT_FALSE(parse_duration("61m", 0ms, 1h));
  EXPECT_FALSE(parse_duration("5", 0ms, 1h));
  EXPECT_FALSE(parse_duration("5 minutes", 0ms, 1h));
}

TEST(value, reads_back_the_text_it_makes) {
  for (auto x : {0ms, 1ms, 999ms, 1000ms, 1500ms, 60'000ms, 3'600'000ms})
    EXPECT_EQ(parse_duration(to_text(x), 0ms, 24h), x) << to_text(x);
  for (auto x : {0UL, 1UL, 1023UL, 1024UL, 1UL << 20, 3UL << 30})
    EXPECT_EQ(parse_size(size_text(x), 0, 1UL << 40), x) << size_text(x);
}

TEST(value, refuses_numbers_that_are_not_finite_or_out_of_range) {
  EXPECT_EQ(parse_number("0.25", 0, 1), 0.25);
  EXPECT_EQ(parse_number("1", 0, 1), 1.0);
  for (const auto* text : {"nan", "inf", "-0.1", "1.01", "", "0.5x"})
    EXPECT_FALSE(parse_number(text, 0, 1)) << text;
}

TEST(value, reads_flags_and_refuses_other_words) {
  for (const auto* text : {"yes", "true", "on", "1"})
    EXPECT_EQ(parse_flag(text), true) << text;
  for (const auto* text : {"no", "false", "off", "0"})
    EXPECT_EQ(parse_flag(text), false) << text;
  EXPECT_FALSE(parse_flag("maybe"));
}

} // namespace

} // namespace pumpscope::config
