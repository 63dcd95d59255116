#include "adapters/http/client_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::http {

namespace {

using boost::asio::ip::make_address;
using ::testing::HasSubstr;

client_key key(const char* text) {
  return client_key::of(make_address(text));
}

TEST(client_key, counts_a_network_of_ipv6_as_one_client) {
  EXPECT_EQ(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
  EXPECT_NE(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
  EXPECT_NE(key("10.0.0.1"), key("10.0.0.2"));
  EXPECT_EQ(key("::ffff:10.0.0.1"), key("10.0.0.1"));
  // The same bits are not the same client.
  EXPECT_NE(key("::1"), key("0.0.0.0"));
}

/// The client behind a connection from 10.0.0.1.
std::string client(const std::vector<std::string>& trusted,
                   std::string_view forwarded) {
  return trusted_proxies::parse(trusted)
    .value()
    .client(make_address("10.0.0.1"), forwarded)
    .to_string();
}

TEST(trusted_proxies, believe_nobody_unless_told) {
  EXPECT_EQ(client({}, "1.2.3.4"), "10.0.0.1");
  EXPECT_EQ(client({"10.0.0.2", "::1"}, "1.2.3.4"), "10.0.0.1");
}

TEST(trusted_proxies, take_the_last_address_that_is_no_proxy) {
  EXPECT_EQ(client({"10.0.0.1"}, "1.2.3.4"), "1.2.3.4");
  // The client has written 9.9.9.9 itself.
  EXPECT_EQ(client({"10.0.0.0/8"}, "9.9.9.9, 1.2.3.4, 10.7.7.7"), "1.2.3.4");
  EXPECT_EQ(client({"10.0.0.1"}, "1.2.3.4, 10.7.7.7"), "10.7.7.7");
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.7.7.7"), "10.7.7.7");
}

TEST(trusted_proxies, read_what_proxies_write) {
  EXPECT_EQ(client({"10.0.0.1"}, "\t1.2.3.4:5678 "), "1.2.3.4");
  EXPECT_EQ(client({"10.0.0.1"}, "[2001:db8::1]:443"), "2001:db8::1");
  EXPECT_EQ(client({"10.0.0.1"}, "2001:db8::1"), "2001:db8::1");
  for (auto nonsense : {"unknown", "1.2.3.4, ", ",", "[", "[]", ":", "\xff"})
    EXPECT_EQ(client({"10.0.0.1"}, nonsense), "10.0.0.1") << nonsense;
}

TEST(trusted_proxies, name_what_is_no_network) {
  EXPECT_TRUE(trusted_proxies::parse({"10.1.2.3/8", "::1", "fd00::/8"}));
  for (auto bad : {"", "10.0.0", "10.0.0.0/33", "x/8", "::1/129"})
    EXPECT_THAT(trusted_proxies::parse({bad}).error(), HasSubstr(bad));
}

} // namespace

} // namespace pumpscope::http
