#include "domain/base58.hpp"

#include "domain/known_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace pumpscope::domain;

namespace {

/// Long division by 58, digit by digit: what everybody understands.
std::string naive_base58(std::span<const uint8_t> bytes) {
  constexpr char alphabet[]
    = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  std::vector<uint8_t> number{bytes.begin(), bytes.end()};
  std::string reversed;
  while (std::ranges::any_of(number, [](auto x) { return x != 0; })) {
    uint32_t rest = 0;
    for (auto& byte : number) {
      rest = (rest << 8) | byte;
      byte = static_cast<uint8_t>(rest / 58);
      rest %= 58;
    }
    reversed += alphabet[rest];
  }
  for (auto byte : bytes) {
    if (byte != 0)
      break;
    reversed += '1';
  }
  return {reversed.rbegin(), reversed.rend()};
}

/// Values at the edges, then random ones with many leading zeros among them.
template <class Value>
std::vector<Value> samples() {
  std::vector<Value> result(2);
  result[1].bytes.fill(0xFF);
  for (size_t i = 0; i < result[0].bytes.size(); ++i) {
    for (uint8_t fill : {uint8_t{1}, uint8_t{0x80}, uint8_t{0xFF}}) {
      Value x;
      x.bytes[i] = fill;
      result.push_back(x);
      std::fill(x.bytes.begin() + static_cast<std::ptrdiff_t>(i), x.bytes.end(),
                fill);
      result.push_back(x);
    }
  }
  std::mt19937_64 engine{58};
  for (int i = 0; i < 400; ++i) {
    Value x;
    auto begin = i % 4 == 0 ? engine() % x.bytes.size() : 0;
    for (auto at = begin; at < x.bytes.size(); ++at)
      x.bytes[at] = static_cast<uint8_t>(engine());
    result.push_back(x);
  }
  return result;
}

TEST(base58, writes_keys_as_long_division_does) {
  for (auto& x : samples<pubkey>()) {
    auto text = to_string(x);
    ASSERT_EQ(text, naive_base58(x.bytes));
    ASSERT_EQ(text, encode_base58(x.bytes));
    ASSERT_EQ(parse_pubkey(text), x) << text;
  }
}

TEST(base58, writes_signatures_as_long_division_does) {
  for (auto& x : samples<signature>()) {
    auto text = to_string(x);
    ASSERT_EQ(text, naive_base58(x.bytes));
    ASSERT_EQ(parse_signature(text), x) << text;
    auto bytes = decode_base58(text);
    ASSERT_TRUE(bytes);
    ASSERT_TRUE(std::ranges::equal(*bytes, x.bytes));
  }
}

TEST(base58, refuses_a_text_of_another_length) {
  // 44 characters: one digit more cannot fit.
  auto text = to_string(known_keys::usdc_mint);
  EXPECT_TRUE(parse_pubkey(text));
  // 42 digits stay below 2^248: the first byte would be zero.
  EXPECT_FALSE(parse_pubkey(text.substr(2)));
  EXPECT_FALSE(parse_pubkey("1" + text));
  EXPECT_FALSE(parse_pubkey(text + "1"));
  EXPECT_FALSE(parse_pubkey(""));
  EXPECT_TRUE(parse_pubkey(std::string(32, '1')));
  EXPECT_FALSE(parse_pubkey(std::string(31, '1')));
  EXPECT_FALSE(parse_pubkey(std::string(33, '1')));
  EXPECT_FALSE(parse_signature(std::string(63, '1')));
  EXPECT_TRUE(parse_signature(std::string(64, '1')));
}

TEST(base58, refuses_a_number_above_the_largest_value) {
  // 2^256 - 1 and 2^512 - 1, then their successors.
  EXPECT_TRUE(parse_pubkey("JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFG"));
  EXPECT_FALSE(parse_pubkey("JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH"));
  signature largest;
  largest.bytes.fill(0xFF);
  auto text = to_string(largest);
  EXPECT_TRUE(parse_signature(text));
  ++text.back();
  EXPECT_FALSE(parse_signature(text));
  EXPECT_FALSE(parse_signature(std::string(88, 'z')));
}

TEST(base58, refuses_characters_outside_of_the_alphabet) {
  auto text = to_string(known_keys::wsol_mint);
  for (auto wrong : {'0', 'O', 'I', 'l', ' ', '\0', '\x80', '\xFF', '+'}) {
    auto changed = text;
    changed[20] = wrong;
    EXPECT_FALSE(parse_pubkey(changed)) << static_cast<int>(wrong);
    EXPECT_EQ(decode_base58(changed).error(), errc::invalid_text);
  }
}

TEST(base58, reads_texts_of_any_length_up_to_the_bound) {
  EXPECT_EQ(decode_base58(""), std::vector<uint8_t>{});
  EXPECT_EQ(decode_base58("11"), (std::vector<uint8_t>{0, 0}));
  EXPECT_EQ(decode_base58("5Q"), std::vector<uint8_t>{255});
  EXPECT_EQ(decode_base58("5R"), (std::vector<uint8_t>{1, 0}));
  EXPECT_TRUE(decode_base58(std::string(base58_text_max, 'z')));
  EXPECT_EQ(decode_base58(std::string(base58_text_max + 1, 'z')).error(),
            errc::limit_exceeded);
  std::mt19937_64 engine{7};
  for (size_t length = 0; length < 300; ++length) {
    std::vector<uint8_t> bytes(length);
    for (auto& x : bytes)
      x = static_cast<uint8_t>(engine());
    ASSERT_EQ(decode_base58(naive_base58(bytes)), bytes) << length;
  }
}

TEST(known_keys, name_the_programs_and_the_money) {
  EXPECT_EQ(to_string(known_keys::pump_program),
            "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P");
  EXPECT_EQ(to_string(known_keys::pump_amm_program),
            "pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA");
  EXPECT_TRUE(known_keys::is_money(known_keys::wsol_mint));
  EXPECT_TRUE(known_keys::is_money(known_keys::usdc_mint));
  EXPECT_TRUE(known_keys::is_money(known_keys::usdt_mint));
  EXPECT_FALSE(known_keys::is_money(known_keys::mayhem_vault));
}

} // namespace
