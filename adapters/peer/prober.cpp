#include "adapters/peer/prober.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>

namespace pumpscope::peer {

namespace {

namespace net = boost::asio;

using net::ip::tcp;

bool listens(const std::string& host, uint16_t port, caf::timespan patience) {
  auto error = boost::system::error_code{};
  auto io = net::io_context{};
  auto found = tcp::resolver{io}.resolve(host, std::to_string(port), error);
  if (error)
    return false;
  auto socket = tcp::socket{io};
  auto connected = false;
  net::async_connect(socket, found,
                     [&connected](const boost::system::error_code& x,
                                  const tcp::endpoint&) { connected = !x; });
  io.run_for(patience);
  return connected;
}

} // namespace

prober_actor::behavior_type prober(prober_actor::pointer) {
  return {
    [](const std::string& host, uint16_t port, caf::timespan patience) {
      return listens(host, port, patience);
    },
  };
}

} // namespace pumpscope::peer
