#pragma once

#include "config/options.hpp"
#include "messages/source.hpp"

#include <cstdint>
#include <memory>

namespace pumpscope::runtime {

/// Returns the built-in simulator as a source, without a network between.
/// Slots come at their pace (about 400 ms) when a rate is configured. A market
/// that is resumed is generated again up to there, so that it goes on as if it
/// had never stopped; block times continue at the wall clock. The
/// `resume_slots` that a resumed node has again come at once.
std::unique_ptr<messages::source>
make_simulated_source(const config::simulator_options& options,
                      uint64_t resume_slots);

} // namespace pumpscope::runtime
