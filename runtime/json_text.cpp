#include "runtime/json_text.hpp"

#include <array>
#include <cstdio>

namespace pumpscope::runtime {

namespace {

/// Returns the length of the valid UTF-8 sequence at the start of `text`, or 0.
size_t sequence_length(std::string_view text) {
  auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  auto first = byte(0);
  if (first < 0x80)
    return 1;
  auto length = first >= 0xF0 ? size_t{4} : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length)
    return 0;
  for (auto i = size_t{1}; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  // Overlong forms, surrogates and what is above U+10FFFF.
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)
      || (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F))
    return 0;
  return length;
}

void append_ascii(std::string& out, char c) {
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
    return;
  }
  auto code = static_cast<unsigned char>(c);
  if (code >= 0x20 && code != 0x7F) {
    out += c;
    return;
  }
  auto buffer = std::array<char, 8>{};
  std::snprintf(buffer.data(), buffer.size(), "\\u%04x", code);
  out += buffer.data();
}

} // namespace

std::string json_quoted(std::string_view value) {
  auto result = std::string{"\""};
  while (!value.empty()) {
    auto length = sequence_length(value);
    if (length == 1)
      append_ascii(result, value.front());
    else if (length == 0)
      result += "\\ufffd";
    else
      result += value.substr(0, length);
    value.remove_prefix(length == 0 ? 1 : length);
  }
  return result + "\"";
}

json_object& json_object::text(std::string_view name, std::string_view value) {
  key(name);
  text_ += json_quoted(value);
  return *this;
}

json_object& json_object::amount(std::string_view name, domain::i128 value) {
  return text(name, domain::to_string(value));
}

json_object& json_object::number(std::string_view name, uint64_t value) {
  return raw(name, std::to_string(value));
}

json_object& json_object::signed_number(std::string_view name, int64_t value) {
  return raw(name, std::to_string(value));
}

json_object& json_object::flag(std::string_view name, bool value) {
  return raw(name, value ? "true" : "false");
}

json_object& json_object::raw(std::string_view name, std::string_view value) {
  key(name);
  text_ += value;
  return *this;
}

void json_object::key(std::string_view name) {
  if (text_.size() > 1)
    text_ += ',';
  text_ += json_quoted(name);
  text_ += ':';
}

} // namespace pumpscope::runtime
