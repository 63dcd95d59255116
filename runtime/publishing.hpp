#pragma once

#include "actors/pipeline.hpp"
#include "adapters/hub/hub.hpp"
#include "config/options.hpp"
#include "messages/store.hpp"
#include "runtime/outcome.hpp"

#include <memory>
#include <string_view>

namespace pumpscope::runtime {

/// Has a pipeline publish: to Redis, where one is configured, to the hub of
/// this process, where there is one, to both, or to nobody. What Redis took
/// counts as published; a hub alone counts in its place. Shares the lease of
/// the store with the sink of Redis. `command` stands before the lines that
/// tell of trouble.
outcome<void>
add_publishing(const config::redis_options& options,
               const messages::store_identity& store, std::string_view command,
               const std::shared_ptr<hub::hub>& hub,
               actors::pipeline_config& config, actors::pipeline_parts& parts);

/// Makes a hub whose messages are named after this process, and no other.
std::shared_ptr<hub::hub> make_hub();

} // namespace pumpscope::runtime
