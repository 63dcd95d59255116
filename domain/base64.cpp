#include "domain/base64.hpp"

#include <array>
#include <cstddef>

namespace pumpscope::domain {

namespace {

constexpr char alphabet[]
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<uint8_t, 256> make_digit_table() {
  std::array<uint8_t, 256> result = {};
  result.fill(0xFF);
  for (uint8_t i = 0; i < 64; ++i)
    result[static_cast<uint8_t>(alphabet[i])] = i;
  return result;
}

constexpr auto digit_table = make_digit_table();

/// Reads four characters as 24 bits; false when one is none of ours.
bool read_quad(std::string_view quad, uint32_t& bits) {
  uint8_t seen = 0;
  bits = 0;
  for (auto c : quad) {
    auto digit = digit_table[static_cast<uint8_t>(c)];
    seen |= digit;
    bits = (bits << 6) | (digit & 0x3FU);
  }
  return (seen & 0x80) == 0;
}

} // namespace

result<void> append_base64(std::string_view text, std::vector<uint8_t>& out) {
  if (text.size() % 4 != 0)
    return tl::unexpected{errc::invalid_text};
  size_t padding = 0;
  while (padding < 2 && padding < text.size()
         && text[text.size() - 1 - padding] == '=')
    ++padding;
  auto begin = out.size();
  out.resize(begin + text.size() / 4 * 3);
  auto at = begin;
  for (size_t i = 0; i < text.size(); i += 4) {
    auto last = i + 4 == text.size();
    char quad[4] = {text[i], text[i + 1], text[i + 2], text[i + 3]};
    for (size_t p = 0; last && p < padding; ++p)
      quad[3 - p] = 'A';
    uint32_t bits = 0;
    // Bits that padding cuts off must be zero: one text per value.
    if (!read_quad({quad, 4}, bits)
        || (last && (bits & ((1U << (8 * padding)) - 1)) != 0)) {
      out.resize(begin);
      return tl::unexpected{errc::invalid_text};
    }
    out[at++] = static_cast<uint8_t>(bits >> 16);
    out[at++] = static_cast<uint8_t>(bits >> 8);
    out[at++] = static_cast<uint8_t>(bits);
  }
  out.resize(at - padding);
  return {};
}

result<std::vector<uint8_t>> decode_base64(std::string_view text) {
  std::vector<uint8_t> result;
  if (auto done = append_base64(text, result); !done)
    return tl::unexpected{done.error()};
  return result;
}

std::string encode_base64(std::span<const uint8_t> bytes) {
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    auto rest = bytes.size() - i;
    uint32_t bits = static_cast<uint32_t>(bytes[i]) << 16;
    if (rest > 1)
      bits |= static_cast<uint32_t>(bytes[i + 1]) << 8;
    if (rest > 2)
      bits |= bytes[i + 2];
    result.push_back(alphabet[bits >> 18]);
    result.push_back(alphabet[(bits >> 12) & 0x3F]);
    result.push_back(rest > 1 ? alphabet[(bits >> 6) & 0x3F] : '=');
    result.push_back(rest > 2 ? alphabet[bits & 0x3F] : '=');
  }
  return result;
}

} // namespace pumpscope::domain
