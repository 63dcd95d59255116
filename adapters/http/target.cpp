#include "adapters/http/target.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace pumpscope::http {

std::optional<target_parts> parse_target(std::string_view target,
                                         std::string_view method) {
  if (target == "*" && method == "OPTIONS")
    return target_parts{target, {}};
  for (auto scheme : {"http://", "https://"}) {
    auto size = std::string_view{scheme}.size();
    if (!boost::beast::iequals(target.substr(0, size), scheme))
      continue;
    target.remove_prefix(size);
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    if (!target.starts_with('/'))
      return target_parts{"/", target.substr(target.empty() ? 0 : 1)};
    break;
  }
  if (!target.starts_with('/'))
    return std::nullopt;
  auto end = std::min(target.find('?'), target.size());
  return target_parts{target.substr(0, end),
                      target.substr(std::min(end + 1, target.size()))};
}

} // namespace pumpscope::http
