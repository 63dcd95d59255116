#pragma once

namespace pumpscope::runtime {

/// Makes what a process inherits safe to work with; call first in main(),
/// before any thread:
/// - standard streams that are closed are given to /dev/null in the direction
///   that fails, so that no store or recording gets their number and then our
///   messages;
/// - a limit on the size of files (RLIMIT_FSIZE) is an error of the write and
///   no signal;
/// - gRPC writes no log of its own to standard error, unless GRPC_VERBOSITY
///   asks for it: what matters we say ourselves.
void set_up_process();

} // namespace pumpscope::runtime
