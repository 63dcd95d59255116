#include "adapters/hub/channel.hpp"

#include "domain/base58.hpp"
#include "tests/support/sample_rows.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pumpscope::hub {

namespace {

std::string key(uint64_t number) {
  return domain::to_string(test::sample_key(number));
}

} // namespace

TEST(channel, reads_every_name_that_it_writes) {
  auto names = {
    "trade:" + key(1),
    "tick:" + key(1),
    "candle:" + key(1) + ":1s",
    "candle:" + key(1) + ":24h",
    "token:" + key(1),
    "wallet:" + key(2),
    std::string{"leaderboard:24h"},
    std::string{"leaderboard:7d"},
    std::string{"leaderboard:all"},
    std::string{"tokens:new"},
    std::string{"tokens:graduated"},
    std::string{"market"},
    std::string{"trades"},
  };
  for (auto& name : names) {
    auto x = parse_channel(name);
    ASSERT_TRUE(x) << x.error();
    EXPECT_EQ(to_string(*x), name);
  }
}

TEST(channel, refuses_what_is_no_name) {
  auto names = {std::string{},
                std::string{"trade:"},
                std::string{"trade"},
                "trade:" + key(1) + "1",
                "candle:" + key(1),
                "candle:" + key(1) + ":2m",
                "candle:" + key(1) + ":1m:1m",
                std::string{"leaderboard:1d"},
                std::string{"Market"},
                std::string{"market "},
                std::string{"tokens:old"}};
  for (auto& name : names)
    EXPECT_FALSE(parse_channel(name)) << name;
}

TEST(channel, repeats_no_bytes_that_could_do_harm) {
  auto x = parse_channel("<\x01\xFF\n" + std::string(500, 'x'));
  ASSERT_FALSE(x);
  EXPECT_TRUE(x.error().starts_with("topic <???xxx"));
  EXPECT_LT(x.error().size(), 150U);
}

TEST(channel, reads_lists_and_leaves_repeated_ones_out) {
  auto x = parse_topics("market,trades,market");
  ASSERT_TRUE(x);
  ASSERT_EQ(x->size(), 2U);
  EXPECT_EQ((*x)[0].kind, channel_kind::market);
  EXPECT_EQ((*x)[1].kind, channel_kind::trades);
  for (auto text : {"", ",", "market,", ",market", "market,,trades"})
    EXPECT_FALSE(parse_topics(text)) << text;
}

TEST(channel, reads_as_many_as_may_be) {
  auto text = std::string{};
  for (size_t i = 0; i < topics_max; ++i)
    text += (i == 0 ? "token:" : ",token:") + key(i + 1);
  EXPECT_TRUE(parse_topics(text));
  EXPECT_TRUE(parse_topics(text + ",token:" + key(1)));
  EXPECT_FALSE(parse_topics(text + ",market"));
}

} // namespace pumpscope::hub
