#pragma once

#include <chrono>
#include <map>
#include <string>

namespace pumpscope::runtime {

/// Names of nodes that nobody counts on for a while: each time longer, when one
/// time follows soon behind the last one.
class suspects {
public:
  using clock = std::chrono::steady_clock;

  /// @param lasts How long the first time of a row lasts.
  /// @param lasts_max Bound of all others, not less than that.
  suspects(std::chrono::milliseconds lasts, std::chrono::milliseconds lasts_max)
    : lasts_{lasts}, lasts_max_{lasts_max} {
  }

  /// Adds a name, or begins another time of it; returns how long it lasts.
  std::chrono::milliseconds note(const std::string& name,
                                 clock::time_point now);

  [[nodiscard]] bool contains(const std::string& name,
                              clock::time_point now) const {
    auto found = times_.find(name);
    return found != times_.end() && now < found->second.until;
  }

private:
  struct time {
    clock::time_point until = {};
    std::chrono::milliseconds lasts = {};
  };

  std::chrono::milliseconds lasts_;
  std::chrono::milliseconds lasts_max_;
  std::map<std::string, time> times_ = {};
};

} // namespace pumpscope::runtime
