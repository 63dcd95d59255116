#include "actors/recent_channels.hpp"

#include "tests/support/sample_rows.hpp"

#include <gtest/gtest.h>

namespace pumpscope::actors {

using test::sample_key;

TEST(recent_channels, names_the_message_before) {
  auto sut = recent_channels<1>{8, 0};
  EXPECT_EQ(sut.next(sample_key(1), 0, 5, 0), 0U);
  EXPECT_EQ(sut.next(sample_key(2), 0, 6, 0), 0U);
  EXPECT_EQ(sut.next(sample_key(1), 0, 9, 0), 5U);
}

TEST(recent_channels, tells_indices_of_a_key_apart) {
  auto sut = recent_channels<2>{8, 0};
  EXPECT_EQ(sut.next(sample_key(1), 0, 5, 0), 0U);
  EXPECT_EQ(sut.next(sample_key(1), 1, 6, 0), 0U);
  EXPECT_EQ(sut.next(sample_key(1), 0, 7, 0), 5U);
}

TEST(recent_channels, shows_a_hole_where_a_message_was_left_out) {
  auto sut = recent_channels<1>{8, 0};
  sut.next(sample_key(1), 0, 5, 0);
  sut.skip(sample_key(1), 0, 7);
  EXPECT_EQ(sut.next(sample_key(1), 0, 9, 0), 7U);
  // And where the sender says so.
  EXPECT_EQ(sut.next(sample_key(1), 0, 20, 15), 15U);
}

TEST(recent_channels, never_names_a_position_above_the_message) {
  auto sut = recent_channels<1>{8, 100};
  EXPECT_EQ(sut.next(sample_key(1), 0, 50, 0), 50U);
  // A message of an older state leaves the newest position alone.
  EXPECT_EQ(sut.next(sample_key(1), 0, 120, 0), 100U);
}

TEST(recent_channels, never_hides_a_message_of_a_key_that_it_forgot) {
  auto sut = recent_channels<1>{4, 0};
  auto seq = uint64_t{0};
  sut.next(sample_key(0), 0, ++seq, 0);
  for (uint64_t i = 1; i <= 20; ++i)
    sut.next(sample_key(i), 0, ++seq, 0);
  EXPECT_LE(sut.size(), 8U);
  // The real message before was 1.
  EXPECT_GE(sut.next(sample_key(0), 0, 100, 0), 1U);
  // Keys that are in use are not forgotten.
  for (uint64_t i = 0; i < 20; ++i) {
    auto at = 200 + i * 2;
    auto prev = sut.next(sample_key(500), 0, at, 0);
    if (i > 0) {
      EXPECT_EQ(prev, at - 2);
    }
    sut.next(sample_key(1'000 + i), 0, at + 1, 0);
  }
}

} // namespace pumpscope::actors
