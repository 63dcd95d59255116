#include "adapters/peer/port_probe.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <charconv>

namespace pumpscope::peer {

namespace {

namespace net = boost::asio;

using net::ip::tcp;

} // namespace

port_state probe_port(const std::string& host, uint16_t port,
                      std::chrono::nanoseconds patience) {
  auto error = boost::system::error_code{};
  auto io = net::io_context{};
  auto found = tcp::resolver{io}.resolve(host, std::to_string(port), error);
  if (error)
    return port_state::unknown;
  auto socket = tcp::socket{io};
  auto result = port_state::unknown;
  net::async_connect(
    socket, found,
    [&result](const boost::system::error_code& x, const tcp::endpoint&) {
      if (!x)
        result = port_state::listening;
      else if (x == net::error::connection_refused)
        result = port_state::refused;
    });
  io.run_for(patience);
  return result;
}

std::optional<std::pair<std::string, uint16_t>>
split_address(std::string_view address) {
  auto colon = address.rfind(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  auto port = uint16_t{0};
  std::from_chars(address.data() + colon + 1, address.data() + address.size(),
                  port);
  if (port == 0)
    return std::nullopt;
  auto host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  return std::pair{std::string{host}, port};
}

bool refuses_connections(std::string_view address,
                         std::chrono::milliseconds patience) {
  auto place = split_address(address);
  if (!place)
    return false;
  auto error = boost::system::error_code{};
  net::ip::make_address(place->first, error);
  return !error
         && probe_port(place->first, place->second, patience)
              == port_state::refused;
}

} // namespace pumpscope::peer
