#include "adapters/http/rate_limiter.hpp"

namespace pumpscope::http {

rate_limiter::rate_limiter(rate_limit_settings settings) : settings_{settings} {
  // nop
}

std::optional<std::chrono::nanoseconds>
rate_limiter::refuse(const client_key& client, std::chrono::nanoseconds now) {
  if (settings_.per_second == 0)
    return std::nullopt;
  auto& x = find(client);
  if (now < x.refused_until)
    return x.refused_until - now;
  if (x.bucket.take(now))
    return std::nullopt;
  x.refused_until = now + settings_.penalty;
  return settings_.penalty;
}

rate_limiter::client_state& rate_limiter::find(const client_key& x) {
  if (auto known = by_key_.find(x); known != by_key_.end()) {
    clients_.splice(clients_.begin(), clients_, known->second);
    return clients_.front();
  }
  if (clients_.size() >= settings_.clients_max && !clients_.empty()) {
    by_key_.erase(clients_.back().key);
    clients_.pop_back();
  }
  auto rate = static_cast<double>(settings_.per_second);
  clients_.push_front({x, domain::token_bucket{{rate, rate}}});
  by_key_.emplace(x, clients_.begin());
  return clients_.front();
}

} // namespace pumpscope::http
