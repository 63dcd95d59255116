#include "adapters/redis/command_buffer.hpp"

#include <array>
#include <charconv>

namespace pumpscope::redis {

namespace {

void append_length(std::string& out, char kind, size_t x) {
  auto buffer = std::array<char, 24>{};
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr;
  out += kind;
  out.append(buffer.data(), end);
  out += "\r\n";
}

} // namespace

void append_word(std::string& text, std::string_view bytes) {
  append_length(text, '$', bytes.size());
  text += bytes;
  text += "\r\n";
}

void command_buffer::begin(size_t words) {
  append_length(text_, '*', words);
  ++commands_;
}

} // namespace pumpscope::redis
