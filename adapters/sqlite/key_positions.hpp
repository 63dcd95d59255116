#pragma once

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/key_index.hpp"
#include "messages/store.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pumpscope::adapters::sqlite {

/// Goes down the journal positions of one key, from the newest on. Positions of
/// other keys with the same hash are among them. Memory: a chunk of positions.
class key_positions {
public:
  key_positions(database& db, const messages::store_identity& id,
                messages::projection kind, const domain::pubkey& key)
    : db_(db), kind_(kind), hash_(key_index::hash_of(key, id.hash_seed)) {
  }

  /// The highest position below `before`; 0 = none. Never goes up again: each
  /// call asks for less than the one before.
  uint64_t next_below(uint64_t before);

private:
  database& db_;
  messages::projection kind_;
  uint32_t hash_;
  /// Descending.
  std::vector<uint64_t> chunk_ = {};
  size_t chunk_next_ = 0;
  bool chunk_last_ = false;
};

} // namespace pumpscope::adapters::sqlite
