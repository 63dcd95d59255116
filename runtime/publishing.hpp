#pragma once

#include "actors/pipeline.hpp"
#include "config/options.hpp"

#include <cstdint>
#include <string_view>

namespace pumpscope::runtime {

/// Has a pipeline publish to Redis, where one is configured: spawns the sink
/// and shares the lease of the store with it. `command` stands before the lines
/// that tell of trouble. `store_id` tells stores apart (their hash seed).
void add_publishing(const config::redis_options& options, uint64_t store_id,
                    std::string_view command, actors::pipeline_config& config,
                    actors::pipeline_parts& parts);

} // namespace pumpscope::runtime
