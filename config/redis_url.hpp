#pragma once

#include "config/endpoint.hpp"
#include "config/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pumpscope::config {

/// A Redis server, a database of it, and who we are there.
struct redis_url {
  /// Port 6379 unless told; does not matter with a `socket`.
  address server = {"127.0.0.1", 6'379};
  /// Path of a Unix socket; empty = TCP.
  std::string socket = {};
  /// ACL user; empty = the default user.
  std::string user = {};
  /// Never printed; `redis.password` comes first.
  std::string password = {};
  uint32_t database = 0;

  friend bool operator==(const redis_url&, const redis_url&) = default;
};

/// Reads `redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]` or
/// `unix:/PATH[?db=DATABASE]`. User and password are percent-decoded. Refuses
/// `rediss://`: the packaged client library has no TLS. A refused text is never
/// repeated: it may carry a password.
parsed<redis_url> parse_redis_url(std::string_view text);

/// Returns the URL without the password.
/// @relates redis_url
std::string to_text(const redis_url& x);

} // namespace pumpscope::config
