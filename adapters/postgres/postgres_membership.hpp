#pragma once

#include "adapters/postgres/postgres_store.hpp"
#include "messages/membership.hpp"

#include <chrono>
#include <memory>

namespace pumpscope::adapters {

/// Opens the nodes of a store in PostgreSQL, which must be there. The result
/// has a connection of its own, opened again by the next call when it broke; it
/// does not wait for a server that is gone, whatever `options.patience` says.
///
/// Errors: as with `open_postgres`.
messages::store_result<std::unique_ptr<messages::membership>>
open_membership(const postgres_options& options, std::chrono::milliseconds ttl);

} // namespace pumpscope::adapters
