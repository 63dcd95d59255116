#pragma once

#include <cstdint>
#include <string_view>

namespace pumpscope::messages {

/// What tells one build of the program from another.
struct build_identity {
  /// As `--version` and `node list` show it.
  std::string_view version = {};
  /// Part of `hosting_layout`: rises when the same bytes of what hosts and the
  /// node with the sequencer say to each other come to mean something else.
  uint64_t hosting_meaning = 0;
};

/// The build that runs. A unit of its own, so that `pumpscope_next`
/// (tests/faults) is another build by linking another one.
build_identity this_build();

} // namespace pumpscope::messages
