#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope audit`: what the audit of running nodes found.
command_ptr make_audit_command();

} // namespace pumpscope::runtime
