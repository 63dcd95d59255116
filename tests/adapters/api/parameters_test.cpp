#include "adapters/api/parameters.hpp"

#include "domain/base58.hpp"
#include "tests/support/sample_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::api {

namespace {

using ::testing::HasSubstr;

http::request asked(std::string name, std::string value) {
  auto result = http::request{};
  result.query.add(std::move(name), std::move(value));
  return result;
}

} // namespace

TEST(parameters, has_defaults_for_what_is_absent) {
  auto request = http::request{};
  auto aut = parameters{request};
  EXPECT_EQ(aut.number("limit", 50, 1, 200), 50U);
  EXPECT_EQ(aut.amount("least", 9), std::nullopt);
  EXPECT_EQ(aut.duration("age"), std::nullopt);
  EXPECT_EQ(aut.flag("open"), std::nullopt);
  EXPECT_EQ(aut.key("quote"), std::nullopt);
  EXPECT_EQ(aut.word("order", 1, {"a", "b"}), 1U);
  EXPECT_FALSE(aut.problem());
}

TEST(parameters, takes_numbers_between_their_bounds_only) {
  for (auto [text, good] : {std::pair{"1", true},
                            {"200", true},
                            {"0", false},
                            {"201", false},
                            {"-1", false},
                            {"", false},
                            {"1e2", false},
                            {"5 ", false},
                            {"99999999999999999999", false}}) {
    auto request = asked("limit", text);
    auto aut = parameters{request};
    aut.number("limit", 50, 1, 200);
    EXPECT_EQ(!aut.problem(), good) << text;
  }
}

TEST(parameters, reads_amounts_exactly) {
  auto read = [](const char* text) {
    auto request = asked("x", text);
    return parameters{request}.amount("x", 9);
  };
  EXPECT_EQ(read("0.1"), 100'000'000);
  EXPECT_EQ(read("12"), 12'000'000'000);
  EXPECT_EQ(read(".5"), 500'000'000);
  // Further decimals are cut off.
  EXPECT_EQ(read("0.0000000019"), 1);
  for (auto text : {"", ".", "-1", "1e3", "0x1", "1,5", "1.2.3",
                    "111111111111111111111111111111111"})
    EXPECT_EQ(read(text), std::nullopt) << text;
}

TEST(parameters, reads_times_with_units) {
  auto read = [](const char* text) {
    auto request = asked("x", text);
    return parameters{request}.duration("x");
  };
  EXPECT_EQ(read("90"), 90);
  EXPECT_EQ(read("90s"), 90);
  EXPECT_EQ(read("30m"), 1'800);
  EXPECT_EQ(read("1h"), 3'600);
  EXPECT_EQ(read("7d"), 604'800);
  for (auto text : {"", "m", "1w", "-1", "99999999999d"})
    EXPECT_EQ(read(text), std::nullopt) << text;
}

TEST(parameters, tells_the_first_thing_that_is_wrong) {
  auto request = asked("order", "up");
  request.query.add("limit", "x");
  auto aut = parameters{request};
  aut.word("order", 0, {"desc", "asc"});
  aut.number("limit", 1, 1, 2);
  ASSERT_TRUE(aut.problem());
  EXPECT_EQ(aut.problem()->status, 400U);
  EXPECT_THAT(aut.problem()->body, HasSubstr("order is none of desc, asc"));
  EXPECT_THAT(aut.problem()->body, HasSubstr("invalid_parameter"));
}

TEST(parameters, takes_addresses_in_base58_only) {
  auto request = http::request{};
  request.parameters.add("mint", domain::to_string(test::sample_key(1)));
  request.parameters.add("other", "0OIl");
  auto aut = parameters{request};
  EXPECT_EQ(aut.path_key("mint"), test::sample_key(1));
  EXPECT_FALSE(aut.problem());
  aut.path_key("other");
  EXPECT_TRUE(aut.problem());
}

} // namespace pumpscope::api
