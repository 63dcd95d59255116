#pragma once

#include "config/endpoint.hpp"
#include "config/value.hpp"

#include <string>
#include <string_view>

namespace pumpscope::config {

/// A server of JSON-RPC over HTTP.
struct rpc_url {
  endpoint server = {};
  /// Path and query: where providers put their keys. Never printed.
  std::string target = "/";

  friend bool operator==(const rpc_url&, const rpc_url&) = default;
};

/// Reads `http://HOST[:PORT][/PATH][?QUERY]` or the same with https. A user
/// name is refused. What is wrong is told without path and query.
parsed<rpc_url> parse_rpc_url(std::string_view text);

/// Returns the URL without path and query.
/// @relates rpc_url
std::string to_text(const rpc_url& x);

} // namespace pumpscope::config
