#include "runtime/suspects.hpp"

#include <algorithm>

namespace pumpscope::runtime {

std::chrono::milliseconds suspects::note(const std::string& name,
                                         clock::time_point now) {
  // What comes later than that begins another row.
  std::erase_if(times_, [now](auto& x) {
    return x.second.until + 2 * x.second.lasts <= now;
  });
  auto& x = times_[name];
  x.lasts = std::clamp(2 * x.lasts, lasts_, lasts_max_);
  x.until = now + x.lasts;
  return x.lasts;
}

} // namespace pumpscope::runtime
