#pragma once

#include "domain/duration_histogram.hpp"

#include <caf/settings.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace pumpscope::messages {

/// How many messages an actor handled, and how long that took. A member of the
/// actor's state; its numbers are a part of the actor's status:
/// - `handled_total`, `busy_seconds`: since the actor began;
/// - `time_p50_seconds`, `time_p99_seconds`, `time_max_seconds`: of the last 30
///   to 60 seconds; left out where nothing was handled.
///
/// Costs two looks at a clock (about 50 ns) for each message; entities are
/// measured by their partition instead, one message in 64.
class handler_clock {
public:
  using clock = std::chrono::steady_clock;

  /// Counts one message from its making to its end.
  class measurement {
  public:
    explicit measurement(handler_clock& x) : clock_{x}, begin_{clock::now()} {
      // nop
    }

    measurement(const measurement&) = delete;
    measurement& operator=(const measurement&) = delete;

    ~measurement() {
      auto end = clock::now();
      clock_.add(end - begin_, end);
    }

  private:
    handler_clock& clock_;
    clock::time_point begin_;
  };

  /// To be held while a message is handled.
  [[nodiscard]] measurement measure() {
    return measurement{*this};
  }

  /// Counts one message that took `x` and ended at `end`.
  void add(clock::duration x, clock::time_point end) {
    busy_ += x;
    times_.add(x, end.time_since_epoch());
  }

  /// Adds the numbers to a status; `prefix` stands before each name.
  void put_into(caf::settings& to, std::string_view prefix = {}) const {
    auto seconds = [](std::chrono::nanoseconds x) {
      return std::chrono::duration<double>(x).count();
    };
    auto name = [prefix](std::string_view x) {
      return std::string{prefix} + std::string{x};
    };
    put(to, name("handled_total"), times_.total());
    put(to, name("busy_seconds"), seconds(busy_));
    auto recent = times_.recent(clock::now().time_since_epoch());
    auto median = recent.quantile(0.5);
    auto high = recent.quantile(0.99);
    if (!median || !high)
      return;
    put(to, name("time_p50_seconds"), seconds(*median));
    put(to, name("time_p99_seconds"), seconds(*high));
    put(to, name("time_max_seconds"), seconds(recent.longest()));
  }

private:
  domain::recent_durations times_ = {};
  std::chrono::nanoseconds busy_ = std::chrono::nanoseconds{0};
};

} // namespace pumpscope::messages
