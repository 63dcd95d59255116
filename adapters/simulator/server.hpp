#pragma once

#include "adapters/simulator/broadcast_log.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace pumpscope::simulator {

/// How the server treats its clients.
struct server_settings {
  /// HOST:PORT; port 0 = any free one.
  std::string listen = "127.0.0.1:0";
  std::string x_token = {};
  std::chrono::milliseconds ping_period = std::chrono::seconds{10};
  size_t clients_max = 64;
  /// Every stream is cut after this time, every other one as one that lagged;
  /// zero = never.
  std::chrono::milliseconds cut = std::chrono::milliseconds{0};
  /// A `from_slot` more than 8 slots below the tip is refused.
  bool out_of_range = false;
};

/// A Yellowstone gRPC server over a `broadcast_log`: Subscribe and the unary
/// calls. Bodies are sent as they are, without protobuf objects. Streams that
/// fall out of the log's window end with INTERNAL "lagged to receive geyser
/// messages". Threads: those of gRPC, and one for pings and cuts.
class server {
public:
  /// Starts to listen; the error names the address.
  static tl::expected<std::unique_ptr<server>, std::string>
  start(const server_settings& settings, broadcast_log& log);

  virtual ~server() = default;

  /// The address that is served on, with the real port.
  [[nodiscard]] virtual std::string address() const = 0;

  /// Ends all streams with UNAVAILABLE and stops. Idempotent.
  virtual void shutdown() = 0;
};

} // namespace pumpscope::simulator
