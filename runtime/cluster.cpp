#include "runtime/cluster.hpp"

#include "adapters/peer/port_probe.hpp"
#include "adapters/postgres/postgres_membership.hpp"
#include "messages/build_identity.hpp"
#include "runtime/log.hpp"
#include "runtime/node_credentials.hpp"
#include "runtime/open_store.hpp"
#include "runtime/peer_host_link.hpp"

#include <array>
#include <random>
#include <unistd.h>

namespace pumpscope::runtime {

namespace {

/// Beats in the time after which a silent node counts as dead.
constexpr auto beats_per_ttl = 5;

/// Made up: no two processes have the same one.
uint64_t process_id() {
  auto device = std::random_device{};
  return (uint64_t{device()} << 31 ^ device()) >> 1 | 1U;
}

std::string name_of(const config::cluster_options& x, const std::string& http) {
  if (!x.name.empty())
    return x.name;
  auto host = std::array<char, 256>{};
  auto known = gethostname(host.data(), host.size() - 1) == 0;
  auto result = std::string{known ? host.data() : "node"};
  auto port = http.substr(std::min(http.size(), http.rfind(':')));
  result.resize(
    std::min(result.size(), config::node_name_bytes_max - port.size()));
  return result + port;
}

void tell_trouble(const std::string& what) {
  if (what.empty())
    info_line("run: the cluster is in sight again");
  else
    warning_line("run: cluster: " + what + "; trying again");
}

} // namespace

outcome<std::unique_ptr<messages::membership>>
open_cluster(const config::options& options) {
  if (options.store.url.kind != config::store_kind::postgres)
    return refuse_usage("--store: nodes share a store in PostgreSQL");
  return checked(adapters::open_membership(postgres_settings(options.store),
                                           options.cluster.ttl));
}

outcome<messages::cluster_view> view_cluster(const config::options& options) {
  auto nodes = open_cluster(options);
  if (!nodes)
    return tl::unexpected{std::move(nodes.error())};
  return checked((*nodes)->view());
}

outcome<std::unique_ptr<cluster_seat>>
join_cluster(const config::options& options, const std::string& http,
             const listen_function& listen,
             std::function<uint32_t(bool in_term)> partitions,
             const std::stop_token& stop) {
  auto nodes = open_cluster(options);
  if (!nodes)
    return tl::unexpected{std::move(nodes.error())};
  auto self = messages::member{name_of(options.cluster, http),
                               process_id(),
                               http,
                               {},
                               std::string{messages::this_build().version}};
  auto settings = seat_settings{};
  settings.ttl = options.cluster.ttl;
  settings.beat_period = options.cluster.ttl / beats_per_ttl;
  if (listen)
    settings.listen = [listen, store = (*nodes)->store()] {
      return listen(store);
    };
  settings.partitions = std::move(partitions);
  settings.refuses = peer::refuses_connections;
  settings.on_trouble = tell_trouble;
  return cluster_seat::take(std::move(self), std::move(settings),
                            std::move(*nodes), stop);
}

outcome<std::unique_ptr<peer::peer_network>>
open_peers(const config::cluster_options& options,
           const messages::store_identity& store,
           std::shared_ptr<const http::local_routes> routes,
           std::shared_ptr<partition_hosting> hosting) {
  if (!options.listen)
    return nullptr;
  auto identity = node_credentials(options, store);
  if (!identity)
    return fail("--node-listen: " + identity.error());
  auto settings = peer::peer_settings{};
  settings.host = options.listen->host;
  settings.port = options.listen->port;
  settings.identity = std::move(*identity);
  settings.uncounted = hosting_path::flow;
  settings.answer = [routes = std::move(routes), hosting = std::move(hosting)](
                      http::request x, const http::reply& done) {
    if (x.target.starts_with(hosting_path::prefix))
      hosting->answer(std::move(x), done);
    else
      routes->handle(std::move(x), done);
  };
  auto result = peer::peer_network::open(std::move(settings));
  if (!result)
    return fail("--node-listen: " + result.error());
  return std::move(*result);
}

} // namespace pumpscope::runtime
