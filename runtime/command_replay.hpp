#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope replay`: files through the pipeline, as fast as it goes.
command_ptr make_replay_command();

} // namespace pumpscope::runtime
