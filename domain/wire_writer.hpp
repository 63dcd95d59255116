#pragma once

#include "domain/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pumpscope::domain {

/// Writes one protobuf message field by field: for sources that are no
/// protobuf themselves and have to look like one. Proto3 rules (leave out
/// zeros) are the caller's business.
class wire_writer {
public:
  void varint(uint32_t number, uint64_t value) {
    tag(number, wire_type::varint);
    raw_varint(value);
  }

  void bytes(uint32_t number, std::span<const uint8_t> value) {
    tag(number, wire_type::bytes);
    raw_varint(value.size());
    buffer_.insert(buffer_.end(), value.begin(), value.end());
  }

  void text(uint32_t number, std::string_view value) {
    bytes(number,
          {reinterpret_cast<const uint8_t*>(value.data()), value.size()});
  }

  void message(uint32_t number, const wire_writer& value) {
    bytes(number, value.buffer_);
  }

  /// Appends a varint without a tag: the length prefix of a recording.
  void raw_varint(uint64_t value) {
    while (value >= 0x80) {
      buffer_.push_back(static_cast<uint8_t>(value | 0x80));
      value >>= 7;
    }
    buffer_.push_back(static_cast<uint8_t>(value));
  }

  [[nodiscard]] const std::vector<uint8_t>& buffer() const {
    return buffer_;
  }

  [[nodiscard]] std::vector<uint8_t> take() {
    return std::move(buffer_);
  }

  void clear() {
    buffer_.clear();
  }

private:
  void tag(uint32_t number, wire_type type) {
    raw_varint((static_cast<uint64_t>(number) << 3)
               | static_cast<uint64_t>(type));
  }

  std::vector<uint8_t> buffer_ = {};
};

} // namespace pumpscope::domain
