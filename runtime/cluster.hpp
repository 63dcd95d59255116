#pragma once

#include "config/options.hpp"
#include "messages/membership.hpp"
#include "runtime/cluster_seat.hpp"
#include "runtime/outcome.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace pumpscope::runtime {

/// Opens the nodes of the configured store, which must be in PostgreSQL.
outcome<std::unique_ptr<messages::membership>>
open_cluster(const config::options& options);

/// Tells who shares the configured store.
outcome<messages::cluster_view> view_cluster(const config::options& options);

/// Takes this process's place among the nodes; `http` is where its API is.
/// Fails with an empty text when `stop` came first.
outcome<std::unique_ptr<cluster_seat>>
join_cluster(const config::options& options, const std::string& http,
             const std::stop_token& stop);

} // namespace pumpscope::runtime
