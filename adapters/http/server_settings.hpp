#pragma once

#include "adapters/http/presentation.hpp"
#include "adapters/http/rate_limiter.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::http {

/// An answer that was given.
struct answer_note {
  std::string_view method = {};
  /// Path and query as they came: any bytes.
  std::string_view target = {};
  /// Who asked, see `request::client`; empty when the request was no HTTP.
  std::string_view client = {};
  unsigned status = 0;
  /// From the last byte of the headers to the begin of the answer.
  std::chrono::nanoseconds time = {};
};

struct server_settings {
  /// A host or its address (IPv6 without brackets), and the port; 0 = any.
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  /// Connections at a time, without streams; further ones wait in the queue of
  /// the system. This and the next one are lowered where the system does not
  /// let the process open so many files.
  size_t connections_max = 1'024;
  /// Answers without an end at a time; further ones get 503.
  size_t streams_max = 20'000;
  /// First line and headers.
  uint32_t header_bytes_max = 16U << 10;
  /// A whole request, from its first byte on; the time to answer it; and the
  /// time for the client to take the answer.
  std::chrono::milliseconds request_max = std::chrono::seconds{10};
  std::chrono::milliseconds answer_max = std::chrono::seconds{10};
  /// The pause between two requests of one connection, and before the first.
  std::chrono::milliseconds idle_max = std::chrono::seconds{30};
  /// How long the client of a stream may take nothing of what waits for it.
  std::chrono::milliseconds stall_max = std::chrono::seconds{30};
  /// How long requests may go on when the server ends.
  std::chrono::milliseconds stop_max = std::chrono::seconds{2};
  rate_limit_settings rate_limit = {};
  /// What opens the routes that are marked as keyed; none = they are open.
  std::vector<std::string> api_keys = {};
  /// Addresses and networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For`
  /// is believed; none = nobody's.
  std::vector<std::string> trusted_proxies = {};
  presentation_settings presentation = {};
  /// Told of each answer, by the thread that serves; empty = nobody is.
  std::function<void(const answer_note&)> on_answer = {};
};

} // namespace pumpscope::http
