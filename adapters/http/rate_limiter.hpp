#pragma once

#include "adapters/http/client_address.hpp"
#include "domain/token_bucket.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>

namespace pumpscope::http {

struct rate_limit_settings {
  /// Requests per second and client, and as many at once after a rest; 0 = no
  /// limit.
  uint32_t per_second = 0;
  /// How long a client that was too fast is refused.
  std::chrono::seconds penalty = std::chrono::seconds{60};
  /// Clients that are remembered, about 200 bytes each; above it the one that
  /// was silent for longest is forgotten, and begins anew.
  size_t clients_max = 32'768;
};

/// Refuses clients that ask too often. Pure: time is an argument.
class rate_limiter {
public:
  explicit rate_limiter(rate_limit_settings settings);

  /// A copy would point into the original.
  rate_limiter(const rate_limiter&) = delete;
  rate_limiter(rate_limiter&&) = default;

  /// Counts a request. Returns nothing when it may pass, else for how long the
  /// client is refused: the penalty from the first refusal on, whether it keeps
  /// asking or not.
  std::optional<std::chrono::nanoseconds> refuse(const client_key& client,
                                                 std::chrono::nanoseconds now);

  [[nodiscard]] size_t clients() const {
    return clients_.size();
  }

private:
  struct client_state {
    client_key key = {};
    domain::token_bucket bucket;
    std::chrono::nanoseconds refused_until = std::chrono::nanoseconds::min();
  };

  using client_list = std::list<client_state>;

  client_state& find(const client_key& x);

  rate_limit_settings settings_ = {};
  /// The one that came last is the first.
  client_list clients_ = {};
  std::map<client_key, client_list::iterator> by_key_ = {};
};

} // namespace pumpscope::http
