#pragma once

#include "adapters/hub/hub.hpp"
#include "messages/actors.hpp"
#include "messages/publication.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace pumpscope::hub {

struct hub_sink_config {
  /// Outlives the sink: a pipeline that starts again finds its subscribers.
  std::shared_ptr<hub> to = {};

  /// How often the hub looks after its clients.
  std::chrono::milliseconds tick_period = std::chrono::seconds{1};

  /// Supply monotonic time, and the time in Unix milliseconds.
  std::function<hub::time_point()> now = std::chrono::steady_clock::now;
  std::function<int64_t()> wall_ms = [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
  };
};

struct hub_sink_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "hub-sink";

  void handle(const messages::sink_links& x);

  void handle(const messages::publication_batch& x);

  void handle(const messages::tick_batch& x);

  void handle_tick();

  [[nodiscard]] caf::settings status() const;

  messages::sink_actor::pointer self = nullptr;
  hub_sink_config config = {};
  messages::publisher_actor publisher = {};
  uint64_t batches_total = 0;
  uint64_t items_total = 0;
  uint64_t ticks_total = 0;
};

/// Puts publications into the hub of this process.
///
/// One exists per node that has a hub. It is always ready, takes each batch at
/// once, holds none, and keeps the hub's time. Nothing is lost when it dies but
/// what was on its way: the pipeline restarts, and all subscribers begin from
/// the start.
messages::sink_actor::behavior_type
hub_sink(messages::sink_actor::stateful_pointer<hub_sink_state> self,
         hub_sink_config config);

} // namespace pumpscope::hub
