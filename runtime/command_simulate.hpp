#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope simulate`: serves or records a simulated market and prints its
/// true totals at the end.
command_ptr make_simulate_command();

} // namespace pumpscope::runtime
