#pragma once

#include "actors/break_gaps.hpp"

#include <array>
#include <atomic>
#include <optional>
#include <string>

namespace pumpscope::runtime {

/// Which notices of breaks in chains of reserves become lines of the log. One
/// object for all generations of a pipeline; thread-safe.
class break_lines {
public:
  /// Notices of one kind that are all told; then each hundredth is.
  static constexpr uint64_t all_told_max = 20;

  /// Returns the line of a notice; nothing = it is only counted.
  std::optional<std::string> line_of(const actors::break_notice& x);

private:
  /// Notices by kind.
  std::array<std::atomic<uint64_t>, 3> seen_ = {};
};

} // namespace pumpscope::runtime
