#include "runtime/redis_settings.hpp"

#include "runtime/log.hpp"

#include <string>

namespace pumpscope::runtime {

redis::settings redis_settings(const config::redis_url& url,
                               std::chrono::milliseconds timeout) {
  auto result = redis::settings{};
  result.host = url.server.host;
  result.port = url.server.port;
  result.socket = url.socket;
  result.user = url.user;
  result.password = url.password;
  result.database = url.database;
  result.timeout = timeout;
  return result;
}

redis::settings redis_settings(const config::redis_options& x) {
  auto result = redis_settings(*x.url, x.timeout);
  if (!x.password.empty())
    result.password = x.password;
  result.prefix = x.prefix;
  switch (x.socketio) {
    case config::socketio::off:
      result.socketio = redis::socketio_format::off;
      break;
    case config::socketio::streams:
      result.socketio = redis::socketio_format::streams;
      break;
    case config::socketio::classic:
      result.socketio = redis::socketio_format::classic;
      break;
  }
  return result;
}

void warn_of_plain_text(const config::redis_url& url,
                        std::string_view command) {
  if (url.socket.empty() && !config::is_loopback(url.server.host))
    warning_line(std::string{command} + ": the connection to "
                 + config::to_text(url)
                 + " is not encrypted: the packaged Redis client has no TLS");
}

} // namespace pumpscope::runtime
