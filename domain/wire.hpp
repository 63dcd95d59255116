#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace pumpscope::domain {

/// How a protobuf field is encoded: the low three bits of its tag.
enum class wire_type : uint8_t {
  varint = 0,
  fixed64 = 1,
  bytes = 2,
  group_begin = 3,
  group_end = 4,
  fixed32 = 5,
};

/// Reads the fields of one protobuf message from bytes that nobody vouches
/// for. Never reads past the end; after an error all reads fail.
///
///     while (reader.next()) {
///       if (reader.is(4, wire_type::bytes))
///         use(reader.bytes());
///       else
///         reader.skip();
///     }
///     if (!reader.ok()) ...
///
/// Each field must be read or skipped, once, before the next one. Like
/// protobuf's own parsers it takes over-long varints and drops the bits that
/// do not fit.
class wire_reader {
public:
  /// Unknown groups may nest this deep.
  static constexpr int group_depth_max = 100;

  explicit wire_reader(std::span<const uint8_t> message)
    : at_{message.data()}, end_{message.data() + message.size()} {
    // nop
  }

  /// Moves to the next field; false at the end or after an error.
  bool next() {
    if (at_ == end_)
      return false;
    auto tag = read_tag();
    number_ = tag >> 3;
    type_ = static_cast<wire_type>(tag & 7);
    if (number_ == 0 || (tag & 7) > 5 || type_ == wire_type::group_end)
      return fail();
    return true;
  }

  /// Tells whether the current field has this number and encoding.
  [[nodiscard]] bool is(uint32_t number, wire_type type) const {
    return number_ == number && type_ == type;
  }

  /// Number and encoding of the current field.
  [[nodiscard]] uint32_t number() const {
    return number_;
  }

  /// @copydoc number
  [[nodiscard]] wire_type type() const {
    return type_;
  }

  /// Reads the current field, a varint; 0 after an error.
  uint64_t varint() {
    if (at_ != end_ && *at_ < 0x80)
      return *at_++;
    uint64_t result = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at_ == end_)
        break;
      auto byte = *at_++;
      if (shift < 64)
        result |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80)
        return result;
    }
    fail();
    return 0;
  }

  /// Reads the current field, a length and so many bytes; empty after an
  /// error.
  std::span<const uint8_t> bytes() {
    auto length = varint();
    if (length > static_cast<uint64_t>(end_ - at_)) {
      fail();
      return {};
    }
    auto result = std::span{at_, static_cast<size_t>(length)};
    at_ += length;
    return result;
  }

  /// Reads the current field as text, in whatever encoding it is.
  std::string_view text() {
    auto raw = bytes();
    return {reinterpret_cast<const char*>(raw.data()), raw.size()};
  }

  /// Passes over the current field.
  void skip() {
    switch (type_) {
      case wire_type::varint:
        varint();
        break;
      case wire_type::fixed64:
        advance(8);
        break;
      case wire_type::bytes:
        bytes();
        break;
      case wire_type::group_begin:
        skip_group();
        break;
      case wire_type::fixed32:
        advance(4);
        break;
      default:
        fail();
        break;
    }
  }

  /// False after the bytes turned out to be no message.
  [[nodiscard]] bool ok() const {
    return !failed_;
  }

private:
  bool fail() {
    failed_ = true;
    at_ = end_;
    return false;
  }

  void advance(size_t count) {
    if (static_cast<size_t>(end_ - at_) < count)
      fail();
    else
      at_ += count;
  }

  /// A tag has 32 bits in at most five bytes.
  uint32_t read_tag() {
    if (*at_ < 0x80)
      return *at_++;
    uint32_t result = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      if (at_ == end_)
        break;
      auto byte = *at_++;
      result |= static_cast<uint32_t>(static_cast<uint64_t>(byte & 0x7F)
                                      << shift);
      if (byte < 0x80)
        return result;
    }
    fail();
    return 0;
  }

  /// Passes over a group up to its matching end, without recursion.
  void skip_group() {
    uint32_t open[group_depth_max];
    int depth = 0;
    open[depth++] = number_;
    while (depth > 0) {
      if (at_ == end_) {
        fail();
        return;
      }
      auto tag = read_tag();
      auto number = tag >> 3;
      auto type = static_cast<wire_type>(tag & 7);
      if (failed_ || number == 0 || (tag & 7) > 5) {
        fail();
        return;
      }
      if (type == wire_type::group_end) {
        if (open[--depth] != number) {
          fail();
          return;
        }
      } else if (type == wire_type::group_begin) {
        if (depth == group_depth_max) {
          fail();
          return;
        }
        open[depth++] = number;
      } else {
        type_ = type;
        skip();
      }
      if (failed_)
        return;
    }
  }

  const uint8_t* at_;
  const uint8_t* end_;
  uint32_t number_ = 0;
  wire_type type_ = wire_type::varint;
  bool failed_ = false;
};

} // namespace pumpscope::domain
