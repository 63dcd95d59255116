#include "config/redis_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::config {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(redis_url, reads_host_port_database_and_user) {
  auto x = parse_redis_url("redis://some:p%40ss@db.local:7000/3");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->server.host, "db.local");
  EXPECT_EQ(x->server.port, 7'000);
  EXPECT_EQ(x->database, 3U);
  EXPECT_EQ(x->user, "some");
  EXPECT_EQ(x->password, "p@ss");
  EXPECT_EQ(to_text(*x), "redis://some@db.local:7000/3");
}

TEST(redis_url, fills_in_what_is_usual) {
  auto x = parse_redis_url("redis://localhost");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->server.port, 6'379);
  EXPECT_EQ(x->database, 0U);
  auto v6 = parse_redis_url("redis://[::1]");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->server.port, 6'379);
}

TEST(redis_url, reads_a_unix_socket) {
  auto x = parse_redis_url("unix:/run/redis.sock?db=2");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->socket, "/run/redis.sock");
  EXPECT_EQ(x->database, 2U);
  EXPECT_EQ(to_text(*x), "unix:/run/redis.sock?db=2");
}

TEST(redis_url, says_plainly_that_there_is_no_tls) {
  auto x = parse_redis_url("rediss://host");
  ASSERT_FALSE(x);
  EXPECT_THAT(x.error(), HasSubstr("TLS"));
}

TEST(redis_url, never_repeats_a_text_that_may_hold_a_password) {
  for (auto text :
       {"http://u:hunter2@host", "redis://u:hunter2@host:x", "redis://",
        "redis://u:hunter2%4@host", "redis://u:hunter2@host/x", "unix:hunter2",
        "unix:/hunter2?x=1", "redis://u:hunter2@host:0", "hunter2"}) {
    auto x = parse_redis_url(text);
    ASSERT_FALSE(x) << text;
    EXPECT_THAT(x.error(), Not(HasSubstr("hunter2")));
  }
}

} // namespace pumpscope::config
