#include "actors/gap_times.hpp"

#include <gtest/gtest.h>

namespace pumpscope::actors {

namespace {

bool touches(const gap_times& x, int64_t time,
             domain::interval length = domain::interval::s1) {
  auto bar = domain::candle_change{};
  bar.interval = length;
  bar.candle.open_time = time;
  return x.touch(bar);
}

messages::slot_row slot_at(uint64_t slot, int64_t time) {
  auto x = messages::slot_row{};
  x.slot = slot;
  x.block_time = time;
  return x;
}

/// Slots 11 and 12 are missing between the times 100 and 120.
messages::epoch opening() {
  auto x = messages::epoch{};
  x.before.chain_time = 90;
  x.after.chain_time = 150;
  x.slots = {slot_at(10, 100), slot_at(13, 120), slot_at(14, 150)};
  x.gaps_opened.push_back({11, 12, 90, "missing_parent", false});
  return x;
}

} // namespace

TEST(gap_times, lie_between_the_slots_around_the_gap) {
  auto sut = gap_times{};
  sut.note(opening());
  EXPECT_FALSE(touches(sut, 99));
  EXPECT_TRUE(touches(sut, 100));
  EXPECT_TRUE(touches(sut, 120));
  EXPECT_FALSE(touches(sut, 121));
  EXPECT_TRUE(touches(sut, 60, domain::interval::m1));
  EXPECT_FALSE(touches(sut, 0, domain::interval::m1));
}

TEST(gap_times, end_when_the_gap_is_filled) {
  auto sut = gap_times{};
  sut.note(opening());
  auto x = messages::epoch{};
  x.gaps_filled.push_back({11, 11, 0, {}, true});
  sut.note(x);
  EXPECT_TRUE(touches(sut, 110));
  x.gaps_filled.push_back({11, 12, 0, {}, true});
  sut.note(x);
  EXPECT_FALSE(touches(sut, 110));
  EXPECT_EQ(sut.size(), 0U);
}

TEST(gap_times, are_guessed_from_above_for_a_gap_of_an_earlier_run) {
  auto sut = gap_times{};
  sut.load({11, 20, 1'000, "missing_parent", false});
  EXPECT_TRUE(touches(sut, 990));
  EXPECT_TRUE(touches(sut, 1'010));
  EXPECT_FALSE(touches(sut, 1'011));
}

TEST(gap_times, of_a_break_lie_before_the_epoch_that_opens_it) {
  auto sut = gap_times{};
  auto x = messages::epoch{};
  x.before.chain_time = 1'500;
  x.after.chain_time = 1'510;
  x.gaps_opened.push_back(
    {11, 20, 1'000, messages::reserve_break_reason, false});
  sut.note(x);
  EXPECT_TRUE(touches(sut, 990));
  EXPECT_FALSE(touches(sut, 1'500));
}

TEST(gap_times, keep_the_newest_gaps) {
  auto sut = gap_times{};
  for (uint64_t i = 0; i < gap_times::gaps_max + 1; ++i)
    sut.load({i, i, static_cast<int64_t>(i) * 100, {}, false});
  EXPECT_EQ(sut.size(), gap_times::gaps_max);
  EXPECT_FALSE(touches(sut, 0));
  EXPECT_TRUE(touches(sut, 100));
}

} // namespace pumpscope::actors
