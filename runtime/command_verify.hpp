#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope verify`: computes all states again and compares.
command_ptr make_verify_command();

} // namespace pumpscope::runtime
