#include "runtime/log.hpp"

#include <gtest/gtest.h>

namespace pumpscope::runtime {

namespace {

using config::log_level;

std::string lines_at(log_level x) {
  set_log_level(x);
  ::testing::internal::CaptureStderr();
  error_line("e");
  warning_line("w");
  info_line("i\nand\x1B[2J");
  debug_line("d");
  set_log_level(log_level::info);
  return ::testing::internal::GetCapturedStderr();
}

TEST(log, shows_lines_of_its_level_and_those_that_matter_more) {
  auto error = std::string{"pumpscope: error: e\n"};
  auto warning = error + "pumpscope: warning: w\n";
  // Whatever a text holds, it is one line.
  auto info = warning + "i and [2J\n";
  EXPECT_EQ(lines_at(log_level::error), error);
  EXPECT_EQ(lines_at(log_level::warning), warning);
  EXPECT_EQ(lines_at(log_level::info), info);
  EXPECT_EQ(lines_at(log_level::debug), info + "debug: d\n");
}

} // namespace

} // namespace pumpscope::runtime
