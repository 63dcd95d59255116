#include "domain/pubkey.hpp"

#define XXH_INLINE_ALL
#include <bit>
#include <cassert>
#include <xxhash.h>

namespace pumpscope::domain {

uint64_t key_hash(const pubkey& x, uint64_t seed) {
  return XXH3_64bits_withSeed(x.bytes.data(), x.bytes.size(), seed);
}

uint32_t partition_of(const pubkey& x, uint64_t seed, uint32_t partitions) {
  assert(std::has_single_bit(partitions) && partitions <= 64);
  auto slot = static_cast<uint32_t>(key_hash(x, seed) & (hash_slots - 1));
  return slot / (hash_slots / partitions);
}

} // namespace pumpscope::domain
