#pragma once

#include "config/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pumpscope::config {

/// Where a server listens: `HOST:PORT`. IPv6 hosts stand in brackets.
struct address {
  std::string host = "127.0.0.1";
  /// 0 = any free port, where the use allows it.
  uint16_t port = 0;

  friend bool operator==(const address&, const address&) = default;
};

/// A gRPC server that we connect to.
struct endpoint {
  address server = {};
  /// https: TLS; http: plain text.
  bool tls = false;

  friend bool operator==(const endpoint&, const endpoint&) = default;
};

/// Reads `HOST:PORT` or `[V6]:PORT`.
parsed<address> parse_address(std::string_view text);

/// Reads `http://HOST[:PORT]` or `https://HOST[:PORT]`; without a port it is
/// 80 or 443. A path, a query or a user name is refused: tokens have an option
/// of their own.
parsed<endpoint> parse_endpoint(std::string_view text);

/// @relates address
std::string to_text(const address& x);

/// @relates endpoint
std::string to_text(const endpoint& x);

/// Tells whether `host` is this machine: localhost, 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view host);

} // namespace pumpscope::config
