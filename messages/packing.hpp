#pragma once

#include "domain/int128.hpp"
#include "domain/pubkey.hpp"
#include "domain/trade.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace pumpscope::messages {

/// Returns the largest value of a column where `x` is larger: for limits, of
/// which callers may say "all".
constexpr int64_t saturated(uint64_t x) {
  return x > static_cast<uint64_t>(INT64_MAX) ? INT64_MAX
                                              : static_cast<int64_t>(x);
}

/// A signed amount as a column that sorts as the number does: 16 bytes, big
/// endian, sign bit flipped.
std::array<char, 16> to_ordered(domain::i128 x);

/// An unsigned amount as a column that sorts as the number does: 16 bytes, big
/// endian.
std::array<char, 16> to_ordered(domain::u128 x);

/// Reverses `to_ordered`. Pre: 16 bytes.
domain::i128 ordered_to_i128(std::string_view bytes);

/// @copydoc ordered_to_i128
domain::u128 ordered_to_u128(std::string_view bytes);

/// Returns a key as a column. Money mints take their first 8 bytes only: half
/// of a row is keys, and no other mint can be found that shares these. Keeps
/// the order of keys.
std::string_view to_mint_column(const domain::pubkey& x);

/// Reverses `to_mint_column`; false for a size that it cannot be.
bool from_mint_column(std::string_view bytes, domain::pubkey& x);

/// Returns the bytes of a key as they are; valid as long as `x`.
inline std::string_view bytes_of(const domain::pubkey& x) {
  return {reinterpret_cast<const char*>(x.bytes.data()), x.bytes.size()};
}

/// @copydoc bytes_of
inline std::string_view bytes_of(const domain::signature& x) {
  return {reinterpret_cast<const char*>(x.bytes.data()), x.bytes.size()};
}

/// @copydoc bytes_of
inline std::string_view bytes_of(const std::array<char, 16>& x) {
  return {x.data(), x.size()};
}

/// Reverses `bytes_of`; false for another size.
template <class Key>
bool from_bytes(std::string_view bytes, Key& x) {
  if (bytes.size() != x.bytes.size())
    return false;
  std::memcpy(x.bytes.data(), bytes.data(), bytes.size());
  return true;
}

/// Packs numbers as variable-length integers (7 bits a byte, low ones first;
/// signed ones zigzag): most fit 1 to 6 bytes instead of 8 or 16.
class packer {
public:
  /// Bytes of the longest row: an event with texts of their full length.
  static constexpr size_t bytes_max = 4'096;

  /// Forgets the last row.
  void clear() {
    size_ = 0;
    overflow_ = false;
  }

  void put(uint64_t x) {
    if (!room(10))
      return;
    for (; x >= 0x80; x >>= 7)
      bytes_[size_++] = static_cast<char>(x | 0x80);
    bytes_[size_++] = static_cast<char>(x);
  }

  void put(int64_t x) {
    put(static_cast<uint64_t>(x) << 1 ^ static_cast<uint64_t>(x >> 63));
  }

  void put(domain::u128 x) {
    if (x <= ~uint64_t{0}) {
      put(static_cast<uint64_t>(x));
      return;
    }
    if (!room(19))
      return;
    for (; x >= 0x80; x >>= 7)
      bytes_[size_++] = static_cast<char>(static_cast<uint8_t>(x) | 0x80);
    bytes_[size_++] = static_cast<char>(x);
  }

  void put(domain::i128 x) {
    put(static_cast<domain::u128>(x) << 1
        ^ static_cast<domain::u128>(x >> 127));
  }

  /// A key that is often the default key or a money mint.
  void put_key(const domain::pubkey& x);

  void put_bytes(std::string_view bytes) {
    if (!room(bytes.size()))
      return;
    std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  void put_text(std::string_view text) {
    put(static_cast<uint64_t>(text.size()));
    put_bytes(text);
  }

  /// Tells whether the row did not fit.
  [[nodiscard]] bool overflow() const {
    return overflow_;
  }

  /// Valid until the next `clear`.
  [[nodiscard]] std::string_view bytes() const {
    return {bytes_.data(), size_};
  }

private:
  bool room(size_t size) {
    if (bytes_max - size_ < size)
      overflow_ = true;
    return !overflow_;
  }

  std::array<char, bytes_max> bytes_;
  size_t size_ = 0;
  bool overflow_ = false;
};

/// Reads what `packer` wrote. Anything damaged reads as zeros and makes
/// `complete` false.
class unpacker {
public:
  explicit unpacker(std::string_view bytes) : bytes_(bytes) {
  }

  uint64_t get_unsigned() {
    auto wide = get_wide(64);
    return static_cast<uint64_t>(wide);
  }

  int64_t get_signed() {
    auto x = get_unsigned();
    return static_cast<int64_t>(x >> 1 ^ (~(x & 1) + 1));
  }

  domain::u128 get_u128() {
    return get_wide(128);
  }

  domain::i128 get_i128() {
    auto x = get_wide(128);
    return static_cast<domain::i128>(x >> 1 ^ (~(x & 1) + 1));
  }

  domain::pubkey get_key();

  std::string_view get_bytes(size_t size) {
    if (size > bytes_.size()) {
      failed_ = true;
      return {};
    }
    auto result = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return result;
  }

  std::string_view get_text() {
    return get_bytes(get_unsigned());
  }

  /// A number that must not exceed `max`, such as an enumerator.
  template <class T>
  T get_bounded(uint64_t max) {
    auto x = get_unsigned();
    if (x > max)
      failed_ = true;
    return failed_ ? T{} : static_cast<T>(x);
  }

  /// Tells whether all bytes were read and none was missing.
  [[nodiscard]] bool complete() const {
    return !failed_ && bytes_.empty();
  }

private:
  domain::u128 get_wide(unsigned bits);

  std::string_view bytes_;
  bool failed_ = false;
};

} // namespace pumpscope::messages
