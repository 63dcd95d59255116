#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `node`: lists the nodes of a cluster, or asks one to give all away and end.
command_ptr make_node_command();

} // namespace pumpscope::runtime
