#include "domain/backoff.hpp"

#include <algorithm>
#include <limits>

namespace pumpscope::domain {

std::chrono::milliseconds backoff_wait(const backoff_settings& settings,
                                       uint32_t attempt, uint64_t random) {
  auto cap = static_cast<uint64_t>(std::max<int64_t>(settings.cap.count(), 0));
  auto bound
    = static_cast<uint64_t>(std::max<int64_t>(settings.first.count(), 0));
  // Doubling stops at the cap, so it cannot overflow.
  for (uint32_t i = 0; i < attempt && bound < cap && bound != 0; ++i)
    bound *= 2;
  bound = std::min(bound, cap);
  __extension__ using wide = unsigned __int128;
  auto wait
    = static_cast<uint64_t>((static_cast<wide>(random) * (bound + 1)) >> 64);
  return std::chrono::milliseconds{static_cast<int64_t>(wait)};
}

uint32_t next_attempt(const backoff_settings& settings, uint32_t attempt,
                      std::chrono::milliseconds lived) {
  if (lived >= settings.healthy_after)
    return 0;
  return attempt == std::numeric_limits<uint32_t>::max() ? attempt
                                                         : attempt + 1;
}

} // namespace pumpscope::domain
