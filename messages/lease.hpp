#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace pumpscope::messages {

/// Since when this process is known to own its store. The one that writes to
/// the store renews it; whoever acts on the outside world looks at it right
/// before it does: a process that slept must find out that it is stale without
/// being told. Shared by threads.
class lease {
public:
  using clock = std::chrono::steady_clock;

  /// The store accepted us after `asked_at`.
  void renew(clock::time_point asked_at) {
    renewed_at_.store(asked_at.time_since_epoch().count(),
                      std::memory_order_release);
  }

  /// Tells whether the store accepted us within the last `age_max`.
  [[nodiscard]] bool holds(clock::time_point now,
                           clock::duration age_max) const {
    auto at = renewed_at_.load(std::memory_order_acquire);
    return at != 0 && now.time_since_epoch().count() - at <= age_max.count();
  }

private:
  std::atomic<clock::rep> renewed_at_ = 0;
};

} // namespace pumpscope::messages
