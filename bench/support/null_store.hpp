#pragma once

#include "messages/store.hpp"

#include <memory>

namespace pumpscope::bench {

/// Returns a store that takes everything and keeps nothing but its head: what
/// is left of a replay is the pipeline itself. Nothing can be restarted on it.
std::unique_ptr<messages::store> make_null_store();

} // namespace pumpscope::bench
