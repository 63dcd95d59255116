#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace pumpscope::domain {

/// Counts durations in buckets of a logarithmic scale, four for each power of
/// two nanoseconds: a quantile is told at most a quarter too high. Fixed size;
/// adding takes a few instructions and no lock, so it has one owner.
///
/// Invariant: the buckets sum up to `count()`.
class duration_histogram {
public:
  using duration = std::chrono::nanoseconds;

  /// What is longer than the last bucket, about 36 minutes, counts there.
  static constexpr size_t buckets = 160;

  /// Negative ones count as 0.
  void add(duration x, uint64_t times = 1);

  duration_histogram& operator+=(const duration_histogram& x);

  [[nodiscard]] uint64_t count() const {
    return count_;
  }

  /// Exact; 0 when empty.
  [[nodiscard]] duration longest() const {
    return longest_;
  }

  /// Upper end of the bucket that holds this share of all durations, at most
  /// `longest()`; nothing when empty. Pre: `0 < share <= 1`.
  [[nodiscard]] std::optional<duration> quantile(double share) const;

private:
  std::array<uint64_t, buckets> counts_ = {};
  uint64_t count_ = 0;
  duration longest_ = duration::zero();
};

/// Durations of the last 30 to 60 seconds, by whatever monotonic time the
/// caller names.
class recent_durations {
public:
  using duration = duration_histogram::duration;

  /// @param now Monotonic time since any origin.
  void add(duration x, duration now, uint64_t times = 1);

  /// What was added lately, as of `now`.
  [[nodiscard]] duration_histogram recent(duration now) const;

  /// All that were ever added.
  [[nodiscard]] uint64_t total() const {
    return total_;
  }

private:
  static constexpr auto period = std::chrono::seconds{30};

  duration_histogram current_ = {};
  duration_histogram previous_ = {};
  /// Since when `current_` counts.
  duration since_ = duration::zero();
  uint64_t total_ = 0;
};

} // namespace pumpscope::domain
