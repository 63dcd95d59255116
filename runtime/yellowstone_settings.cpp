#include "runtime/yellowstone_settings.hpp"

#include "config/load.hpp"

namespace pumpscope::runtime {

outcome<yellowstone::client_settings>
yellowstone_settings(const config::source_options& x, size_t endpoint) {
  auto result = yellowstone::client_settings{};
  result.endpoint = config::to_text(x.endpoints[endpoint]);
  result.x_token = config::token_of(x, endpoint);
  result.keepalive_period = x.keepalive_period;
  result.keepalive_timeout = x.keepalive_timeout;
  result.message_bytes_max = x.message_bytes_max;
  if (!x.ca_file.empty()) {
    auto pem = config::read_file(x.ca_file);
    if (!pem)
      return refuse_usage("--ca-file " + x.ca_file + ": " + pem.error());
    result.ca_pem = std::move(*pem);
  }
  if (auto problem = yellowstone::problem_of(result); !problem.empty())
    return refuse_usage("--endpoint: " + problem);
  return result;
}

domain::backoff_settings backoff_of(const config::source_options& x) {
  auto result = domain::backoff_settings{};
  result.first = x.backoff_min;
  result.cap = x.backoff_max;
  return result;
}

} // namespace pumpscope::runtime
