#pragma once

#include "domain/update_decoder.hpp"
#include "messages/actors.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace pumpscope::actors {

struct parser_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "parser";

  void handle(const messages::raw_batch& x);

  [[nodiscard]] caf::settings status() const;

  messages::parser_actor::pointer self = nullptr;
  messages::sequencer_actor sequencer = {};
  domain::update_decoder decoder = {};
  uint64_t batches_total = 0;
};

/// Decodes raw updates into rows: wire walk, event payloads, attribution.
///
/// One exists per core. Stateless but for counters; holds no batch beyond the
/// one it decodes. When it dies its batch is lost to the sequencer, so the
/// pipeline restarts as a whole and resumes from the journal.
messages::parser_actor::behavior_type
parser(messages::parser_actor::stateful_pointer<parser_state> self,
       messages::sequencer_actor sequencer);

} // namespace pumpscope::actors
