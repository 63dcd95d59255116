#include "adapters/yellowstone/endpoint_url.hpp"

#include <algorithm>

namespace pumpscope::yellowstone {

namespace {

bool is_port(std::string_view x) {
  return !x.empty() && x.size() <= 5
         && std::all_of(x.begin(), x.end(),
                        [](char c) { return c >= '0' && c <= '9'; })
         && std::stoi(std::string{x}) >= 1
         && std::stoi(std::string{x}) <= 65'535;
}

bool is_loopback(std::string_view host) {
  // Names other than this one could resolve to anything.
  if (host == "localhost" || host == "[::1]")
    return true;
  auto digits_and_dots = std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == '.';
  });
  return host.starts_with("127.") && digits_and_dots;
}

} // namespace

std::optional<endpoint_url> endpoint_url::parse(std::string_view text) {
  auto result = endpoint_url{};
  if (text.starts_with("https://")) {
    result.tls = true;
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  if (text.ends_with('/'))
    text.remove_suffix(1);
  if (text.find_first_of("/?#@ \t\r\n") != std::string_view::npos)
    return std::nullopt;
  // The port stands behind the last colon that is not part of an IPv6 host.
  auto bracket = text.rfind(']');
  auto colon = text.rfind(':');
  auto has_port = colon != std::string_view::npos
                  && (bracket == std::string_view::npos || colon > bracket);
  auto host = has_port ? text.substr(0, colon) : text;
  auto port = has_port     ? text.substr(colon + 1)
              : result.tls ? std::string_view{"443"}
                           : std::string_view{"80"};
  auto v6 = host.starts_with('[') && host.ends_with(']');
  if (host.empty() || !is_port(port)
      || (!v6 && host.find_first_of(":[]") != std::string_view::npos))
    return std::nullopt;
  result.target = std::string{host} + ':' + std::string{port};
  result.loopback = is_loopback(host);
  return result;
}

} // namespace pumpscope::yellowstone
