#pragma once

#include "adapters/http/route.hpp"
#include "adapters/peer/peer_network.hpp"
#include "runtime/cluster_seat.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace pumpscope::runtime {

/// Decides which node of a cluster answers a request. Thread-safe; a node that
/// is alone answers all by itself.
class forwarder {
public:
  /// From now on there are other nodes. `network` null = they cannot be asked.
  void begin(std::shared_ptr<cluster_seat> seat,
             std::shared_ptr<peer::peer_network> network);

  /// We are alone again.
  void end();

  /// Has another node answer when the request is for one: that of the parameter
  /// `node`, else the one that has the sequencer. False = it is for us, and
  /// untouched.
  bool take(http::request& x, const http::reply& done) const;

  /// What happened between nodes; nothing while there are no others.
  [[nodiscard]] std::optional<peer::peer_counters> counters() const;

  /// All nodes as `/console/api/nodes` tells them.
  [[nodiscard]] std::string nodes_json() const;

private:
  mutable std::mutex mutex_ = {};
  /// Guarded by the mutex; null = we are alone.
  std::shared_ptr<cluster_seat> seat_ = {};
  std::shared_ptr<peer::peer_network> network_ = {};
};

/// Has routes of the API and the console answered by the node that they are
/// for. Pages, webhooks and what watches the process are for each node itself.
void forward(std::vector<http::route>& routes,
             const std::shared_ptr<const forwarder>& by);

/// `GET /console/api/nodes`.
http::route nodes_route(const std::shared_ptr<const forwarder>& of);

} // namespace pumpscope::runtime
