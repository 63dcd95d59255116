#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <tl/expected.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::http {

/// Whom a limit counts as one: an IPv4 address, or the /64 of an IPv6 address,
/// which is what one household or server gets.
struct client_key {
  bool ipv6 = false;
  uint64_t prefix = 0;

  /// An IPv4 address that is written as IPv6 counts as IPv4.
  static client_key of(const boost::asio::ip::address& x);

  friend auto operator<=>(const client_key&, const client_key&) = default;
};

/// The proxies whose word about the address of a client is taken.
class trusted_proxies {
public:
  /// Reads addresses and networks, `10.0.0.0/8`; the error names the text that
  /// is neither.
  static tl::expected<trusted_proxies, std::string>
  parse(const std::vector<std::string>& texts);

  /// Returns who is behind a connection. `forwarded` is the header
  /// `X-Forwarded-For`, which anybody can write: from its end each address is
  /// taken only on the word of a proxy that is trusted, and the first one that
  /// is not trusted is the client. Without trust it is the peer.
  [[nodiscard]] boost::asio::ip::address
  client(boost::asio::ip::address peer, std::string_view forwarded) const;

private:
  [[nodiscard]] bool trusts(const boost::asio::ip::address& x) const;

  std::vector<boost::asio::ip::network_v4> networks_v4_ = {};
  std::vector<boost::asio::ip::network_v6> networks_v6_ = {};
};

} // namespace pumpscope::http
