#pragma once

#include "adapters/peer/peer_messages.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace pumpscope::peer {

/// Tells within the given time whether somebody listens at an address.
///
/// One exists per peer client, on a thread of its own because it waits.
prober_actor::behavior_type prober(prober_actor::pointer self);

} // namespace pumpscope::peer
