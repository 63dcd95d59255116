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

void command_buffer::begin(size_t words) {
  append_length(text_, '*', words);
  ++commands_;
}

void command_buffer::word(std::string_view bytes) {
  append_length(text_, '$', bytes.size());
  text_ += bytes;
  text_ += "\r\n";
}

} // namespace pumpscope::redis
