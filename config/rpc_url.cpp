#include "config/rpc_url.hpp"

#include <algorithm>

namespace pumpscope::config {

namespace {

constexpr size_t target_size_max = 2'000;

} // namespace

parsed<rpc_url> parse_rpc_url(std::string_view text) {
  auto scheme = text.find("://");
  auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  auto end = std::min(text.find_first_of("/?#", begin), text.size());
  auto server = parse_endpoint(text.substr(0, end));
  if (!server)
    return tl::unexpected{std::move(server.error())};
  auto result = rpc_url{};
  result.server = std::move(*server);
  auto target = text.substr(end);
  auto odd = [](char c) { return c < 0x21 || c > 0x7E || c == '#'; };
  if (std::any_of(target.begin(), target.end(), odd)
      || target.size() > target_size_max)
    return tl::unexpected{"the path or query of " + to_text(result.server)
                          + " holds characters that no URL has, or is too "
                            "long"};
  if (target.starts_with('?'))
    result.target += target;
  else if (!target.empty())
    result.target = target;
  return result;
}

std::string to_text(const rpc_url& x) {
  return to_text(x.server);
}

} // namespace pumpscope::config
