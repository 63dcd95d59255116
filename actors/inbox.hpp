#pragma once

#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"
#include "messages/inbox.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace pumpscope::actors {

struct inbox_config {
  /// How often the store is asked for new payloads; any node may have taken
  /// one.
  std::chrono::milliseconds look_period = std::chrono::milliseconds{100};
};

struct inbox_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "inbox";

  void handle_credit();

  void handle(const messages::payloads_done& x);

  void read();

  void handle_tick();

  void remove();

  [[nodiscard]] caf::settings status() const;

  messages::inbox_actor::pointer self = nullptr;
  inbox_config config = {};
  std::shared_ptr<messages::inbox_reader> reader = {};
  std::vector<messages::parser_actor> parsers = {};
  uint64_t credit = 0;
  uint64_t batches_total = 0;
  /// Payloads up to this id may go, and did.
  uint64_t done_up_to = 0;
  uint64_t removed_up_to = 0;
  messages::handler_clock handlers = {};
  bool reading = false;
};

/// Reads the payloads of webhooks from the store and deals their updates out to
/// the parsers: batches with numbers of their own, one per credit. A payload
/// leaves the store when the sequencer says that it is in the journal.
///
/// At most one exists, on a thread of its own because the store blocks. Holds
/// what an inbox reader holds. When it dies, nothing is lost: the payloads are
/// in the store and are read again, and what is in the journal by then is a
/// duplicate.
messages::inbox_actor::behavior_type
inbox(messages::inbox_actor::stateful_pointer<inbox_state> self,
      inbox_config config, std::shared_ptr<messages::inbox_reader> reader,
      std::vector<messages::parser_actor> parsers);

} // namespace pumpscope::actors
