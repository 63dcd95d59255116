#pragma once

#include "domain/int128.hpp"
#include "domain/pubkey.hpp"

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace pumpscope::domain {

static_assert(std::endian::native == std::endian::little,
              "borsh is little-endian and we copy its integers as they are");

/// Elements of a borsh vector whose elements have a fixed size, not decoded.
struct borsh_elements {
  uint32_t count = 0;
  std::span<const uint8_t> bytes = {};
};

/// Reads borsh fields one after the other. A read returns false and leaves its
/// argument alone when the bytes are used up (an older layout: stop here) or
/// damaged (`ok()` tells). Never reads past the end.
class borsh_reader {
public:
  explicit borsh_reader(std::span<const uint8_t> bytes)
    : at_{bytes.data()}, end_{bytes.data() + bytes.size()} {
    // nop
  }

  /// Reads a little-endian integer.
  template <class T>
  requires(std::integral<T> || std::same_as<T, i128> || std::same_as<T, u128>)
    [[nodiscard]] bool next(T& x) {
    if (!has(sizeof(T)))
      return false;
    std::memcpy(&x, at_, sizeof(T));
    return take(sizeof(T));
  }

  /// Reads a byte that must be 0 or 1.
  [[nodiscard]] bool next(bool& x) {
    if (!has(1))
      return false;
    if (*at_ > 1) {
      bad_flag_ = true;
      return fail();
    }
    x = *at_ == 1;
    return take(1);
  }

  [[nodiscard]] bool next(pubkey& x) {
    if (!has(x.bytes.size()))
      return false;
    std::memcpy(x.bytes.data(), at_, x.bytes.size());
    return take(x.bytes.size());
  }

  /// Reads a string: a 32-bit length and so many bytes of any content.
  [[nodiscard]] bool next(std::string_view& x) {
    uint32_t length = 0;
    if (!has(sizeof(length)))
      return false;
    std::memcpy(&length, at_, sizeof(length));
    if (static_cast<size_t>(end_ - at_) - sizeof(length) < length)
      return fail();
    x = {reinterpret_cast<const char*>(at_ + sizeof(length)), length};
    return take(sizeof(length) + size_t{length});
  }

  /// Reads a vector of elements of `element_size` bytes.
  [[nodiscard]] bool next(borsh_elements& x, size_t element_size) {
    uint32_t count = 0;
    if (!has(sizeof(count)))
      return false;
    std::memcpy(&count, at_, sizeof(count));
    auto length = uint64_t{count} * element_size;
    if (static_cast<uint64_t>(end_ - at_) - sizeof(count) < length)
      return fail();
    x.count = count;
    x.bytes = {at_ + sizeof(count), static_cast<size_t>(length)};
    return take(sizeof(count) + static_cast<size_t>(length));
  }

  /// Reads an optional value: a byte, 0 or 1, then the value if it was 1.
  template <class T>
  [[nodiscard]] bool next(std::optional<T>& x) {
    auto begin = at_;
    auto present = false;
    auto fields = fields_;
    if (!next(present))
      return false;
    fields_ = fields;
    if (!present) {
      x.reset();
      return take(0);
    }
    T value = {};
    if (!next(value)) {
      at_ = begin;
      return fail();
    }
    x = value;
    return true;
  }

  /// False after the bytes turned out to end inside a field, or a flag byte
  /// to be above 1.
  [[nodiscard]] bool ok() const {
    return ok_;
  }

  /// The error is a flag byte above 1.
  [[nodiscard]] bool bad_flag() const {
    return bad_flag_;
  }

  /// Fields that were read so far.
  [[nodiscard]] size_t fields() const {
    return fields_;
  }

  /// Bytes that were not read.
  [[nodiscard]] size_t remaining() const {
    return static_cast<size_t>(end_ - at_);
  }

private:
  /// Tells whether `count` bytes are left; none left is a clean end, some but
  /// too few is an error.
  bool has(size_t count) {
    auto left = remaining();
    if (left >= count && ok_)
      return true;
    if (left != 0)
      ok_ = false;
    return false;
  }

  bool take(size_t count) {
    at_ += count;
    ++fields_;
    return true;
  }

  bool fail() {
    ok_ = false;
    return false;
  }

  const uint8_t* at_;
  const uint8_t* end_;
  size_t fields_ = 0;
  bool ok_ = true;
  bool bad_flag_ = false;
};

} // namespace pumpscope::domain
