#include "actors/break_gaps.hpp"

#include "tests/support/sample_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::actors {

namespace {

using messages::gap_row;
using messages::reserve_break_reason;
using range = break_gaps::range;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

domain::break_span span(uint64_t since, uint64_t slot) {
  return {since, {slot, 3, 1}, static_cast<int64_t>(1'000 + slot)};
}

messages::token_breaks breaks_of(uint64_t mint,
                                 std::vector<domain::break_span> spans,
                                 bool whole = false) {
  return {test::sample_key(mint), whole, std::move(spans)};
}

gap_row break_row(uint64_t from, uint64_t to) {
  return {from, to, 5, reserve_break_reason, false};
}

std::vector<range> ranges_of(const std::vector<gap_row>& rows) {
  auto result = std::vector<range>{};
  for (auto& x : rows)
    result.push_back({x.from_slot, x.to_slot});
  return result;
}

std::vector<break_event> events_of(const std::vector<break_notice>& notices) {
  auto result = std::vector<break_event>{};
  for (auto& x : notices)
    result.push_back(x.event);
  return result;
}

class break_gaps_test : public ::testing::Test {
protected:
  void start(const std::vector<gap_row>& open = {},
             const std::vector<gap_row>& filled = {},
             break_gaps_config config = {.opens = true, .slots_max = 100}) {
    sut_ = break_gaps{config, open, filled};
  }

  /// A range is fetched, and what it brought folded.
  std::vector<range> fill(range x) {
    sut_.compared(x, 7);
    EXPECT_THAT(sut_.take_filled(), IsEmpty());
    sut_.completed(7);
    return sut_.take_filled();
  }

  break_gaps sut_{{.opens = true, .slots_max = 100}, {}, {}};
};

TEST_F(break_gaps_test, opens_a_gap_over_the_slots_of_a_break) {
  sut_.note(breaks_of(1, {span(10, 14)}));
  auto rows = sut_.open();
  EXPECT_EQ(
    rows, (std::vector<gap_row>{{10, 14, 1'014, reserve_break_reason, false}}));
  EXPECT_THAT(sut_.open(), IsEmpty());
  EXPECT_EQ(sut_.size(), 1U);
  EXPECT_EQ(sut_.counters().opened, 1U);
}

TEST_F(break_gaps_test, opens_none_unless_told_to) {
  start({}, {}, {.opens = false});
  sut_.note(breaks_of(1, {span(10, 14)}));
  EXPECT_THAT(sut_.open(), IsEmpty());
}

TEST_F(break_gaps_test, merges_the_breaks_of_many_tokens) {
  for (uint64_t mint = 1; mint <= 9; ++mint)
    sut_.note(breaks_of(mint, {span(10 + mint, 20 + mint)}));
  sut_.note(breaks_of(10, {span(50, 50)}));
  auto rows = sut_.open();
  EXPECT_THAT(ranges_of(rows), ElementsAre(range{11, 29}, range{50, 50}));
  EXPECT_EQ(rows[0].opened_at, 1'029);
  // Whatever lies in them is known.
  sut_.note(breaks_of(11, {span(12, 28)}));
  EXPECT_THAT(sut_.open(), IsEmpty());
  // Of others only the rest is opened.
  sut_.note(breaks_of(12, {span(25, 52)}));
  EXPECT_THAT(ranges_of(sut_.open()),
              ElementsAre(range{30, 49}, range{51, 52}));
}

TEST_F(break_gaps_test, opens_no_gap_twice_after_a_restart) {
  auto done = break_row(30, 40);
  done.filled = true;
  start({break_row(10, 20)}, {done});
  sut_.note(breaks_of(1, {span(10, 20), span(12, 13), span(31, 40)}, true));
  EXPECT_THAT(sut_.open(), IsEmpty());
  EXPECT_EQ(sut_.size(), 1U);
  // That of the filled one stands although its blocks were compared.
  EXPECT_EQ(sut_.unexplained(), 1U);
  EXPECT_THAT(events_of(sut_.take_notices()),
              ElementsAre(break_event::unexplained));
}

TEST_F(break_gaps_test, asks_for_a_gap_at_once_and_again_when_told) {
  start({break_row(10, 20)});
  EXPECT_THAT(sut_.wanted(false, 9), ElementsAre(range{10, 20}));
  EXPECT_THAT(sut_.wanted(false, 9), IsEmpty());
  sut_.note(breaks_of(1, {span(30, 31)}));
  sut_.open();
  EXPECT_THAT(sut_.wanted(false, 9), ElementsAre(range{30, 31}));
  EXPECT_THAT(sut_.wanted(true, 1), ElementsAre(range{10, 20}));
}

TEST_F(break_gaps_test, is_filled_when_what_its_blocks_brought_is_folded) {
  sut_.note(breaks_of(1, {span(10, 14)}));
  sut_.open();
  sut_.compared({11, 14}, 6);
  EXPECT_FALSE(sut_.closing());
  sut_.compared({10, 14}, 7);
  EXPECT_TRUE(sut_.closing());
  sut_.completed(6);
  EXPECT_THAT(sut_.take_filled(), IsEmpty());
  // The token was folded again, without a break.
  sut_.note(breaks_of(1, {}, true));
  sut_.completed(7);
  EXPECT_THAT(sut_.take_filled(), ElementsAre(range{10, 14}));
  EXPECT_EQ(sut_.unexplained(), 0U);
  EXPECT_EQ(sut_.size(), 0U);
  EXPECT_FALSE(sut_.closing());
  EXPECT_THAT(sut_.take_notices(), IsEmpty());
}

TEST_F(break_gaps_test, tells_of_a_break_that_stands_behind_its_blocks) {
  sut_.note(breaks_of(1, {span(10, 14)}));
  sut_.open();
  EXPECT_THAT(fill({1, 99}), ElementsAre(range{10, 14}));
  EXPECT_EQ(sut_.unexplained(), 1U);
  EXPECT_THAT(events_of(sut_.take_notices()),
              ElementsAre(break_event::unexplained));
  // It is not asked for, nor opened, for ever.
  EXPECT_THAT(sut_.wanted(true, 9), IsEmpty());
  sut_.note(breaks_of(1, {span(10, 14)}, true));
  EXPECT_THAT(sut_.open(), IsEmpty());
  EXPECT_EQ(sut_.unexplained(), 1U);
  sut_.note(breaks_of(1, {}, true));
  EXPECT_EQ(sut_.unexplained(), 0U);
}

TEST_F(break_gaps_test, a_break_over_several_gaps_waits_for_all_of_them) {
  start({break_row(10, 14), break_row(15, 20)});
  sut_.note(breaks_of(1, {span(12, 18)}, true));
  EXPECT_THAT(sut_.open(), IsEmpty());
  fill({10, 14});
  EXPECT_EQ(sut_.unexplained(), 0U);
  fill({15, 20});
  EXPECT_EQ(sut_.unexplained(), 1U);
}

TEST_F(break_gaps_test, missing_slots_explain_a_break_until_they_are_filled) {
  sut_.slot_gap_opened({11, 12});
  sut_.note(breaks_of(1, {span(10, 14)}));
  sut_.note(breaks_of(2, {span(10, 14)}));
  EXPECT_THAT(sut_.open(), IsEmpty());
  sut_.slot_gap_filled({11, 12}, 5);
  sut_.completed(4);
  EXPECT_THAT(sut_.open(), IsEmpty());
  // One of the two is whole now.
  sut_.note(breaks_of(1, {}, true));
  sut_.completed(5);
  EXPECT_THAT(ranges_of(sut_.open()), ElementsAre(range{10, 14}));
  sut_.note(breaks_of(2, {}, true));
  EXPECT_THAT(sut_.open(), IsEmpty());
}

TEST_F(break_gaps_test, a_break_that_is_too_wide_is_told_and_not_fetched) {
  sut_.note(breaks_of(1, {span(10, 109)}));
  EXPECT_THAT(ranges_of(sut_.open()), ElementsAre(range{10, 109}));
  EXPECT_THAT(sut_.wanted(true, 9), ElementsAre(range{10, 109}));
  sut_.note(breaks_of(2, {span(10, 110)}));
  EXPECT_THAT(ranges_of(sut_.open()), ElementsAre(range{10, 110}));
  EXPECT_THAT(sut_.wanted(true, 9), ElementsAre(range{10, 109}));
  EXPECT_EQ(sut_.counters().too_wide, 1U);
  EXPECT_THAT(events_of(sut_.take_notices()),
              ElementsAre(break_event::too_wide));
  // It hides no other one inside, but one like itself.
  sut_.note(breaks_of(3, {span(11, 200)}));
  sut_.note(breaks_of(4, {span(10, 110)}));
  sut_.note(breaks_of(5, {span(105, 115)}));
  EXPECT_THAT(ranges_of(sut_.open()),
              ElementsAre(range{11, 200}, range{110, 115}));
  // Whoever fetches it all the same fills it.
  EXPECT_THAT(fill({10, 110}), ElementsAre(range{10, 109}, range{10, 110}));
}

TEST_F(break_gaps_test, breaks_beyond_the_bounds_are_refused_and_told) {
  start({}, {},
        {.opens = true, .slots_max = 100, .open_max = 1, .breaks_max = 2});
  sut_.note(breaks_of(1, {span(10, 14)}));
  sut_.note(breaks_of(2, {span(20, 24)}));
  sut_.note(breaks_of(3, {span(30, 34)}));
  EXPECT_EQ(sut_.counters().refused, 1U);
  EXPECT_EQ(sut_.open().size(), 1U);
  EXPECT_EQ(sut_.counters().refused, 2U);
  EXPECT_THAT(sut_.open(), IsEmpty());
  EXPECT_EQ(sut_.take_notices().size(), 2U);
  // There is room again, for the one that is known.
  fill({1, 99});
  EXPECT_EQ(sut_.open().size(), 1U);
  EXPECT_EQ(sut_.counters().refused, 2U);
}

TEST_F(break_gaps_test, no_row_has_the_range_of_another_one) {
  auto filled = gap_row{7, 8, 0, "missing_parent", true};
  start({}, {filled});
  sut_.note(breaks_of(1, {span(7, 8)}));
  EXPECT_THAT(ranges_of(sut_.open()), ElementsAre(range{6, 8}));
  EXPECT_EQ(sut_.slot_gap_opened({6, 8}), (range{5, 8}));
  EXPECT_EQ(sut_.slot_gap_filled({6, 8}, 3), (range{5, 8}));
  EXPECT_EQ(sut_.slot_gap_opened({9, 9}), (range{9, 9}));
  EXPECT_EQ(sut_.slot_gap_filled({9, 9}, 3), (range{9, 9}));
}

} // namespace

} // namespace pumpscope::actors
