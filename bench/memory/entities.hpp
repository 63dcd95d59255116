#pragma once

#include "messages/store.hpp"

#include <string>

namespace pumpscope::bench {

/// Folds the whole journal of a store into wallet and token actors and tells,
/// as one line of JSON each, how many bytes of the allocator one of them takes:
/// the actor, its state and all that hangs on it, nothing of the partitions.
std::string measure_entities(messages::store& store);

} // namespace pumpscope::bench
