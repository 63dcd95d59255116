#include "runtime/console_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::runtime {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(console_question, names_what_a_view_asks_for) {
  EXPECT_EQ(console_question("overview", ""), "overview");
  EXPECT_EQ(console_question("find", "abc"), "find?key=abc");
  EXPECT_EQ(console_question("trace", "abc"), "trace?signature=abc");
  EXPECT_EQ(console_question("trace", "abc:7"), "trace?signature=abc&slot=7");
}

TEST(console_question, waits_for_a_key_and_takes_no_other_characters) {
  EXPECT_FALSE(console_question("find", ""));
  EXPECT_FALSE(console_question("trace", ""));
  EXPECT_FALSE(console_question("find", "a&b=c"));
  EXPECT_FALSE(console_question("find", "a b"));
  EXPECT_FALSE(console_question("find", "a\r\nX: y"));
}

TEST(render_console, puts_columns_below_each_other) {
  auto text = render_console("gaps",
                             R"({"total":2,"gaps":[
      {"from_slot":1234567,"to_slot":8,"reason":"missing_parent",
       "opened_at":null},
      {"from_slot":9,"to_slot":10,"reason":"x","opened_at":"now"}]})",
                             100);

  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "open gaps 2\n"
                   "from slot  to slot  reason          opened at\n"
                   "1,234,567        8  missing_parent  -        \n"
                   "        9       10  x               now      \n");
}

TEST(render_console, cuts_lines_at_the_width_between_characters) {
  auto text = render_console(
    "gaps", R"({"total":1,"gaps":[{"reason":"ééééééééééééééééééééé"}]})", 30);

  ASSERT_TRUE(text);
  auto last = text->substr(text->rfind("  é"));
  EXPECT_THAT(last, AllOf(HasSubstr("é"), Not(HasSubstr("\xC3\n"))));
}

TEST(render_console, shows_durations_shares_and_what_is_not_known) {
  auto text = render_console("actors",
                             R"({"roles":[],"actors":[{"role":"parser",
      "name":"0","answered":true,"messages_per_second":12.5,"mailbox":3,
      "busy":0.25,"time_p50_seconds":0.0000125,"time_p99_seconds":2.5,
      "problem":null},{"role":"sink","answered":false,
      "problem":"no answer in time"}]})",
                             200);

  ASSERT_TRUE(text);
  EXPECT_THAT(*text,
              AllOf(HasSubstr("25 %"), HasSubstr("12 us"), HasSubstr("2.5 s"),
                    HasSubstr("no answer in time"), HasSubstr("(none)")));
}

TEST(render_console, shows_a_key_as_what_it_is) {
  auto token = render_console("find",
                              R"({"wallet":{"known":false},"token":
      {"known":true,"fields":[{"name":"trades","live":"5","stored":"4",
       "differs":true}],"rows":[]}})",
                              100);
  auto nothing = render_console(
    "find", R"({"wallet":{"known":false},"token":{"known":false}})", 100);

  ASSERT_TRUE(token);
  EXPECT_THAT(*token, AllOf(HasSubstr("as a token"), HasSubstr("trades"),
                            Not(HasSubstr("as a wallet"))));
  EXPECT_THAT(*nothing, HasSubstr("neither a wallet nor a token"));
}

TEST(render_console, lets_no_server_steer_the_terminal) {
  auto text = render_console(
    "gaps", "{\"gaps\":[{\"reason\":\"\\u001b[2J\\u0007\\u009b1m\\u007f\"}]}",
    100);

  ASSERT_TRUE(text);
  EXPECT_THAT(*text, HasSubstr("?[2J??1m?"));
  EXPECT_EQ(text->find('\x1B'), std::string::npos);
}

TEST(render_console, lists_the_nodes_of_a_cluster) {
  auto text = render_console("nodes", R"({"self":"a","fence":12,"nodes":[
    {"name":"a","role":"sequencer","http":"10.0.0.1:80","peer":"10.0.0.1:7",
     "build":"1.2.3","partitions":22,"beat_age_ms":310,"age_ms":8000},
    {"name":"b","role":"dead","http":"10.0.0.2:80","peer":"",
     "build":"1.2.3","partitions":0,"beat_age_ms":70000,"age_ms":90000}]})",
                             120);
  ASSERT_TRUE(text);
  EXPECT_THAT(*text,
              AllOf(HasSubstr("sequencer"), HasSubstr("10.0.0.1:80"),
                    HasSubstr("dead"), HasSubstr("310"), HasSubstr(" 22 ")));
}

TEST(render_console, lives_with_answers_that_are_no_console) {
  for (auto view : console_views) {
    EXPECT_FALSE(render_console(view, "", 80)) << view;
    EXPECT_FALSE(render_console(view, "[]", 80)) << view;
    EXPECT_FALSE(render_console(view, "\xFF", 80)) << view;
    EXPECT_TRUE(render_console(view, "{}", 80)) << view;
    EXPECT_TRUE(
      render_console(
        view,
        R"({"actors":7,"roles":[1],"wallet":[],"token":{"known":true,"fields":
         {"a":1},"rows":[[]]},"store":"x","head":-1,"stages":[null],"rows":[5],
         "gaps":[{"from_slot":{"a":[]},"to_slot":-5,"reason":1e400}]})",
        80)
        .has_value()
      || view == "gaps")
      << view;
  }
  EXPECT_FALSE(render_console("none", "{}", 80));
}

} // namespace

} // namespace pumpscope::runtime
