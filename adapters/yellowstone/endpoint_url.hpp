#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pumpscope::yellowstone {

/// An endpoint taken apart.
struct endpoint_url {
  /// HOST:PORT as gRPC wants it.
  std::string target = {};
  bool tls = false;
  bool loopback = false;

  /// Reads `http://HOST:PORT` or `https://HOST[:PORT]`, without path.
  static std::optional<endpoint_url> parse(std::string_view text);
};

} // namespace pumpscope::yellowstone
