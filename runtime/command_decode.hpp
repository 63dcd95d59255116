#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope decode`: the events of files as JSON lines.
command_ptr make_decode_command();

} // namespace pumpscope::runtime
