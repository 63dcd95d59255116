#pragma once

#include "adapters/sqlite/database.hpp"
#include "messages/store.hpp"

#include <cstdint>
#include <optional>

namespace pumpscope::adapters::sqlite {

/// The schema version that this program writes.
inline constexpr uint32_t schema_version = 4;

/// The version from which on tokens are found by their texts.
inline constexpr uint32_t text_search_version = 4;

/// What a new store is created with.
struct schema_settings {
  uint32_t partitions = 64;
  uint64_t hash_seed = 0;
};

/// Returns what the store was created with, or nullopt for an empty file.
/// Throws `errc::store_version` for one of a newer version (naming both), and
/// `errc::store_unavailable` for a database of another program.
std::optional<messages::store_identity> read_identity(database& db);

/// Brings an empty or older store to `schema_version`, in one transaction.
void migrate(database& db, const schema_settings& settings);

} // namespace pumpscope::adapters::sqlite
