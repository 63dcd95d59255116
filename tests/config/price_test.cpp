#include "config/options.hpp"

#include <gtest/gtest.h>

using namespace pumpscope;
using config::parse_price;

namespace {

TEST(price, reads_a_fixed_rate) {
  EXPECT_EQ(parse_price("fixed:151.25")->fixed_usd_micros, 151'250'000U);
  EXPECT_EQ(parse_price("off")->fixed_usd_micros, 0U);
  EXPECT_FALSE(parse_price("off")->server);
}

TEST(price, an_endpoint_is_asked_for_wrapped_sol_unless_the_url_says_what) {
  constexpr auto sol = "ids=So11111111111111111111111111111111111111112";
  auto plain = parse_price("https://lite-api.jup.ag/price/v3");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->server->server.host, "lite-api.jup.ag");
  EXPECT_EQ(plain->server->server.port, 443);
  EXPECT_TRUE(plain->server->tls);
  EXPECT_EQ(plain->target, std::string{"/price/v3?"} + sol);
  EXPECT_EQ(parse_price("http://[::1]:8080?k=1")->target,
            std::string{"/?k=1&"} + sol);
  EXPECT_EQ(parse_price("http://a/b?ids=x")->target, "/b?ids=x");
}

TEST(price, refuses_what_is_no_source) {
  for (auto text : {"", "on", "fixed:", "fixed:-1", "fixed:0", "fixed:1e9",
                    "ftp://a/b", "http://", "http://a:0/b", "http://u@a/b",
                    "http://a/b c", "http://a/b\r\nX: y"})
    EXPECT_FALSE(parse_price(text)) << text;
}

} // namespace
