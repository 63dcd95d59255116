#pragma once

#include "adapters/api/answer_cache.hpp"
#include "adapters/http/local_routes.hpp"
#include "adapters/http/server.hpp"
#include "adapters/hub/hub.hpp"
#include "adapters/webhook/receiver.hpp"
#include "config/options.hpp"
#include "messages/inbox.hpp"
#include "messages/pipeline.hpp"
#include "messages/store.hpp"
#include "runtime/api_backend.hpp"
#include "runtime/forwarder.hpp"
#include "runtime/live_queries.hpp"
#include "runtime/outcome.hpp"
#include "runtime/read_pool.hpp"

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
  /// "single", or in a cluster "sequencer" or "standby".
  std::string role = "single";
  /// "simulator", "stream" or "webhook".
  std::string source = {};
  config::webhook_mode webhook = config::webhook_mode::off;
  uint64_t sealed_slot = 0;
  messages::inbox_size inbox = {};
};

/// Whom the routes ask.
struct http_parts {
  std::shared_ptr<hub::hub> hub = {};
  std::shared_ptr<live_queries> queries = {};
  /// Served as well: the console's.
  std::vector<http::route> routes = {};
  /// Who answers instead of us; null = nobody.
  std::shared_ptr<const forwarder> others = {};
};

/// The routes of the node and the server that serves them.
class http_api {
public:
  /// Listens where the options say; when nothing was said and the port is
  /// taken, on any free one. The routes of webhooks are there when the options
  /// want webhooks; `owner` must then be the owner of the store.
  static outcome<std::unique_ptr<http_api>>
  start(const config::options& options, messages::store& owner,
        http_parts parts);

  /// Serves no more; what waits for the store is answered.
  ~http_api();

  http_api(const http_api&) = delete;
  http_api& operator=(const http_api&) = delete;

  /// Where it listens.
  [[nodiscard]] std::string address() const;

  /// Whether that is another port than was asked for.
  [[nodiscard]] bool is_elsewhere() const {
    return is_elsewhere_;
  }

  /// Whether there are pages to show.
  [[nodiscard]] bool has_pages() const {
    return has_pages_;
  }

  /// Answers what other nodes ask; outlives this.
  [[nodiscard]] std::shared_ptr<const http::local_routes> local_routes() const {
    return local_;
  }

  /// What `/readyz` tells from now on.
  void set_health(node_health x);

  /// What answers say of the node from now on.
  void set_facts(api::node_facts x);

  /// What `/metrics` tells of the pipeline from now on.
  void set_status(messages::pipeline_status_ptr x);

  /// What became of webhooks so far.
  [[nodiscard]] webhook::receiver_counters webhooks() const;

  [[nodiscard]] http::server_counters counters() const;

private:
  http_api() = default;

  [[nodiscard]] http::response ready() const;
  [[nodiscard]] http::response metrics() const;
  void add_pages(const config::http_options& options,
                 std::vector<http::route>& routes);

  mutable std::mutex mutex_ = {};
  /// Guarded by the mutex.
  node_health health_ = {};
  messages::pipeline_status_ptr status_ = {};

  http_parts parts_ = {};
  std::shared_ptr<read_pool> readers_ = {};
  std::shared_ptr<api_backend> backend_ = {};
  std::shared_ptr<api::answer_cache> cache_ = {};
  /// Outlives the server, whose thread uses it.
  std::unique_ptr<webhook::receiver> receiver_ = {};
  std::unique_ptr<http::server> server_ = {};
  std::shared_ptr<const http::local_routes> local_ = {};
  bool is_elsewhere_ = false;
  bool has_pages_ = false;
};

/// Takes the webhooks of Helius: `POST /webhooks/helius`, also under
/// `/api/v1`.
std::vector<http::route> webhook_routes(webhook::receiver& receiver);

/// Follows the hub as server-sent events: `GET /api/v1/stream`.
http::route stream_route(const std::shared_ptr<hub::hub>& hub);

} // namespace pumpscope::runtime
