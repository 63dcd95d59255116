#pragma once

#include "adapters/http/api_keys.hpp"
#include "adapters/http/client_address.hpp"
#include "adapters/http/rate_limiter.hpp"
#include "adapters/http/router.hpp"
#include "adapters/http/server_settings.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::http {

/// What the head of a request leads to.
struct gate_verdict {
  /// The route that answers; null when there is an answer already.
  const route* found = nullptr;
  /// Position of the pattern, for counters.
  size_t pattern = 0;
  std::optional<response> answer = {};
  /// The answer is that of the rate limit.
  bool rate_limited = false;
};

/// Decides by the head of a request whether it is let in, and where to. Used by
/// one thread.
class gate {
public:
  using head = boost::beast::http::header<true>;

  /// Fails with a text when a pattern or a setting is malformed.
  static tl::expected<gate, std::string> build(const server_settings& settings,
                                               std::vector<route> routes);

  /// Reads a head into `out` and judges it, at a time of any monotonic clock.
  gate_verdict judge(const head& x, const boost::asio::ip::address& peer,
                     std::chrono::nanoseconds now, request& out);

  /// Counts bytes that are no request against the limit of their sender.
  void count_malformed(const boost::asio::ip::address& peer,
                       std::chrono::nanoseconds now);

  [[nodiscard]] std::vector<std::string> patterns() const {
    return router_.patterns();
  }

private:
  gate(const server_settings& settings, http::router routes,
       http::trusted_proxies proxies);

  /// The answer to OPTIONS where the route does not give one itself.
  [[nodiscard]] response options(const head& x,
                                 const std::string& allowed) const;

  http::router router_;
  http::trusted_proxies proxies_;
  rate_limiter limiter_;
  api_keys keys_;
  presentation_settings presentation_;
};

} // namespace pumpscope::http
