#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pumpscope::simulator {

/// Writes protobuf and borsh into a buffer that is reused from message to
/// message: no allocation after the first ones. Little-endian machines only,
/// as the rest of the product.
class wire_writer {
public:
  /// Where a nested message began.
  struct mark {
    size_t length_at = 0;
    size_t reserved = 0;
  };

  void clear() {
    size_ = 0;
  }

  [[nodiscard]] size_t size() const {
    return size_;
  }

  [[nodiscard]] std::string_view view() const {
    return {buffer_.data(), size_};
  }

  [[nodiscard]] char* data() {
    return buffer_.data();
  }

  /// Makes room for `count` bytes more and returns where they go; `advance`
  /// says how many were used.
  char* reserve(size_t count) {
    if (buffer_.size() - size_ < count)
      buffer_.resize(2 * buffer_.size() + count);
    return buffer_.data() + size_;
  }

  void advance(size_t count) {
    size_ += count;
  }

  void raw(const void* bytes, size_t count) {
    auto* out = reserve(count);
    // An empty view may point nowhere, which memcpy does not like.
    if (count != 0)
      std::memcpy(out, bytes, count);
    size_ += count;
  }

  void raw(std::string_view bytes) {
    raw(bytes.data(), bytes.size());
  }

  void byte(uint8_t x) {
    *reserve(1) = static_cast<char>(x);
    ++size_;
  }

  void varint(uint64_t x) {
    auto* out = reserve(10);
    if (x < 0x80) {
      *out = static_cast<char>(x);
      ++size_;
      return;
    }
    auto* begin = out;
    while (x >= 0x80) {
      *out++ = static_cast<char>(x | 0x80);
      x >>= 7;
    }
    *out++ = static_cast<char>(x);
    size_ += static_cast<size_t>(out - begin);
  }

  /// A field of wire type 0. Written also when zero.
  void number(uint32_t field, uint64_t x) {
    varint(field << 3);
    varint(x);
  }

  /// A field of wire type 2.
  void bytes(uint32_t field, const void* data, size_t count) {
    varint(field << 3 | 2);
    varint(count);
    raw(data, count);
  }

  /// @copydoc bytes
  void bytes(uint32_t field, std::string_view data) {
    bytes(field, data.data(), data.size());
  }

  /// A field of wire type 1.
  void fixed64(uint32_t field, uint64_t x) {
    varint(field << 3 | 1);
    raw(&x, 8);
  }

  /// Begins a nested message; `reserved` is the expected size of its length (1
  /// below 128 bytes, 2 below 16,384). A wrong guess costs a move.
  mark begin(uint32_t field, size_t reserved) {
    varint(field << 3 | 2);
    auto result = mark{size_, reserved};
    reserve(reserved);
    size_ += reserved;
    return result;
  }

  /// Ends the nested message that `begin` opened.
  void end(mark x) {
    auto body = x.length_at + x.reserved;
    auto length = size_ - body;
    auto needed = size_t{1};
    for (auto rest = length; rest >= 0x80; rest >>= 7)
      ++needed;
    if (needed != x.reserved) {
      reserve(needed);
      std::memmove(buffer_.data() + x.length_at + needed, buffer_.data() + body,
                   length);
    }
    auto* out = buffer_.data() + x.length_at;
    for (auto rest = length; needed > 0; --needed, rest >>= 7)
      *out++ = static_cast<char>((rest & 0x7F) | (needed > 1 ? 0x80 : 0));
    size_ = static_cast<size_t>(out - buffer_.data()) + length;
  }

  /// A little-endian integer as borsh writes it.
  template <class T>
  void little(T x) {
    raw(&x, sizeof(T));
  }

  /// A borsh string.
  void text(std::string_view x) {
    little(static_cast<uint32_t>(x.size()));
    raw(x);
  }

private:
  std::string buffer_ = std::string(size_t{64} << 10, '\0');
  size_t size_ = 0;
};

/// Returns the length of the base64 text of `count` bytes, padding included.
constexpr size_t base64_size(size_t count) {
  return (count + 2) / 3 * 4;
}

/// Writes base64 with padding; `out` has room for `base64_size(count)`.
void write_base64(const uint8_t* bytes, size_t count, char* out);

} // namespace pumpscope::simulator
