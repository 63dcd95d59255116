#pragma once

#include "adapters/redis/connection.hpp"
#include "adapters/redis/publication_writer.hpp"
#include "adapters/redis/settings.hpp"
#include "domain/backoff.hpp"
#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"
#include "messages/lease.hpp"
#include "messages/publication.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace pumpscope::redis {

struct redis_sink_config {
  settings redis = {};

  /// Whose publications these are: the store, by a number of its own, and
  /// our fence.
  uint64_t store_id = 0;
  uint64_t fence = 0;

  /// Looked at right before each write; null = nobody else can own the store.
  std::shared_ptr<const messages::lease> lease = {};

  /// Oldest lease that still counts.
  std::chrono::milliseconds lease_max = std::chrono::seconds{5};

  /// How long Redis remembers who publishes.
  std::chrono::milliseconds guard_lifetime = std::chrono::seconds{30};

  /// How often the connection is looked after when nothing is published.
  std::chrono::milliseconds look_period = std::chrono::seconds{5};

  /// Told when publishing begins (empty text) and when it fails, and why; from
  /// the sink's thread.
  std::function<void(const std::string&)> on_trouble = {};
};

struct redis_sink_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "redis-sink";

  void handle(const messages::publication_batch_ptr& x);

  void handle(const messages::tick_batch& x);

  void handle_go();

  void handle_tick();

  [[nodiscard]] caf::settings status() const;

  /// What the guard in Redis lets us do.
  enum class permission : uint8_t {
    /// Write.
    granted,
    /// Write; what we wrote before is gone.
    forgotten,
    /// Another owner is ahead of us, or another store is published.
    denied,
    /// The connection broke.
    broken,
  };

  void connect();

  /// Delivers what is in line, until it is empty or must wait.
  void deliver();

  /// Writes what comes first in line, up to the bounds of a write; false = not
  /// now.
  bool deliver_some();

  [[nodiscard]] bool has_lease() const;

  /// Asks for the guard and watches it.
  permission ask();

  /// Writes `commands` together with our guard; false = not written.
  bool write();

  void fail(const std::string& what);
  void look_in(std::chrono::milliseconds pause);
  void tell_ready(bool ready);

  messages::sink_actor::pointer self = nullptr;
  redis_sink_config config = {};
  messages::publisher_actor publisher = {};
  std::optional<publication_writer> writer = {};
  std::unique_ptr<connection> redis = {};
  std::string guard_key = {};
  std::string guard_value = {};

  /// Bounded by the batches that the publisher has in flight.
  std::deque<messages::publication_batch_ptr> line = {};
  /// Items of the first batch that are delivered.
  size_t next_item = 0;
  bool goes = false;
  std::optional<std::chrono::steady_clock::time_point> look_at = {};
  bool ready = false;
  std::chrono::steady_clock::time_point written_at = {};
  command_buffer commands = {};
  domain::backoff_settings backoff = {};
  uint32_t attempt = 0;
  std::mt19937_64 random = std::mt19937_64{std::random_device{}()};
  std::string trouble = {};

  uint64_t messages_total = 0;
  uint64_t commands_total = 0;
  uint64_t bytes_total = 0;
  uint64_t ticks_total = 0;
  uint64_t ticks_shed_total = 0;
  uint64_t failures_total = 0;
  uint64_t connects_total = 0;
  uint64_t refused_total = 0;
  uint64_t lease_waits_total = 0;
  messages::handler_clock handlers = {};
};

/// Delivers publications to Redis: channels, keys, streams.
///
/// One exists per node that publishes, on a thread of its own because the
/// client library blocks. It holds a few batches until Redis took them; when
/// it dies the pipeline restarts and publishes them again. Each write carries a
/// guard: a key that names the owner, watched, so that a process that was
/// replaced can change nothing any more, however late it wakes up.
messages::sink_actor::behavior_type
redis_sink(messages::sink_actor::stateful_pointer<redis_sink_state> self,
           redis_sink_config config);

} // namespace pumpscope::redis
