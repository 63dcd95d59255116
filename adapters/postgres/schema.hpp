#pragma once

#include "adapters/postgres/connection.hpp"

#include <span>
#include <string_view>

namespace pumpscope::adapters::postgres {

/// One file of migrations/: number n (from 1) leads from version n - 1 to n.
struct migration_text {
  /// `NNNN_what_it_does`.
  std::string_view name = {};
  /// SQL in which `{schema}` stands for the schema.
  std::string_view sql = {};
};

/// All steps, ascending. Defined by CMake.
std::span<const migration_text> migration_texts();

/// Version of the schema that this program reads and writes.
inline uint32_t schema_version() {
  return static_cast<uint32_t>(migration_texts().size());
}

/// Returns the version of the store in the schema; 0 = there is none.
uint32_t stored_version(session& from, const postgres_options& options);

/// Reads what was fixed at creation; throws `store_version` when there is no
/// store, an older one (both: run `pumpscope migrate`) or a newer one.
messages::store_identity read_identity(session& from,
                                       const postgres_options& options);

/// Does what `migrate_postgres` promises; throws.
postgres_migrations migrate(const postgres_options& options,
                            const postgres_roles& roles);

} // namespace pumpscope::adapters::postgres
