#pragma once

#include "adapters/simulator/simulate.hpp"
#include "config/options.hpp"

namespace pumpscope::runtime {

/// Translates the options of the simulator into its settings.
simulator::simulate_settings
simulator_settings(const config::simulator_options& x);

} // namespace pumpscope::runtime
