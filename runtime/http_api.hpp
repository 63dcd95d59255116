#pragma once

#include "adapters/http/server.hpp"
#include "adapters/webhook/receiver.hpp"
#include "config/options.hpp"
#include "messages/inbox.hpp"
#include "messages/store.hpp"
#include "runtime/outcome.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace pumpscope::runtime {

/// What `/readyz` tells.
struct node_health {
  /// The store answers and the pipeline is not on its way out.
  bool ready = false;
  /// "simulator", "stream" or "webhook".
  std::string source = {};
  config::webhook_mode webhook = config::webhook_mode::off;
  uint64_t sealed_slot = 0;
  messages::inbox_size inbox = {};
};

/// The routes of the node and the server that serves them.
class http_api {
public:
  /// Listens where the options say. The routes of webhooks are there when the
  /// options want webhooks; `owner` must then be the owner of the store.
  /// `routes` are served as well.
  static outcome<std::unique_ptr<http_api>>
  start(const config::options& options, messages::store& owner,
        std::vector<http::route> routes = {});

  /// Serves no more; what waits for the store is answered.
  ~http_api();

  http_api(const http_api&) = delete;
  http_api& operator=(const http_api&) = delete;

  /// Where it listens.
  [[nodiscard]] std::string address() const;

  /// What `/readyz` tells from now on.
  void set_health(node_health x);

  /// What became of webhooks so far.
  [[nodiscard]] webhook::receiver_counters webhooks() const;

private:
  http_api() = default;

  [[nodiscard]] http::response ready() const;

  mutable std::mutex mutex_ = {};
  /// Guarded by the mutex.
  node_health health_ = {};
  /// Outlives the server, whose thread uses it.
  std::unique_ptr<webhook::receiver> receiver_ = {};
  std::unique_ptr<http::server> server_ = {};
};

/// Takes the webhooks of Helius: `POST /webhooks/helius`, also under
/// `/api/v1`.
std::vector<http::route> webhook_routes(webhook::receiver& receiver);

} // namespace pumpscope::runtime
