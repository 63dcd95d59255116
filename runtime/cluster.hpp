#pragma once

#include "adapters/http/local_routes.hpp"
#include "adapters/peer/peer_network.hpp"
#include "config/options.hpp"
#include "messages/membership.hpp"
#include "runtime/cluster_seat.hpp"
#include "runtime/outcome.hpp"
#include "runtime/partition_hosting.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace pumpscope::runtime {

/// Opens the nodes of the configured store, which must be in PostgreSQL.
outcome<std::unique_ptr<messages::membership>>
open_cluster(const config::options& options);

/// Tells who shares the configured store.
outcome<messages::cluster_view> view_cluster(const config::options& options);

/// Takes this process's place among the nodes; `http` is where its API is, and
/// `listen` as in `seat_settings`. Fails with an empty text when `stop` came
/// first.
outcome<std::unique_ptr<cluster_seat>>
join_cluster(const config::options& options, const std::string& http,
             std::function<outcome<std::string>()> listen,
             const std::stop_token& stop);

/// Opens the way to other nodes, as configured; they are answered by `routes`,
/// and by `hosting` where they want us to host. Null = none is configured.
outcome<std::unique_ptr<peer::peer_network>>
open_peers(const config::cluster_options& options,
           std::shared_ptr<const http::local_routes> routes,
           std::shared_ptr<partition_hosting> hosting);

} // namespace pumpscope::runtime
