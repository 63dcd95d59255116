#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pumpscope::peer {

/// What came of a connection to a port.
enum class port_state : uint8_t {
  listening,
  /// The machine answers that nobody listens there.
  refused,
  /// No answer in time, no way there, no such machine.
  unknown,
};

/// Connects by TCP, and hangs up again. The name of a host is resolved first,
/// which takes its own time.
port_state probe_port(const std::string& host, uint16_t port,
                      std::chrono::nanoseconds patience);

/// Splits `HOST:PORT`; nothing when there is no port but 0. The host comes
/// without the brackets of IPv6.
std::optional<std::pair<std::string, uint16_t>>
split_address(std::string_view address);

/// Tells whether a connection to `IP:PORT` is refused; false when that does not
/// show within `patience`. Names are not asked: to resolve one may take longer.
bool refuses_connections(std::string_view address,
                         std::chrono::milliseconds patience);

} // namespace pumpscope::peer
