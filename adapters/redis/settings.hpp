#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace pumpscope::redis {

/// What existing Socket.IO clusters get (docs/reference/redis.md).
enum class socketio_format : uint8_t {
  off = 0,
  /// Entries of the Redis streams adapter.
  streams = 1,
  /// Packets of the older Redis adapter, as redis-emitter sends them.
  classic = 2,
};

/// Where Redis is and how it is talked to.
struct settings {
  std::string host = "127.0.0.1";
  uint16_t port = 6'379;
  /// Path of a Unix socket; host and port do not matter then.
  std::string socket = {};
  /// ACL user; empty = the default user.
  std::string user = {};
  /// Never logged.
  std::string password = {};
  uint32_t database = 0;
  /// Stands before every name of ours.
  std::string prefix = {};
  socketio_format socketio = socketio_format::off;
  /// Limit of one attempt to connect, and of one answer.
  std::chrono::milliseconds timeout = std::chrono::seconds{2};
  /// The wait before the n-th attempt is random in [0, min(max, min * 2^n)].
  std::chrono::milliseconds backoff_min = std::chrono::milliseconds{100};
  std::chrono::milliseconds backoff_max = std::chrono::seconds{5};
};

/// Bounds of one write.
inline constexpr size_t write_commands_max = 2'000;
inline constexpr size_t write_bytes_max = size_t{1} << 20;

} // namespace pumpscope::redis
