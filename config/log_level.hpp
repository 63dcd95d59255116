#pragma once

#include "config/value.hpp"

#include <cstdint>
#include <string_view>

namespace pumpscope::config {

/// How much a line of the log matters; each level includes those before it.
enum class log_level : uint8_t { error, warning, info, debug };

/// Reads `error`, `warning`, `info` or `debug`.
parsed<log_level> parse_log_level(std::string_view text);

/// @relates log_level
std::string_view to_text(log_level x);

} // namespace pumpscope::config
