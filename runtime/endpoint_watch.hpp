#pragma once

#include "messages/source.hpp"

#include <string>
#include <vector>

namespace pumpscope::runtime {

/// Tells in words what changed since the last look at several endpoints: one
/// that is lost or back, and transactions that one of them lacked.
class endpoint_watch {
public:
  /// Returns the lines of this look; none for a source that is only one.
  std::vector<std::string>
  lines(const std::vector<messages::endpoint_report>& now);

private:
  std::vector<messages::endpoint_report> before_ = {};
};

} // namespace pumpscope::runtime
