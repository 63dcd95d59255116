#pragma once

#include "domain/pubkey.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace pumpscope::simulator {

/// One step of splitmix64: a bijective mix of 64 bits.
constexpr uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

/// xoshiro256++: the same numbers on every machine and compiler, which the
/// distributions of the standard library do not promise.
class random_source {
public:
  explicit random_source(uint64_t seed) {
    for (auto& word : state_)
      word = seed = mix(seed);
  }

  /// 64 random bits.
  uint64_t next() {
    auto result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    auto shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// Uniform in [0, bound). Pre: `bound > 0`.
  uint64_t below(uint64_t bound) {
    __extension__ using wide = unsigned __int128;
    return static_cast<uint64_t>((static_cast<wide>(next()) * bound) >> 64);
  }

  /// Uniform in [low, high]. Pre: `low <= high` and the range is not all of
  /// 64 bits.
  uint64_t between(uint64_t low, uint64_t high) {
    return low + below(high - low + 1);
  }

  /// Uniform in [0, 1).
  double unit() {
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
  }

  /// True with the given probability.
  bool chance(double probability) {
    return unit() < probability;
  }

  /// Heavy-tailed index in [0, count): index 0 is drawn most, with a share of
  /// count^(-1/3). Pre: `count > 0`.
  uint64_t skewed(uint64_t count) {
    auto x = unit();
    return static_cast<uint64_t>(x * x * x * static_cast<double>(count));
  }

private:
  uint64_t state_[4] = {};
};

/// Writes `words` pseudo-random words that are a function of the arguments.
inline void derive(uint64_t seed, uint64_t kind, uint64_t a, uint64_t b,
                   uint8_t* out, size_t words) {
  auto x = mix(mix(mix(seed ^ kind * 0xD6E8FEB86659FD93ULL) ^ a) ^ b);
  for (size_t i = 0; i < words; ++i) {
    x = mix(x);
    std::memcpy(out + i * 8, &x, 8);
  }
}

/// What a derived key stands for.
enum class key_kind : uint64_t {
  wallet = 1,
  mint,
  curve,
  pool,
  associated_account,
  creator_vault,
  volume_accumulator,
  lp_mint,
  router,
  program_account,
  block,
  signature,
};

/// A key that is a function of its arguments. Not on the curve, not a real PDA:
/// it only looks like one.
inline domain::pubkey derived_key(uint64_t seed, key_kind kind, uint64_t a,
                                  uint64_t b = 0) {
  auto result = domain::pubkey{};
  derive(seed, static_cast<uint64_t>(kind), a, b, result.bytes.data(), 4);
  return result;
}

/// A key derived from two others, as an associated token account is.
inline domain::pubkey derived_key(key_kind kind, const domain::pubkey& x,
                                  const domain::pubkey& y) {
  uint64_t a = 0;
  uint64_t b = 0;
  std::memcpy(&a, x.bytes.data(), 8);
  std::memcpy(&b, y.bytes.data(), 8);
  return derived_key(0x70756D7073636F70ULL, kind, a, b);
}

} // namespace pumpscope::simulator
