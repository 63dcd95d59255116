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

TEST(price, a_key_of_redis_is_where_publications_go_or_elsewhere) {
  auto ours = parse_price("redis:sol:usd#1");
  ASSERT_TRUE(ours);
  EXPECT_EQ(ours->redis_key, "sol:usd#1");
  EXPECT_FALSE(ours->redis);
  EXPECT_FALSE(ours->server);
  auto other = parse_price("redis://me:p%23w@10.0.0.1:6380/3#sol:usd#1");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->redis_key, "sol:usd#1");
  ASSERT_TRUE(other->redis);
  EXPECT_EQ(other->redis->server.port, 6'380);
  EXPECT_EQ(other->redis->user, "me");
  EXPECT_EQ(other->redis->password, "p#w");
  EXPECT_EQ(other->redis->database, 3U);
  auto socket = parse_price("unix:/run/redis.sock?db=2#k");
  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->redis->socket, "/run/redis.sock");
  EXPECT_EQ(socket->redis->database, 2U);
}

TEST(price, refuses_what_is_no_key) {
  auto longest = std::string(config::price_key_bytes_max, 'k');
  EXPECT_TRUE(parse_price("redis:" + longest));
  for (auto text : {std::string{"redis:"}, "redis:" + longest + "k",
                    std::string{"redis:a\nb"}, std::string{"redis://a"},
                    std::string{"redis://a#"}, std::string{"redis://a:0#k"},
                    std::string{"rediss://a#k"}, std::string{"unix:/a"},
                    std::string{"unix:a#k"}})
    EXPECT_FALSE(parse_price(text)) << text;
  auto refused = parse_price("redis://me:hunter2@a:0#k");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().find("hunter2"), std::string::npos);
}

TEST(price, refuses_what_is_no_source) {
  for (auto text : {"", "on", "fixed:", "fixed:-1", "fixed:0", "fixed:1e9",
                    "ftp://a/b", "http://", "http://a:0/b", "http://u@a/b",
                    "http://a/b c", "http://a/b\r\nX: y"})
    EXPECT_FALSE(parse_price(text)) << text;
}

} // namespace
