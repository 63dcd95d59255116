#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope record`: a live stream into a recording.
command_ptr make_record_command();

} // namespace pumpscope::runtime
