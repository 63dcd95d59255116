#include "adapters/redis/command_buffer.hpp"

#include <charconv>
#include <cstring>

namespace pumpscope::redis {

namespace {

/// Words up to this length are copied once, together with what frames them.
constexpr size_t short_word = 128;

/// Room for a kind, a length and the end of the line.
constexpr size_t header_max = 24;

/// Writes a kind and a length as a line; returns its end.
char* put_length(char* to, char kind, size_t x) {
  *to++ = kind;
  to = std::to_chars(to, to + 20, x).ptr;
  *to++ = '\r';
  *to++ = '\n';
  return to;
}

} // namespace

void command_buffer::begin(size_t words) {
  // Without initial values: it is made for every command.
  char buffer[header_max];
  text_.append(buffer, put_length(buffer, '*', words));
  ++commands_;
}

void append_word(std::string& text, std::string_view bytes) {
  char buffer[header_max + short_word + 2];
  auto end = put_length(buffer, '$', bytes.size());
  if (bytes.size() > short_word) {
    text.append(buffer, end);
    text += bytes;
    text += "\r\n";
    return;
  }
  std::memcpy(end, bytes.data(), bytes.size());
  end += bytes.size();
  *end++ = '\r';
  *end++ = '\n';
  text.append(buffer, end);
}

} // namespace pumpscope::redis
