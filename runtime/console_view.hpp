#pragma once

#include "runtime/outcome.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pumpscope::runtime {

/// What `pumpscope console` can show, in the order of the keys 1 to 9 and 0.
inline constexpr auto console_views = std::array<std::string_view, 10>{
  "overview", "actors", "partitions", "streams", "latency",
  "stores",   "gaps",   "find",       "trace",   "nodes"};

/// Path and query behind `/console/api/` that a view asks for; nothing while
/// the key is missing that it needs. A trace takes SIGNATURE or SIGNATURE:SLOT.
/// `key` may hold nothing but letters, digits and the colon.
std::optional<std::string> console_question(std::string_view view,
                                            std::string_view key);

/// Returns the JSON that a console answered as lines of text, each ended by a
/// newline and at most `width` columns wide. Fails when it is not what such a
/// view gets. Control characters of texts are replaced: a server must not steer
/// the terminal.
outcome<std::string> render_console(std::string_view view,
                                    std::string_view json, size_t width);

} // namespace pumpscope::runtime
