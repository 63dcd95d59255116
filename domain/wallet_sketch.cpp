#include "domain/wallet_sketch.hpp"

#include <cmath>

namespace pumpscope::domain {

uint64_t wallet_sketch::hash_of(const pubkey& wallet) {
  return key_hash(wallet, 0);
}

uint64_t wallet_sketch::estimate() const {
  constexpr auto m = static_cast<double>(registers_count);
  auto sum = 0.0;
  auto zeros = 0;
  for (auto rank : registers) {
    sum += std::ldexp(1.0, -static_cast<int>(rank));
    zeros += rank == 0 ? 1 : 0;
  }
  // Constants of the HyperLogLog paper (Flajolet et al., 2007) for m = 128.
  auto estimate = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
  if (estimate <= 2.5 * m && zeros > 0)
    estimate = m * std::log(m / static_cast<double>(zeros));
  return static_cast<uint64_t>(std::llround(estimate));
}

} // namespace pumpscope::domain
