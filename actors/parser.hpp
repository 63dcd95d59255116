#pragma once

#include "domain/update_decoder.hpp"
#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <vector>

namespace pumpscope::actors {

struct parser_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "parser";

  void handle(const messages::raw_batch& x);

  /// Shows trades to the sinks before they are durable, unless they have
  /// enough.
  void send_ticks(const messages::parsed_batch& x);

  /// Tells the inspector of the first transactions of a batch.
  void trace(const messages::parsed_batch& x);

  [[nodiscard]] caf::settings status() const;

  messages::parser_actor::pointer self = nullptr;
  messages::sequencer_actor sequencer = {};
  domain::update_decoder decoder = {};
  uint64_t batches_total = 0;
  /// Somebody who is shown trades, and batches on their way to them: one that
  /// is slow takes nothing from the others.
  struct audience {
    messages::sink_actor sink = {};
    std::shared_ptr<messages::tick_counter> ticks_in_flight
      = std::make_shared<messages::tick_counter>(0);
  };

  /// Empty when nothing is published.
  std::vector<audience> audiences = {};
  uint32_t ticks_max = 0;
  uint64_t ticks_total = 0;
  uint64_t ticks_shed_total = 0;
  messages::tracer tracer = {};
  messages::handler_clock handlers = {};
};

/// Decodes raw updates into rows: wire walk, event payloads, attribution.
///
/// One exists per core. Stateless but for counters; holds no batch beyond the
/// one it decodes. When it dies its batch is lost to the sequencer, so the
/// pipeline restarts as a whole and resumes from the journal.
/// @param self The actor handle.
/// @param sequencer Who decides which trades count.
/// @param sinks Where trades are shown at once; may be empty.
/// @param ticks_max Batches of them that may be on their way to one sink; more
/// are shed.
/// @param tracer Who is told when transactions were decoded.
messages::parser_actor::behavior_type
parser(messages::parser_actor::stateful_pointer<parser_state> self,
       messages::sequencer_actor sequencer,
       const std::vector<messages::sink_actor>& sinks, uint32_t ticks_max,
       messages::tracer tracer);

} // namespace pumpscope::actors
