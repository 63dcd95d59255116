#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope inspect`: what a store has of one wallet or token, as JSON.
command_ptr make_inspect_command();

} // namespace pumpscope::runtime
