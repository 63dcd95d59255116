#include "domain/utf8.hpp"

#include <cstdint>

namespace pumpscope::domain {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Length of the character that `text` begins with; 0 when it is none.
size_t character_length(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  auto first = byte(0);
  if (first < 0x80)
    return first == 0 ? 0 : 1;
  size_t length = 0;
  // Bounds of the second byte exclude over-long forms, surrogates and what is
  // beyond U+10FFFF.
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    low = first == 0xE0 ? 0xA0 : low;
    high = first == 0xED ? 0x9F : high;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    low = first == 0xF0 ? 0x90 : low;
    high = first == 0xF4 ? 0x8F : high;
  }
  if (length == 0 || text.size() < length || byte(1) < low || byte(1) > high)
    return 0;
  for (size_t i = 2; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  return length;
}

} // namespace

std::string clean_utf8(std::string_view text, size_t bytes_max) {
  std::string result;
  while (!text.empty()) {
    auto length = character_length(text);
    auto piece = length == 0 ? replacement : text.substr(0, length);
    if (result.size() + piece.size() > bytes_max)
      break;
    result += piece;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

} // namespace pumpscope::domain
