#pragma once

#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"
#include "messages/lease.hpp"
#include "messages/store.hpp"

#include <caf/error.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pumpscope::actors {

struct store_writer_config {
  /// First pause before a failed write is tried again; doubles each time.
  std::chrono::milliseconds retry_period = std::chrono::milliseconds{50};

  /// Longest pause: how long a store may be back before we see it.
  std::chrono::milliseconds retry_period_max = std::chrono::milliseconds{500};

  /// Tries in a row before the writer gives up: some eight seconds.
  uint32_t retries_max = 18;

  /// The fence of an earlier writer of the same process; 0 = there was none.
  uint64_t held_fence = 0;

  /// Called with the store once it is ours, before anything is read of it; it
  /// may write epochs. Empty = nothing is to do.
  std::function<void(messages::store&, const messages::head_row&)> before_boot
    = {};

  /// Checkpoints that may share a write: a store that commits several at once
  /// saves a transaction for each but the first.
  uint32_t checkpoints_max = 32;

  /// Renewed whenever the store accepts us; null = nobody looks at it.
  std::shared_ptr<messages::lease> lease = {};

  /// How often the lease is renewed at least, if there is one.
  std::chrono::milliseconds lease_period = std::chrono::milliseconds{1'000};

  /// Told why the store takes no writes, once, and with an empty text when it
  /// does again; from the writer's thread.
  std::function<void(const std::string&)> on_trouble = {};
};

struct store_writer_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "store-writer";

  /// An epoch, or a checkpoint and who waits for it.
  struct entry {
    messages::epoch_ptr epoch = {};
    messages::checkpoint_ptr checkpoint = {};
    caf::typed_response_promise<atom::finished> promise = {};
  };

  caf::result<messages::journal_boot_ptr> start();

  void handle(const messages::epoch_ptr& x);

  caf::typed_response_promise<atom::finished>
  handle(const messages::checkpoint_ptr& x);

  void handle(const messages::audit_found& x);

  /// Writes what is in line once the messages before it are in line, too.
  void drain_soon();

  /// Writes an epoch or some checkpoints, and goes on with what is in line
  /// unless the write has to wait.
  void drain();

  [[nodiscard]] caf::settings status() const;

  /// Asks the store whether we still own it.
  void handle_renew();

  /// Write the epoch, or the checkpoints, that come first in line, and take
  /// what is done out of it; false = try again later or given up.
  bool write_epoch();
  bool write_checkpoints();

  /// Tells whether a write is done, by what the store says of it.
  template <class T>
  bool is_done(messages::commit_outcome outcome, const T& x);

  /// Reads the head (cursor) to learn what became of a write.
  bool settle(const messages::epoch& x);
  bool settle(const messages::checkpoint& x);

  /// Keeps the incidents that wait; those that fail wait for the next time.
  void record_incidents();

  void tell_trouble(const std::string& what);
  void retry_later(const messages::store_error& reason);
  void give_up(domain::errc code, std::string what);

  messages::store_writer_actor::pointer self = nullptr;
  store_writer_config config = {};
  std::shared_ptr<messages::store> store = {};
  messages::journal_listener_actor router = {};
  /// Bounded by the sequencer's epochs in flight and one checkpoint a
  /// partition.
  std::deque<entry> line = {};
  /// Incidents that are not kept yet, at most `incidents_max`: the audit finds
  /// what is lost again.
  static constexpr size_t incidents_max = 100;
  std::deque<messages::audit_row> incidents = {};
  bool waiting = false;
  bool drains_soon = false;
  /// Whether `on_trouble` was told of one that is not over.
  bool in_trouble = false;
  /// Why the store takes no writes; empty when it does.
  std::string trouble = {};
  bool epoch_is_next = true;
  uint32_t retries = 0;
  /// The pause before the last one of them.
  std::chrono::milliseconds pause = {};
  /// Ours, once started.
  uint64_t fence = 0;
  uint64_t renewals_failed_total = 0;
  uint64_t epochs_total = 0;
  uint64_t checkpoints_total = 0;
  uint64_t retries_total = 0;
  uint64_t unknown_outcomes_total = 0;
  messages::handler_clock handlers = {};
};

/// The one that changes the store: epochs in order, checkpoints as they come.
///
/// One exists, on a thread of its own because the store blocks. It holds what
/// waits for a failed write (see `line`); nothing of it is durable, so nothing
/// is lost when it dies: the pipeline restarts, raises the fence and goes on
/// from the head. Quits with `errc::fenced` when another owner took over.
messages::store_writer_actor::behavior_type store_writer(
  messages::store_writer_actor::stateful_pointer<store_writer_state> self,
  store_writer_config config, std::shared_ptr<messages::store> store,
  messages::journal_listener_actor router);

} // namespace pumpscope::actors
