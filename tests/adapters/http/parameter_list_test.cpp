#include "adapters/http/parameter_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::http {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(percent_decoded, reads_what_clients_write) {
  EXPECT_EQ(percent_decoded("a%20b%2Fc%c3%A9", plus_sign::plus), "a b/c\u00e9");
  EXPECT_EQ(percent_decoded("a+b%2B", plus_sign::plus), "a+b+");
  EXPECT_EQ(percent_decoded("a+b%2B", plus_sign::space), "a b+");
  EXPECT_EQ(percent_decoded("", plus_sign::plus), "");
}

TEST(percent_decoded, refuses_what_is_no_text) {
  for (auto bad : {"%", "%2", "a%zz", "%-1", "%00", "%ff", "%C3", "%ED%A0%80",
                   "%F4%90%80%80", "\xff", "\xc0\xaf"})
    EXPECT_EQ(percent_decoded(bad, plus_sign::plus), std::nullopt) << bad;
}

TEST(parse_query, keeps_the_order_and_undoes_the_encoding) {
  auto x = parse_query("b=2&a=x%3Dy&flag&empty=&&q=caf%C3%A9+au+lait&t=1=2");
  ASSERT_TRUE(x) << x.error();
  EXPECT_THAT(*x,
              ElementsAre(Pair("b", "2"), Pair("a", "x=y"), Pair("flag", ""),
                          Pair("empty", ""), Pair("q", "caf\u00e9 au lait"),
                          Pair("t", "1=2")));
  ASSERT_NE(x->find("a"), nullptr);
  EXPECT_EQ(*x->find("a"), "x=y");
  EXPECT_EQ(x->find("none"), nullptr);
  EXPECT_EQ(parse_query("").value().size(), 0U);
}

TEST(parse_query, refuses_names_that_stand_twice) {
  auto x = parse_query("limit=1&limi%74=2");
  ASSERT_FALSE(x);
  EXPECT_THAT(x.error(), HasSubstr("limi%74: stands twice"));
}

TEST(parse_query, names_the_parameter_that_is_no_text) {
  EXPECT_THAT(parse_query("a=1&b=%ff").error(), HasSubstr("b: "));
  EXPECT_THAT(parse_query("a=1&%ff=b").error(), HasSubstr("%ff: "));
}

TEST(parse_query, has_a_bound) {
  auto text = std::string{};
  for (auto i = 0; i < 64; ++i)
    text += "p" + std::to_string(i) + "=1&";
  EXPECT_EQ(parse_query(text).value().size(), 64U);
  EXPECT_FALSE(parse_query(text + "one_more"));
}

} // namespace

} // namespace pumpscope::http
