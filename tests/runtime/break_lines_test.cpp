#include "runtime/break_lines.hpp"

#include <gtest/gtest.h>

namespace {

using pumpscope::actors::break_event;
using pumpscope::actors::break_notice;
using pumpscope::runtime::break_lines;

break_notice notice(break_event event) {
  auto result = break_notice{};
  result.event = event;
  result.gap.from = 7;
  result.gap.to = 9;
  return result;
}

TEST(break_lines, say_what_and_where) {
  auto lines = break_lines{};
  EXPECT_EQ(lines.line_of(notice(break_event::unexplained)),
            "reserves break although no transaction is missing, slots 7 to 9, "
            "1 so far");
  EXPECT_EQ(lines.line_of(notice(break_event::refused)),
            "reserves break but too many gaps are open: it waits for room, "
            "slots 7 to 9, 1 so far");
  EXPECT_EQ(lines.line_of(notice(break_event::too_wide)),
            "reserves break over too many slots to fetch them by itself (gaps "
            "fill does), slots 7 to 9, 1 so far");
}

TEST(break_lines, become_few_when_it_breaks_all_day) {
  auto lines = break_lines{};
  auto told = 0;
  for (auto i = 0; i < 250; ++i)
    if (lines.line_of(notice(break_event::refused)))
      ++told;
  // The first 20, number 100 and number 200.
  EXPECT_EQ(told, 22);
  EXPECT_TRUE(lines.line_of(notice(break_event::too_wide)))
    << "other kinds are counted apart";
}

} // namespace
