#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope console`: shows how the actors of a running node do.
command_ptr make_console_command();

} // namespace pumpscope::runtime
