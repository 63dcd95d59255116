#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pumpscope::domain {

/// An ed25519 public key or program-derived address: wallet, mint, pool.
struct pubkey {
  std::array<uint8_t, 32> bytes = {};

  friend auto operator<=>(const pubkey&, const pubkey&) = default;

  /// By words: a call of memcmp costs more than all of it, and every fold
  /// compares several keys a trade.
  friend bool operator==(const pubkey& x, const pubkey& y) {
    uint64_t left[4];
    uint64_t right[4];
    std::memcpy(left, x.bytes.data(), sizeof(left));
    std::memcpy(right, y.bytes.data(), sizeof(right));
    return ((left[0] ^ right[0]) | (left[1] ^ right[1]) | (left[2] ^ right[2])
            | (left[3] ^ right[3]))
           == 0;
  }
};

/// A transaction signature: names a transaction, never an event.
struct signature {
  std::array<uint8_t, 64> bytes = {};

  friend auto operator<=>(const signature&, const signature&) = default;
};

/// Tells whether `x` is the all-zero default key ("absent" on chain).
inline bool is_default(const pubkey& x) {
  return x == pubkey{};
}

/// Hashes a key with a seed; the seed of a store is persistent, so this must
/// never change. It is XXH3-64.
uint64_t key_hash(const pubkey& x, uint64_t seed);

/// The part of a key's hash that rows keep: 10 bits.
inline constexpr uint32_t hash_slots = 1024;

/// Returns the partition of a key, `(hash & 1023) / (1024 / partitions)`.
/// Pre: `partitions` is a power of two in [1, 64].
uint32_t partition_of(const pubkey& x, uint64_t seed, uint32_t partitions);

/// Hasher for in-memory maps: mixes all 32 bytes.
struct pubkey_hasher {
  using is_avalanching = void;

  size_t operator()(const pubkey& x) const noexcept {
    uint64_t words[4];
    std::memcpy(words, x.bytes.data(), sizeof(words));
    auto hash = words[0] * 0x9E3779B97F4A7C15ULL;
    hash = (hash ^ words[1] ^ (hash >> 32)) * 0xC2B2AE3D27D4EB4FULL;
    hash = (hash ^ words[2] ^ (hash >> 29)) * 0x165667B19E3779F9ULL;
    hash = (hash ^ words[3] ^ (hash >> 32)) * 0x9E3779B97F4A7C15ULL;
    return static_cast<size_t>(hash ^ (hash >> 32));
  }
};

} // namespace pumpscope::domain
