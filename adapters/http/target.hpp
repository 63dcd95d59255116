#pragma once

#include <optional>
#include <string_view>

namespace pumpscope::http {

/// What a request asks for, still percent-encoded.
struct target_parts {
  std::string_view path = {};
  std::string_view query = {};
};

/// Takes a target apart; clients of proxies send whole URLs, and `*` is asked
/// with OPTIONS only. Nothing = it is none of these.
std::optional<target_parts> parse_target(std::string_view target,
                                         std::string_view method);

} // namespace pumpscope::http
