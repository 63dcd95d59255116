#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope dump`: canonical CSV of a store.
command_ptr make_dump_command();

} // namespace pumpscope::runtime
