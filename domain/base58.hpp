#pragma once

#include "domain/error.hpp"
#include "domain/pubkey.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::domain {

/// Longest base58 text of a key and of a signature.
inline constexpr size_t pubkey_text_max = 44;
inline constexpr size_t signature_text_max = 88;

/// Base58 text of a fixed-size value, without an allocation.
template <size_t Max>
struct base58_text {
  std::array<char, Max> chars = {};
  size_t length = 0;

  [[nodiscard]] std::string_view view() const {
    return {chars.data(), length};
  }
};

/// Returns the base58 text of a key (32 to 44 characters).
base58_text<pubkey_text_max> to_base58(const pubkey& x);

/// Returns the base58 text of a signature (64 to 88 characters).
base58_text<signature_text_max> to_base58(const signature& x);

/// @relates pubkey
std::string to_string(const pubkey& x);

/// @relates signature
std::string to_string(const signature& x);

/// Reads a key. Strict: exactly the canonical text of 32 bytes, or
/// `errc::invalid_text`.
result<pubkey> parse_pubkey(std::string_view text);

/// Reads a signature. Strict: exactly the canonical text of 64 bytes, or
/// `errc::invalid_text`.
result<signature> parse_signature(std::string_view text);

/// Longest text that `decode_base58` takes: instruction data of 10 KiB.
inline constexpr size_t base58_text_max = 20'000;

/// Reads base58 text of any length up to `base58_text_max`; quadratic time.
/// Refuses with `errc::invalid_text` or `errc::limit_exceeded`.
result<std::vector<uint8_t>> decode_base58(std::string_view text);

/// Writes base58 text of any bytes; quadratic time. For tests and tools.
std::string encode_base58(std::span<const uint8_t> bytes);

} // namespace pumpscope::domain
