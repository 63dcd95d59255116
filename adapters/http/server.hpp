#pragma once

#include "adapters/http/message.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::http {

/// Takes the answer to a request: once, from any thread. Later ones, and those
/// that come after the time limit, go nowhere.
using reply = std::function<void(response)>;

/// One path and one method.
struct route {
  /// In upper case; GET answers HEAD as well.
  std::string method = "GET";
  /// As a whole: there are no patterns.
  std::string path = {};
  /// Longest body; 0 = a body is refused.
  size_t body_bytes_max = 0;
  /// Looks at a request without its body. An answer refuses it: the body is
  /// never read and the connection ends. Empty = all are let in.
  std::function<std::optional<response>(const request&)> admit = {};
  /// Answers, now or later. Runs on the server's thread: it must not block.
  std::function<void(request, reply)> handle = {};
};

struct server_settings {
  /// A host or its address (IPv6 without brackets), and the port; 0 = any.
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  /// Connections at a time; further ones wait in the queue of the system.
  size_t connections_max = 256;
  /// First line and headers.
  uint32_t header_bytes_max = 16U << 10;
  /// A whole request, from its first byte on; the time to answer it; and the
  /// time for the client to take the answer.
  std::chrono::milliseconds request_max = std::chrono::seconds{10};
  std::chrono::milliseconds answer_max = std::chrono::seconds{10};
  /// The pause between two requests of one connection, and before the first.
  std::chrono::milliseconds idle_max = std::chrono::seconds{30};
  /// How long requests may go on when the server ends.
  std::chrono::milliseconds stop_max = std::chrono::seconds{2};
};

/// What a server did.
struct server_counters {
  uint64_t connections = 0;
  uint64_t connections_open = 0;
  uint64_t requests = 0;
  /// Answers of 400 and above, those to what is no HTTP among them.
  uint64_t refused = 0;
  /// Requests that were not whole in time, and answers that were not.
  uint64_t timeouts = 0;
};

/// Serves routes on one address, with one thread of its own. Every limit is
/// answered where there is somebody to answer: 400 what is no HTTP, 404, 405
/// with `Allow`, 408 slow requests, 413 long bodies, 431 long headers, 503 slow
/// routes; then the connection ends where its state is not known.
class server {
public:
  /// Listens and serves; fails with a text that names the address.
  static tl::expected<std::unique_ptr<server>, std::string>
  start(server_settings settings, std::vector<route> routes);

  server() = default;

  /// Takes no more connections, lets requests end, then closes all.
  virtual ~server() = default;

  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Where it listens: HOST:PORT.
  [[nodiscard]] virtual std::string address() const = 0;

  [[nodiscard]] virtual server_counters counters() const = 0;
};

} // namespace pumpscope::http
