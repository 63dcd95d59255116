#pragma once

#include "adapters/peer/peer_settings.hpp"

#include <tl/expected.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace pumpscope::peer {

/// The way between the nodes of a cluster: answers what others ask and asks
/// them, by CAF's distribution with TLS in both directions. One connection
/// to each node that is asked. Thread-safe.
class peer_network {
public:
  virtual ~peer_network() = default;

  /// Begins to listen. Fails with a text for people: no such address, or files
  /// that are no credentials.
  static tl::expected<std::unique_ptr<peer_network>, std::string>
  open(peer_settings settings);

  /// Where others find us, `HOST:PORT`.
  [[nodiscard]] virtual std::string address() const = 0;

  /// Has the node at `address` (`HOST:PORT`) answer, by `x.target`. `done` is
  /// called once, from any thread: with its answer, or a problem (503, 504)
  /// when it cannot be reached or does not answer in time.
  virtual void ask(std::string_view address, http::request x, http::reply done)
    = 0;

  [[nodiscard]] virtual peer_counters counters() const = 0;
};

} // namespace pumpscope::peer
