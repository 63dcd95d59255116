#include "adapters/http/traffic.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::http {

traffic::traffic(std::vector<std::string> patterns)
  : patterns_{std::move(patterns)},
    by_pattern_{std::make_unique<pattern_counters[]>(patterns_.size() + 1)} {
  // nop
}

void traffic::count_answer(size_t pattern, unsigned status,
                           std::chrono::nanoseconds time) {
  auto& x = by_pattern_[std::min(pattern, patterns_.size())];
  ++x.answers[std::clamp(status / 100, 1U, 5U) - 1];
  auto seconds = std::chrono::duration<double>(time).count();
  auto bound = std::lower_bound(duration_bounds_seconds.begin(),
                                duration_bounds_seconds.end(), seconds);
  ++x.durations[static_cast<size_t>(bound - duration_bounds_seconds.begin())];
  x.nanoseconds += static_cast<uint64_t>(std::max<int64_t>(time.count(), 0));
  refused += status >= 400 ? 1 : 0;
}

server_counters traffic::totals() const {
  auto result = server_counters{};
  result.connections = connections;
  result.connections_open = connections_open;
  result.streams = streams;
  result.streams_open = streams_open;
  result.requests = requests;
  result.refused = refused;
  result.rate_limited = rate_limited;
  result.timeouts = timeouts;
  result.streams_stalled = streams_stalled;
  result.bytes_sent = bytes_sent;
  return result;
}

std::vector<route_counters> traffic::routes() const {
  auto result = std::vector<route_counters>{};
  for (size_t i = 0; i <= patterns_.size(); ++i) {
    auto& from = by_pattern_[i];
    auto& to = result.emplace_back();
    to.path = i < patterns_.size() ? patterns_[i] : "other";
    std::copy(from.answers.begin(), from.answers.end(), to.answers.begin());
    std::copy(from.durations.begin(), from.durations.end(),
              to.durations.begin());
    to.seconds_total = static_cast<double>(from.nanoseconds) / 1e9;
  }
  return result;
}

} // namespace pumpscope::http
