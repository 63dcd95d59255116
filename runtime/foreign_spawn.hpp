#pragma once

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/logger.hpp>

#include <utility>

namespace pumpscope::runtime {

/// Spawns an actor from any thread, also from one that CAF does not know, or
/// that belongs to another actor system. There CAF 0.17 leaves its logger
/// behind, for as long as the thread lives, and an actor system waits for its
/// logger before it ends: the thread lets go of it.
template <class F>
void spawn_from_any_thread(caf::actor_system& system, F behavior) {
  auto is_foreign = caf::logger::current_logger() != &system.logger();
  system.spawn(std::move(behavior));
  if (is_foreign)
    caf::logger::set_current_actor_system(nullptr);
}

} // namespace pumpscope::runtime
