#include "config/log_level.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace pumpscope::config {

namespace {

constexpr auto names = std::array<std::string_view, 4>{"error", "warning",
                                                       "info", "debug"};

} // namespace

parsed<log_level> parse_log_level(std::string_view text) {
  const auto* found = std::find(names.begin(), names.end(), text);
  if (found == names.end())
    return tl::unexpected{"\"" + std::string{text}
                          + "\" is none of error, warning, info, debug"};
  return static_cast<log_level>(found - names.begin());
}

std::string_view to_text(log_level x) {
  return names[static_cast<size_t>(x)];
}

} // namespace pumpscope::config
