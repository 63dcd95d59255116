#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// Makes `pumpscope migrate`.
command_ptr make_migrate_command();

} // namespace pumpscope::runtime
