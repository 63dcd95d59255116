#pragma once

#include "adapters/http/message.hpp"
#include "adapters/http/route.hpp"
#include "adapters/peer/credentials.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace pumpscope::peer {

struct peer_settings {
  /// Where we listen; port 0 = any.
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  /// CAF trusts the bytes that it gets: without TLS whoever reaches the port
  /// could end the process.
  credentials identity = {};

  /// Answers what other nodes ask: by `request::target`. Once, from any thread,
  /// now or later.
  std::function<void(http::request, http::reply)> answer = {};

  /// Questions under way, to us and to others, each; further ones get 503.
  size_t questions_max = 1'024;
  /// Targets that begin like this do not count: who asks bounds them himself.
  /// Empty = all count.
  std::string uncounted = {};
  /// Answers without an end, each.
  size_t streams_max = 20'000;
  /// How long another node may take to answer, and a connection to come about.
  std::chrono::milliseconds answer_max = std::chrono::seconds{8};
  std::chrono::milliseconds connect_max = std::chrono::seconds{2};
  /// Silence on a connection after which it counts as broken; a heartbeat comes
  /// four times as often.
  std::chrono::milliseconds silence_max = std::chrono::seconds{2};
  /// The pause before a node that could not be reached is tried again.
  std::chrono::milliseconds reconnect_pause = std::chrono::milliseconds{500};
};

/// What happened between nodes so far; those that end in `_open` are of now.
struct peer_counters {
  uint64_t asked = 0;
  /// Of these: nobody was reached, or there was no answer in time.
  uint64_t asked_in_vain = 0;
  uint64_t answered = 0;
  uint64_t refused = 0;
  uint64_t streams_open = 0;
  uint64_t connections_lost = 0;
  /// Bodies of what we asked others, and of what they answered.
  uint64_t bytes_asked = 0;
  uint64_t bytes_told = 0;
};

} // namespace pumpscope::peer
