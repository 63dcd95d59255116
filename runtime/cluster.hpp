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

/// Begins to listen for other nodes of a store; as in `seat_settings`.
using listen_function
  = std::function<outcome<std::string>(const messages::store_identity&)>;

/// Takes this process's place among the nodes; `http` is where its API is, and
/// `partitions` is as in `seat_settings`. Fails with an empty text when `stop`
/// came first.
outcome<std::unique_ptr<cluster_seat>>
join_cluster(const config::options& options, const std::string& http,
             const listen_function& listen,
             std::function<uint32_t(bool in_term)> partitions,
             const std::stop_token& stop);

/// Opens the way to other nodes of a store, as configured; they are answered by
/// `routes`, and by `hosting` where they want us to host. Null = none is
/// configured.
outcome<std::unique_ptr<peer::peer_network>>
open_peers(const config::cluster_options& options,
           const messages::store_identity& store,
           std::shared_ptr<const http::local_routes> routes,
           std::shared_ptr<partition_hosting> hosting);

} // namespace pumpscope::runtime
