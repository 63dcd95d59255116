#include "domain/slot_ranges.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace pumpscope::domain {

namespace {

using ranges = std::vector<slot_gap>;

TEST(slot_ranges, puts_together_what_touches) {
  auto sut = slot_ranges{};
  sut.add({10, 12});
  sut.add({20, 22});
  EXPECT_EQ(sut.size(), 2U);
  sut.add({13, 19});
  EXPECT_EQ(sut.size(), 1U);
  EXPECT_TRUE(sut.covers({10, 22}));
  EXPECT_FALSE(sut.covers({9, 10}));
  EXPECT_FALSE(sut.covers({22, 23}));
}

TEST(slot_ranges, tells_what_is_missing) {
  auto sut = slot_ranges{};
  EXPECT_EQ(sut.missing({5, 7}), (ranges{{5, 7}}));
  sut.add({10, 12});
  sut.add({20, 22});
  EXPECT_EQ(sut.missing({5, 30}), (ranges{{5, 9}, {13, 19}, {23, 30}}));
  EXPECT_EQ(sut.missing({11, 21}), (ranges{{13, 19}}));
  EXPECT_EQ(sut.missing({10, 12}), ranges{});
  EXPECT_EQ(sut.missing({12, 13}), (ranges{{13, 13}}));
}

TEST(slot_ranges, equals_a_plain_set) {
  auto random = std::minstd_rand{7};
  for (auto round = 0; round < 200; ++round) {
    auto sut = slot_ranges{};
    auto plain = std::set<uint64_t>{};
    for (auto i = 0; i < 12; ++i) {
      auto from = 1 + random() % 60;
      auto to = from + random() % 8;
      sut.add({from, to});
      for (auto slot = from; slot <= to; ++slot)
        plain.insert(slot);
      auto first = 1 + random() % 60;
      auto last = first + random() % 20;
      auto missing = std::set<uint64_t>{};
      for (auto& x : sut.missing({first, last}))
        for (auto slot = x.from; slot <= x.to; ++slot)
          missing.insert(slot);
      auto expected = std::set<uint64_t>{};
      for (auto slot = first; slot <= last; ++slot)
        if (!plain.contains(slot))
          expected.insert(slot);
      ASSERT_EQ(missing, expected);
      ASSERT_EQ(sut.covers({first, last}), expected.empty());
    }
  }
}

TEST(merged_ranges, are_ascending_and_bounded) {
  EXPECT_EQ(merge_ranges({{30, 35}, {10, 12}, {12, 20}, {21, 22}}, 100),
            (ranges{{10, 22}, {30, 35}}));
  // What is in another one is not told.
  EXPECT_EQ(merge_ranges({{10, 20}, {12, 15}, {20, 20}}, 100),
            (ranges{{10, 20}}));
  // 13 slots would be too many; what both have is told once.
  EXPECT_EQ(merge_ranges({{10, 15}, {14, 22}}, 12),
            (ranges{{10, 15}, {16, 22}}));
  EXPECT_EQ(merge_ranges({{10, 15}, {14, 22}}, 13), (ranges{{10, 22}}));
}

} // namespace

} // namespace pumpscope::domain
