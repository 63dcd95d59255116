#include "domain/base58_prefix.hpp"

#include "domain/base58.hpp"
#include "domain/known_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

using namespace pumpscope::domain;

namespace {

bool covers(const std::vector<pubkey_range>& ranges, const pubkey& x) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const pubkey_range& range) { return range.has(x); });
}

/// The key that follows in the order of bytes. Pre: there is one.
pubkey next(pubkey x) {
  for (auto i = x.bytes.size(); i-- > 0;)
    if (++x.bytes[i] != 0)
      break;
  return x;
}

pubkey previous(pubkey x) {
  for (auto i = x.bytes.size(); i-- > 0;)
    if (x.bytes[i]-- != 0)
      break;
  return x;
}

pubkey filled(uint8_t byte) {
  auto result = pubkey{};
  result.bytes.fill(byte);
  return result;
}

TEST(base58_prefix, of_a_whole_text_is_one_key) {
  for (auto& x :
       {known_keys::wsol_mint, known_keys::usdc_mint, filled(0), filled(0xFF)})
    EXPECT_EQ(find_prefix_ranges(to_string(x)).value(),
              (std::vector<pubkey_range>{{x, x}}))
      << to_string(x);
}

TEST(base58_prefix, ranges_end_where_texts_stop_to_begin_so) {
  auto engine = std::mt19937_64{7};
  auto with_two = 0;
  for (auto round = 0; round < 3'000; ++round) {
    auto x = pubkey{};
    for (auto& byte : x.bytes)
      byte = static_cast<uint8_t>(engine());
    // Some with bytes 0 in front, and some with a small one: a shorter text.
    auto zeros = round % 4 == 0 ? engine() % 32 : 0;
    std::fill_n(x.bytes.begin(), zeros, uint8_t{0});
    if (round % 4 == 1)
      x.bytes[0] = static_cast<uint8_t>(engine() % 8);
    auto text = to_string(x);
    auto prefix = text.substr(0, 1 + engine() % text.size());
    auto ranges = find_prefix_ranges(prefix).value();
    EXPECT_TRUE(covers(ranges, x)) << prefix;
    with_two += ranges.size() == 2;
    auto begins = [&](const pubkey& key) {
      return to_string(key).starts_with(prefix);
    };
    for (auto& range : ranges) {
      ASSERT_LE(range.first, range.last);
      EXPECT_TRUE(begins(range.first)) << prefix;
      EXPECT_TRUE(begins(range.last)) << prefix;
      EXPECT_TRUE(range.first == filled(0) || !begins(previous(range.first))
                  || covers(ranges, previous(range.first)))
        << prefix;
      EXPECT_TRUE(range.last == filled(0xFF) || !begins(next(range.last))
                  || covers(ranges, next(range.last)))
        << prefix;
    }
    // Neighbours of the key agree, too.
    for (auto& key : {next(x), previous(x)})
      EXPECT_EQ(covers(ranges, key), begins(key)) << prefix;
  }
  EXPECT_GT(with_two, 0);
}

TEST(base58_prefix, texts_of_43_and_of_44_characters_are_two_ranges) {
  // 256^31 has 43 digits, 2^256 - 1 has 44 and begins with J.
  auto two = find_prefix_ranges("4").value();
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(to_string(two[0].first).size(), 43U);
  EXPECT_EQ(to_string(two[0].last).size(), 43U);
  EXPECT_EQ(to_string(two[1].first).size(), 44U);
  EXPECT_EQ(to_string(two[1].last).size(), 44U);
  // No text of 44 characters begins with what is above J.
  EXPECT_EQ(find_prefix_ranges("Z").value().size(), 1U);
}

TEST(base58_prefix, of_ones_has_all_that_have_more_of_them) {
  auto all = find_prefix_ranges("1").value();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].first, filled(0));
  auto last = filled(0xFF);
  last.bytes[0] = 0;
  EXPECT_EQ(all[0].last, last);
  EXPECT_EQ(find_prefix_ranges(std::string(32, '1')).value(),
            (std::vector<pubkey_range>{{filled(0), filled(0)}}));
}

TEST(base58_prefix, that_no_key_has_gives_nothing) {
  EXPECT_TRUE(find_prefix_ranges(std::string(33, '1')).value().empty());
  EXPECT_TRUE(find_prefix_ranges(std::string(32, '1') + "2").value().empty());
  // 58^44 is above 2^256.
  EXPECT_TRUE(find_prefix_ranges(std::string(44, 'z')).value().empty());
  // One byte is left: at most 255, "5Q".
  auto rest = std::string(31, '1');
  EXPECT_FALSE(find_prefix_ranges(rest + "5Q").value().empty());
  EXPECT_TRUE(find_prefix_ranges(rest + "5R").value().empty());
}

TEST(base58_prefix, refuses_what_is_no_base58) {
  for (auto text : {"", "0", "O", "I", "l", "abc ", "%", "abc\x80"})
    EXPECT_EQ(find_prefix_ranges(text).error(), errc::invalid_text) << text;
  EXPECT_EQ(find_prefix_ranges(std::string("a\0b", 3)).error(),
            errc::invalid_text);
  EXPECT_EQ(find_prefix_ranges(std::string(45, '1')).error(),
            errc::invalid_text);
  EXPECT_EQ(find_prefix_ranges(std::string(10'240, 'a')).error(),
            errc::invalid_text);
}

TEST(base58_prefix, keeps_the_first_texts) {
  auto keys = std::vector<pubkey>{};
  auto ranges = find_prefix_ranges("4").value();
  for (auto& range : ranges) {
    keys.push_back(range.last);
    keys.push_back(range.first);
  }
  auto texts = std::vector<std::string>{};
  for (auto& key : keys)
    texts.push_back(to_string(key));
  std::sort(texts.begin(), texts.end());
  // Not the order of bytes: both ends of one length do not come first.
  ASSERT_NE(texts[0].size(), texts[1].size());
  keep_first_by_text(keys, 3);
  ASSERT_EQ(keys.size(), 3U);
  for (auto i = size_t{0}; i < 3; ++i)
    EXPECT_EQ(to_string(keys[i]), texts[i]);
}

} // namespace
