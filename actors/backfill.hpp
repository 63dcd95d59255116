#pragma once

#include "actors/slot_filler.hpp"
#include "messages/actors.hpp"
#include "messages/block_fetcher.hpp"
#include "messages/handler_clock.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace pumpscope::actors {

struct backfill_config {
  slot_filler_config filler = {};

  /// How long one look at the fetcher may block.
  std::chrono::milliseconds read_timeout = std::chrono::milliseconds{100};
};

struct backfill_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "backfill";

  void handle(const messages::fetch_slots& x);

  void handle_credit();

  void fill();

  /// Goes on with `fill` when there is something to do.
  void go_on();

  [[nodiscard]] caf::settings status() const;

  messages::backfill_actor::pointer self = nullptr;
  backfill_config config = {};
  std::shared_ptr<messages::block_fetcher> fetcher = {};
  std::vector<messages::parser_actor> parsers = {};
  std::optional<slot_filler> filler = {};
  uint64_t credit = 0;
  uint64_t batches_total = 0;
  bool filling = false;
  messages::handler_clock handlers = {};
};

/// Fetches the blocks that the stream did not bring, when the sequencer asks
/// for them, and deals them out to the parsers: batches with numbers of their
/// own, one per credit.
///
/// At most one exists, on a thread of its own because looks at the fetcher
/// block. Holds what a `slot_filler` holds. When it dies, nothing is lost but
/// time: the gaps are open in the store, the pipeline restarts, and the
/// sequencer asks for them again.
messages::backfill_actor::behavior_type
backfill(messages::backfill_actor::stateful_pointer<backfill_state> self,
         backfill_config config,
         std::shared_ptr<messages::block_fetcher> fetcher,
         std::vector<messages::parser_actor> parsers);

} // namespace pumpscope::actors
