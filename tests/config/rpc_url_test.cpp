#include "config/rpc_url.hpp"

#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::config {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(rpc_url, is_taken_apart) {
  auto x = parse_rpc_url("https://rpc.example.com/?api-key=0123");
  ASSERT_TRUE(x.has_value()) << x.error();
  EXPECT_EQ(x->server.server, (address{"rpc.example.com", 443}));
  EXPECT_TRUE(x->server.tls);
  EXPECT_EQ(x->target, "/?api-key=0123");

  x = parse_rpc_url("https://rpc.example.com?api-key=0123");
  ASSERT_TRUE(x.has_value()) << x.error();
  EXPECT_EQ(x->target, "/?api-key=0123");

  x = parse_rpc_url("http://[::1]:8899");
  ASSERT_TRUE(x.has_value()) << x.error();
  EXPECT_EQ(x->server.server, (address{"::1", 8899}));
  EXPECT_EQ(x->target, "/");

  x = parse_rpc_url("https://h/v2/secretkey");
  ASSERT_TRUE(x.has_value()) << x.error();
  EXPECT_EQ(x->target, "/v2/secretkey");
  EXPECT_EQ(to_text(*x), "https://h:443");
}

TEST(rpc_url, what_is_wrong_is_told_without_the_key) {
  for (const auto* text :
       {"", "rpc.example.com/?key=secret", "ftp://h/?key=secret",
        "https://u:secret@h/", "https:///secret", "https://h:99999/secret",
        "https://h/a b?secret", "https://h/\n?secret", "https://h/#secret"}) {
    auto x = parse_rpc_url(text);
    ASSERT_FALSE(x.has_value()) << text;
    EXPECT_THAT(x.error(), Not(HasSubstr("secret"))) << text;
  }
}

TEST(rpc_url, a_key_goes_over_tls_only_or_to_this_machine) {
  auto problems = [](const char* url) {
    auto x = options{};
    x.source.rpc = *parse_rpc_url(url);
    return validate(x);
  };

  EXPECT_TRUE(problems("https://h/?key=secret").empty());
  EXPECT_TRUE(problems("http://127.0.0.1:8899/?key=secret").empty());
  EXPECT_TRUE(problems("http://10.0.0.1:8899").empty());
  auto refused = problems("http://10.0.0.1:8899/?key=secret");
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_THAT(refused[0], HasSubstr("source.rpc"));
  EXPECT_THAT(refused[0], Not(HasSubstr("secret")));
}

} // namespace

} // namespace pumpscope::config
