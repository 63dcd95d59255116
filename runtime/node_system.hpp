#pragma once

#include <caf/actor_system_config.hpp>

#include <cstddef>
#include <cstdint>

namespace pumpscope::runtime {

/// Returns the threads for actors: those that are configured, or one per core
/// for 0.
size_t thread_count(uint32_t configured);

/// Settings of the system that the actors of this product live in.
struct node_system_config : caf::actor_system_config {
  explicit node_system_config(size_t threads);
};

} // namespace pumpscope::runtime
