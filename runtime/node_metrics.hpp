#pragma once

#include "adapters/api/answer_cache.hpp"
#include "adapters/api/backend.hpp"
#include "adapters/http/traffic.hpp"
#include "adapters/hub/hub.hpp"
#include "adapters/peer/peer_settings.hpp"
#include "adapters/prometheus/metric_page.hpp"
#include "messages/pipeline.hpp"
#include "runtime/read_pool.hpp"

#include <vector>

namespace pumpscope::runtime {

/// What the parts of a node tell Prometheus; docs/reference/metrics.md lists
/// all names.
void add_node_metrics(prometheus_text::metric_page& to,
                      const api::node_facts& facts,
                      const messages::pipeline_status* status);

/// @copydoc add_node_metrics
void add_http_metrics(prometheus_text::metric_page& to,
                      const http::server_counters& all,
                      const std::vector<http::route_counters>& routes);

/// @copydoc add_node_metrics
void add_hub_metrics(prometheus_text::metric_page& to,
                     const hub::hub_counters& x);

/// @copydoc add_node_metrics
void add_reader_metrics(prometheus_text::metric_page& to,
                        const read_pool_counters& readers,
                        const api::answer_cache_counters& cache);

/// @copydoc add_node_metrics
void add_peer_metrics(prometheus_text::metric_page& to,
                      const peer::peer_counters& x);

} // namespace pumpscope::runtime
