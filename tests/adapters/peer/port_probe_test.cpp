#include "adapters/peer/port_probe.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

namespace pumpscope::peer {

namespace {

using namespace std::chrono_literals;

using boost::asio::ip::tcp;

constexpr auto host = "127.0.0.1";

class probe_of_a_port : public ::testing::Test {
protected:
  [[nodiscard]] uint16_t port() const {
    return listener_.local_endpoint().port();
  }

  [[nodiscard]] std::string address() const {
    return std::string{host} + ":" + std::to_string(port());
  }

  boost::asio::io_context io_ = {};
  /// Bound, and nobody listens.
  tcp::acceptor listener_ = [this] {
    auto result = tcp::acceptor{io_, tcp::v4()};
    result.bind({boost::asio::ip::make_address(host), 0});
    return result;
  }();
};

TEST_F(probe_of_a_port, tells_a_listener_from_a_refusal) {
  EXPECT_EQ(probe_port(host, port(), 10s), port_state::refused);
  EXPECT_TRUE(refuses_connections(address(), 10s));
  // As one of a process that was stopped: nobody accepts.
  listener_.listen();
  EXPECT_EQ(probe_port(host, port(), 10s), port_state::listening);
  EXPECT_FALSE(refuses_connections(address(), 10s));
}

TEST_F(probe_of_a_port, takes_silence_for_no_refusal) {
  // A full queue of connections lets further ones wait.
  listener_.listen(0);
  auto queued = tcp::socket{io_};
  queued.connect(listener_.local_endpoint());
  EXPECT_EQ(probe_port(host, port(), 20ms), port_state::unknown);
  EXPECT_FALSE(refuses_connections(address(), 20ms));
}

TEST_F(probe_of_a_port, asks_addresses_only) {
  EXPECT_FALSE(refuses_connections("", 10s));
  EXPECT_FALSE(refuses_connections(host, 10s));
  EXPECT_FALSE(refuses_connections("127.0.0.1:0", 10s));
  EXPECT_FALSE(refuses_connections("localhost:" + std::to_string(port()), 10s));
}

TEST_F(probe_of_a_port, knows_addresses_of_ipv6) {
  auto place = split_address("[::1]:7400");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->first, "::1");
  EXPECT_EQ(place->second, 7'400);
}

} // namespace

} // namespace pumpscope::peer
