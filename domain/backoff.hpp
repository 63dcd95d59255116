#pragma once

#include <chrono>
#include <cstdint>

namespace pumpscope::domain {

/// How long to wait between attempts to connect.
struct backoff_settings {
  /// Upper bound of the first wait.
  std::chrono::milliseconds first = std::chrono::milliseconds{250};
  /// Upper bound of every wait.
  std::chrono::milliseconds cap = std::chrono::seconds{30};
  /// A stream that lived this long starts the sequence anew.
  std::chrono::milliseconds healthy_after = std::chrono::seconds{30};
};

/// Returns the wait before attempt `attempt` (0 = the first retry): uniform in
/// [0, min(cap, first * 2^attempt)], full jitter. `random` is 64 random bits.
std::chrono::milliseconds backoff_wait(const backoff_settings& settings,
                                       uint32_t attempt, uint64_t random);

/// Returns the attempt number that follows a stream that lived `lived`: 0 when
/// it was healthy, else one more than `attempt` (saturating).
uint32_t next_attempt(const backoff_settings& settings, uint32_t attempt,
                      std::chrono::milliseconds lived);

} // namespace pumpscope::domain
