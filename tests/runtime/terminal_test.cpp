#include "runtime/terminal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace pumpscope::runtime {

namespace {

using namespace std::chrono_literals;

using ::testing::HasSubstr;
using ::testing::Not;

size_t longest_line(const std::string& text) {
  auto in = std::istringstream{text};
  auto line = std::string{};
  auto result = size_t{0};
  while (std::getline(in, line))
    result = std::max(result, line.size());
  return result;
}

TEST(progress, shows_share_rate_and_the_time_that_is_left) {
  // A quarter of the bytes in 10 s leaves 30 s; 5,000 trades in 10 s.
  auto line = render_progress({250, 1'000, 5'000, 10s}, 80);

  EXPECT_THAT(line, HasSubstr(" 25 %"));
  EXPECT_THAT(line, HasSubstr("5,000 trades  500/s"));
  EXPECT_THAT(line, HasSubstr("ETA 30 s"));
  EXPECT_THAT(line, HasSubstr("[#######.......................]"));
}

TEST(progress, leaves_out_share_and_eta_when_the_total_is_unknown) {
  auto line = render_progress({250, 0, 5'000, 10s}, 80);

  EXPECT_THAT(line, Not(HasSubstr("%")));
  EXPECT_THAT(line, Not(HasSubstr("ETA")));
}

TEST(progress, never_exceeds_the_width) {
  for (auto width : {1UL, 10UL, 40UL, 60UL, 200UL})
    EXPECT_LE(
      render_progress({UINT64_MAX / 2, UINT64_MAX, UINT64_MAX, 1h}, width)
        .size(),
      width);
}

TEST(progress, stays_at_the_end_when_the_file_grew) {
  EXPECT_THAT(render_progress({2'000, 1'000, 1, 1s}, 80), HasSubstr("100 %"));
}

TEST(live_summary, tells_how_each_of_several_endpoints_does) {
  auto view = live_view{};
  view.endpoints.resize(2);
  view.endpoints[0].name = "http://one";
  view.endpoints[0].reading = true;
  view.endpoints[0].slots_compared = 50;
  view.endpoints[0].slots_differing = 2;
  view.endpoints[0].missing_transactions = 3;
  view.endpoints[1].name = "http://two";
  view.endpoints[1].last_error = "cannot connect";

  auto text = render_live(view, 200);
  auto line = render_live_line(view);

  EXPECT_THAT(text, HasSubstr("http://one  reading  slot 0  lacked 3 "
                              "transactions in 2 of 50 slots"));
  EXPECT_THAT(text, HasSubstr("http://two  not reading"));
  EXPECT_THAT(text, HasSubstr("! cannot connect"));
  EXPECT_THAT(line, HasSubstr("endpoints_reading=1/2 missing_transactions=3"));
  EXPECT_THAT(render_live_line({}), Not(HasSubstr("endpoints")));
}

TEST(live_summary, says_that_the_market_is_simulated) {
  auto view = live_view{};
  view.simulated = true;
  view.source = "simulator";

  EXPECT_THAT(render_live(view, 80), HasSubstr("SIMULATED"));
  EXPECT_THAT(render_live_line(view), HasSubstr("SIMULATED"));
  view.simulated = false;
  EXPECT_THAT(render_live(view, 80), Not(HasSubstr("SIMULATED")));
}

TEST(live_summary, fits_the_window_whatever_the_texts_are) {
  auto view = live_view{};
  view.source = std::string(500, 's');
  view.trouble = std::string(500, 't');
  view.losers.push_back({std::string(44, 'w'), "-123456789.000000000", 7});

  EXPECT_LE(longest_line(render_live(view, 60)), 60U);
}

TEST(live_summary, lists_the_most_traded_tokens) {
  auto view = live_view{};
  view.top_tokens.push_back({"mint", "12.500000000", 1'234, 0.125});
  view.top_tokens.push_back({"other", "1.000000000", 5, std::nullopt});

  auto text = render_live(view, 120);

  EXPECT_THAT(text, HasSubstr("most traded tokens, 24 h"));
  EXPECT_THAT(text, HasSubstr("12.500000000 SOL    1,234 trades  +12.5 %"));
  EXPECT_THAT(text, Not(HasSubstr("worst losers")));
  EXPECT_LE(longest_line(render_live(view, 60)), 60U);
}

TEST(percent_text, is_signed_and_bounded) {
  EXPECT_EQ(percent_text(0), "+0.0 %");
  EXPECT_EQ(percent_text(-0.5), "-50.0 %");
  EXPECT_LE(percent_text(1e300).size(), 20U);
}

TEST(sol_text, keeps_all_nine_decimals) {
  EXPECT_EQ(sol_text("0"), "0.000000000");
  EXPECT_EQ(sol_text("-1"), "-0.000000001");
  EXPECT_EQ(sol_text("1500000000"), "1.500000000");
  EXPECT_EQ(sol_text("-12345678901"), "-12.345678901");
}

TEST(grouped, separates_thousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
}

} // namespace

} // namespace pumpscope::runtime
