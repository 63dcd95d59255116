#include "runtime/node_system.hpp"

#include "messages/registration.hpp"

#include <caf/atom.hpp>

#include <algorithm>
#include <thread>

namespace pumpscope::runtime {

size_t thread_count(uint32_t configured) {
  if (configured != 0)
    return configured;
  return std::max(1U, std::thread::hardware_concurrency());
}

node_system_config::node_system_config(size_t threads) {
  messages::register_all(*this);
  // Work stealing walks victims' queues under a lock; many small actors are
  // far cheaper with one shared queue.
  set("scheduler.policy", caf::atom("sharing"));
  // A busy actor must not keep a thread for ever.
  set("scheduler.max-throughput", 100);
  set("scheduler.max-threads", threads);
}

} // namespace pumpscope::runtime
