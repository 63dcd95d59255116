#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope dlq`: events that could not be decoded.
command_ptr make_dlq_command();

} // namespace pumpscope::runtime
