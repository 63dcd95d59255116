#include "adapters/http/client_address.hpp"

#include <algorithm>

namespace pumpscope::http {

namespace {

namespace ip = boost::asio::ip;

using boost::system::error_code;

ip::address plain(const ip::address& x) {
  if (x.is_v6() && x.to_v6().is_v4_mapped())
    return ip::make_address_v4(ip::v4_mapped, x.to_v6());
  return x;
}

std::string_view trimmed(std::string_view x) {
  auto first = std::min(x.find_first_not_of(" \t"), x.size());
  x.remove_prefix(first);
  return x.substr(0, x.find_last_not_of(" \t") + 1);
}

/// Some proxies add the port, and brackets around IPv6.
std::string_view without_port(std::string_view x) {
  if (x.starts_with('['))
    return x.substr(1, std::min(x.find(']'), x.size()) - 1);
  if (std::count(x.begin(), x.end(), ':') == 1)
    return x.substr(0, x.find(':'));
  return x;
}

} // namespace

client_key client_key::of(const ip::address& x) {
  auto address = plain(x);
  auto result = client_key{};
  if (address.is_v4()) {
    result.prefix = address.to_v4().to_uint();
    return result;
  }
  result.ipv6 = true;
  auto bytes = address.to_v6().to_bytes();
  for (size_t i = 0; i < 8; ++i)
    result.prefix = result.prefix << 8 | bytes[i];
  return result;
}

tl::expected<trusted_proxies, std::string>
trusted_proxies::parse(const std::vector<std::string>& texts) {
  auto result = trusted_proxies{};
  for (auto& text : texts) {
    auto slash = text.find('/') != std::string::npos;
    auto error_v4 = error_code{};
    auto v4 = ip::make_network_v4(slash ? text : text + "/32", error_v4);
    auto error_v6 = error_code{};
    auto v6 = ip::make_network_v6(slash ? text : text + "/128", error_v6);
    if (!error_v4)
      result.networks_v4_.push_back(v4.canonical());
    else if (!error_v6)
      result.networks_v6_.push_back(v6.canonical());
    else
      return tl::unexpected{"no address and no network: " + text};
  }
  return result;
}

bool trusted_proxies::trusts(const ip::address& x) const {
  if (x.is_v4())
    return std::any_of(networks_v4_.begin(), networks_v4_.end(), [&](auto& y) {
      return ip::network_v4{x.to_v4(), y.prefix_length()}.canonical() == y;
    });
  return std::any_of(networks_v6_.begin(), networks_v6_.end(), [&](auto& y) {
    return ip::network_v6{x.to_v6(), y.prefix_length()}.canonical() == y;
  });
}

ip::address trusted_proxies::client(ip::address peer,
                                    std::string_view forwarded) const {
  auto result = plain(peer);
  while (!forwarded.empty() && trusts(result)) {
    auto comma = forwarded.rfind(',');
    auto last = comma == std::string_view::npos ? forwarded
                                                : forwarded.substr(comma + 1);
    forwarded = forwarded.substr(0,
                                 comma == std::string_view::npos ? 0 : comma);
    auto error = error_code{};
    auto told = ip::make_address(std::string{without_port(trimmed(last))},
                                 error);
    // A proxy that hides its client speaks for it.
    if (error)
      break;
    result = plain(told);
  }
  return result;
}

} // namespace pumpscope::http
