#include "adapters/redis/msgpack.hpp"

#include <bit>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

namespace pumpscope::redis {

namespace {

constexpr size_t depth_max = 32;

/// Appends a marker and the lowest `bytes` bytes of `x`, big endian.
void append_sized(std::string& out, uint8_t marker, uint64_t x, int bytes) {
  out += static_cast<char>(marker);
  for (auto shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(x >> shift);
}

/// Appends the head of a map or an array; `marker` is that of 16 bits.
void append_head(std::string& out, uint8_t small, uint8_t marker, size_t size) {
  if (size < 16)
    out += static_cast<char>(small | size);
  else if (size <= std::numeric_limits<uint16_t>::max())
    append_sized(out, marker, size, 2);
  else
    append_sized(out, static_cast<uint8_t>(marker + 1), size, 4);
}

void append_negative(std::string& out, int64_t x) {
  auto bits = static_cast<uint64_t>(x);
  if (x >= -32)
    out += static_cast<char>(bits);
  else if (x >= std::numeric_limits<int8_t>::min())
    append_sized(out, 0xD0, bits, 1);
  else if (x >= std::numeric_limits<int16_t>::min())
    append_sized(out, 0xD1, bits, 2);
  else if (x >= std::numeric_limits<int32_t>::min())
    append_sized(out, 0xD2, bits, 4);
  else
    append_sized(out, 0xD3, bits, 8);
}

void append_utf8(std::string& out, uint32_t x) {
  auto tail = [&](int shift) {
    out += static_cast<char>(0x80 | ((x >> shift) & 0x3F));
  };
  if (x < 0x80) {
    out += static_cast<char>(x);
  } else if (x < 0x800) {
    out += static_cast<char>(0xC0 | (x >> 6));
    tail(0);
  } else if (x < 0x10000) {
    out += static_cast<char>(0xE0 | (x >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | (x >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Reads JSON once, from the left, and writes what it reads.
class transcoder {
public:
  transcoder(std::string& out, std::string_view json) : out_(out), in_(json) {
    // nop
  }

  bool run() {
    if (!value(0))
      return false;
    skip_space();
    return in_.empty();
  }

private:
  bool value(size_t depth) {
    skip_space();
    if (in_.empty() || depth > depth_max)
      return false;
    switch (in_.front()) {
      case '{':
        return container(depth, '}', 0x80, 0xDE);
      case '[':
        return container(depth, ']', 0x90, 0xDC);
      case '"':
        return text();
      case 't':
        return word("true", 0xC3);
      case 'f':
        return word("false", 0xC2);
      case 'n':
        return word("null", 0xC0);
      default:
        return number();
    }
  }

  /// How many there are is known at the end: the head is put before them then.
  bool container(size_t depth, char end, uint8_t small, uint8_t marker) {
    in_.remove_prefix(1);
    auto begin = out_.size();
    auto size = size_t{0};
    skip_space();
    if (!take(end)) {
      do {
        skip_space();
        if (end == '}' && !(text() && (skip_space(), take(':'))))
          return false;
        if (!value(depth + 1))
          return false;
        ++size;
        skip_space();
      } while (take(','));
      if (!take(end))
        return false;
    }
    auto head = std::string{};
    append_head(head, small, marker, size);
    out_.insert(begin, head);
    return true;
  }

  bool text() {
    if (!take('"'))
      return false;
    scratch_.clear();
    while (!in_.empty()) {
      auto c = in_.front();
      in_.remove_prefix(1);
      if (c == '"') {
        append_msgpack_text(out_, scratch_);
        return true;
      }
      if (c != '\\')
        scratch_ += c;
      else if (!escape())
        return false;
    }
    return false;
  }

  bool escape() {
    constexpr auto names = std::string_view{"\"\\/bfnrt"};
    constexpr auto values = std::string_view{"\"\\/\b\f\n\r\t"};
    if (in_.empty())
      return false;
    auto c = in_.front();
    in_.remove_prefix(1);
    if (auto i = names.find(c); i != std::string_view::npos) {
      scratch_ += values[i];
      return true;
    }
    auto unit = c == 'u' ? code_unit() : std::nullopt;
    if (!unit)
      return false;
    if (*unit < 0xD800 || *unit > 0xDFFF) {
      append_utf8(scratch_, *unit);
      return true;
    }
    if (*unit > 0xDBFF || !take('\\') || !take('u'))
      return false;
    auto low = code_unit();
    if (!low || *low < 0xDC00 || *low > 0xDFFF)
      return false;
    append_utf8(scratch_, 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00));
    return true;
  }

  /// Four hexadecimal digits.
  std::optional<uint32_t> code_unit() {
    auto result = uint32_t{0};
    if (in_.size() < 4)
      return std::nullopt;
    auto end = in_.data() + 4;
    auto [read, error] = std::from_chars(in_.data(), end, result, 16);
    if (error != std::errc{} || read != end)
      return std::nullopt;
    in_.remove_prefix(4);
    return result;
  }

  bool number() {
    auto end = in_.find_first_not_of("+-.0123456789eE");
    auto word = in_.substr(0, end);
    in_.remove_prefix(word.size());
    auto is_all = [&](auto& x) {
      auto [read, error] = std::from_chars(word.data(),
                                           word.data() + word.size(), x);
      return error == std::errc{} && read == word.data() + word.size();
    };
    if (auto x = uint64_t{0}; is_all(x)) {
      append_msgpack_integer(out_, x);
      return true;
    }
    // A double can be below zero without being less than zero.
    if (auto x = int64_t{0}; word != "-0" && is_all(x)) {
      append_negative(out_, x);
      return true;
    }
    if (auto x = 0.0; is_all(x)) {
      append_sized(out_, 0xCB, std::bit_cast<uint64_t>(x), 8);
      return true;
    }
    return false;
  }

  bool word(std::string_view expected, uint8_t marker) {
    if (!in_.starts_with(expected))
      return false;
    in_.remove_prefix(expected.size());
    out_ += static_cast<char>(marker);
    return true;
  }

  bool take(char c) {
    if (in_.empty() || in_.front() != c)
      return false;
    in_.remove_prefix(1);
    return true;
  }

  void skip_space() {
    auto begin = in_.find_first_not_of(" \t\r\n");
    in_.remove_prefix(begin == std::string_view::npos ? in_.size() : begin);
  }

  std::string& out_;
  std::string_view in_;
  std::string scratch_ = {};
};

} // namespace

bool append_msgpack(std::string& out, std::string_view json) {
  auto begin = out.size();
  if (transcoder{out, json}.run())
    return true;
  out.resize(begin);
  return false;
}

void append_msgpack_text(std::string& out, std::string_view utf8) {
  auto size = utf8.size();
  if (size < 32)
    out += static_cast<char>(0xA0 | size);
  else if (size <= std::numeric_limits<uint8_t>::max())
    append_sized(out, 0xD9, size, 1);
  else if (size <= std::numeric_limits<uint16_t>::max())
    append_sized(out, 0xDA, size, 2);
  else
    append_sized(out, 0xDB, size, 4);
  out += utf8;
}

void append_msgpack_map(std::string& out, size_t members) {
  append_head(out, 0x80, 0xDE, members);
}

void append_msgpack_array(std::string& out, size_t elements) {
  append_head(out, 0x90, 0xDC, elements);
}

void append_msgpack_integer(std::string& out, uint64_t x) {
  if (x < 128)
    out += static_cast<char>(x);
  else if (x <= std::numeric_limits<uint8_t>::max())
    append_sized(out, 0xCC, x, 1);
  else if (x <= std::numeric_limits<uint16_t>::max())
    append_sized(out, 0xCD, x, 2);
  else if (x <= std::numeric_limits<uint32_t>::max())
    append_sized(out, 0xCE, x, 4);
  else
    append_sized(out, 0xCF, x, 8);
}

} // namespace pumpscope::redis
