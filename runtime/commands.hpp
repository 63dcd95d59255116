#pragma once

#include "runtime/command.hpp"

#include <vector>

namespace pumpscope::runtime {

/// Every command of the program, in the order of the help.
std::vector<command_ptr> all_commands();

} // namespace pumpscope::runtime
