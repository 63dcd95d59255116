#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope run`: the node.
command_ptr make_run_command();

} // namespace pumpscope::runtime
