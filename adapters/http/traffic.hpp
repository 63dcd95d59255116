#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pumpscope::http {

/// What a server did. Those that end in `_open` are of now.
struct server_counters {
  uint64_t connections = 0;
  /// Connections that ask and get answers, without streams.
  uint64_t connections_open = 0;
  uint64_t streams = 0;
  uint64_t streams_open = 0;
  uint64_t requests = 0;
  /// Answers of 400 and above, those to what is no HTTP among them.
  uint64_t refused = 0;
  /// Those of them that the rate limit refused.
  uint64_t rate_limited = 0;
  /// Requests that were not whole in time, and answers that were not.
  uint64_t timeouts = 0;
  /// Streams whose client took nothing for too long.
  uint64_t streams_stalled = 0;
  /// With headers, without what TCP and IP add.
  uint64_t bytes_sent = 0;
};

/// Upper bounds of the classes of durations; one more class is above.
inline constexpr auto duration_bounds_seconds = std::array{
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0};

/// What came to one pattern of paths.
struct route_counters {
  /// The pattern, or `other` for paths that none takes.
  std::string path = {};
  /// Answers by the class of their status, 1xx to 5xx.
  std::array<uint64_t, 5> answers = {};
  /// Requests by their duration, from the last byte of the headers to the begin
  /// of the answer; each in one class.
  std::array<uint64_t, duration_bounds_seconds.size() + 1> durations = {};
  double seconds_total = 0;
};

/// Counts what a server does. Any thread may read.
class traffic {
public:
  using counter = std::atomic<uint64_t>;

  explicit traffic(std::vector<std::string> patterns);

  /// `pattern` is a position in the patterns; their number = none of them.
  void count_answer(size_t pattern, unsigned status,
                    std::chrono::nanoseconds time);

  [[nodiscard]] server_counters totals() const;

  [[nodiscard]] std::vector<route_counters> routes() const;

  counter connections = 0;
  counter connections_open = 0;
  counter streams = 0;
  counter streams_open = 0;
  counter requests = 0;
  counter refused = 0;
  counter rate_limited = 0;
  counter timeouts = 0;
  counter streams_stalled = 0;
  counter bytes_sent = 0;

private:
  struct pattern_counters {
    std::array<counter, 5> answers = {};
    std::array<counter, duration_bounds_seconds.size() + 1> durations = {};
    counter nanoseconds = 0;
  };

  std::vector<std::string> patterns_ = {};
  /// One for each pattern, and one for what none of them takes.
  std::unique_ptr<pattern_counters[]> by_pattern_ = {};
};

} // namespace pumpscope::http
