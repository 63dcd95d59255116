#pragma once

#include "adapters/redis/settings.hpp"
#include "config/options.hpp"

#include <chrono>
#include <string_view>

namespace pumpscope::runtime {

/// Returns how a server is reached, with the login that its URL has.
redis::settings redis_settings(const config::redis_url& url,
                               std::chrono::milliseconds timeout);

/// Returns how the server is reached that publications go to. Pre: `x.url`.
redis::settings redis_settings(const config::redis_options& x);

/// Says so when the way to a server is not this machine's own: there is no TLS.
void warn_of_plain_text(const config::redis_url& url, std::string_view command);

} // namespace pumpscope::runtime
