#pragma once

#include "runtime/command.hpp"

namespace pumpscope::runtime {

/// `pumpscope cert`: a private authority and the certificates of the nodes of
/// a cluster.
command_ptr make_cert_command();

} // namespace pumpscope::runtime
