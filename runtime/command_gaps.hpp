#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope gaps`: ranges of slots that the journal lacks.
command_ptr make_gaps_command();

} // namespace pumpscope::runtime
