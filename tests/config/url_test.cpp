#include "config/endpoint.hpp"
#include "config/store_url.hpp"

#include <gtest/gtest.h>

namespace pumpscope::config {

namespace {

TEST(store_url, reads_files_and_memory) {
  EXPECT_EQ(parse_store_url("sqlite:a/b.db"),
            (store_url{store_kind::sqlite_file, "a/b.db"}));
  EXPECT_EQ(parse_store_url("sqlite:///tmp/b.db"),
            (store_url{store_kind::sqlite_file, "/tmp/b.db"}));
  EXPECT_EQ(parse_store_url("sqlite::memory:"),
            (store_url{store_kind::sqlite_memory, ""}));
}

TEST(store_url, reads_back_the_text_it_makes) {
  for (const auto* text : {"sqlite:a/b.db", "sqlite:/tmp/b", "sqlite::memory:"})
    EXPECT_EQ(to_text(parse_store_url(text).value()), text);
}

TEST(store_url, keeps_what_libpq_reads) {
  for (const auto* text : {"postgresql://user:secret@db:5433/x?sslmode=require",
                           "postgres:///x?host=/run/postgresql"})
    EXPECT_EQ(parse_store_url(text),
              (store_url{store_kind::postgres, std::string{text}}));
}

TEST(store_url, never_shows_a_password) {
  auto shown = [](const char* text) {
    return to_text(parse_store_url(text).value());
  };
  EXPECT_EQ(shown("postgresql://user:secret@db:5433/x?sslmode=require"),
            "postgresql://user@db:5433/x?sslmode=require");
  EXPECT_EQ(shown("postgresql://user:sec@ret@db/x"), "postgresql://user@db/x");
  EXPECT_EQ(shown("postgresql://db/x?a=1&password=secret&b=2"),
            "postgresql://db/x?a=1&password=&b=2");
  EXPECT_EQ(shown("postgresql://db/x?sslpassword=secret"),
            "postgresql://db/x?sslpassword=");
  EXPECT_EQ(shown("postgresql://user@db"), "postgresql://user@db");
  EXPECT_EQ(shown("postgresql://db?password=secret"),
            "postgresql://db?password=");
  EXPECT_EQ(shown("postgresql://"), "postgresql://");
}

TEST(store_url, refuses_other_schemes_without_repeating_passwords) {
  for (const auto* text : {"", "a.db", "mysql://root:secret@h/x", "sqlite:"}) {
    auto refused = parse_store_url(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().find("secret"), std::string::npos);
  }
}

TEST(endpoint, takes_the_port_of_the_scheme_when_there_is_none) {
  EXPECT_EQ(parse_endpoint("https://grpc.example.com"),
            (endpoint{{"grpc.example.com", 443}, true}));
  EXPECT_EQ(parse_endpoint("http://127.0.0.1:10000/"),
            (endpoint{{"127.0.0.1", 10'000}, false}));
  EXPECT_EQ(parse_endpoint("http://[::1]:9"), (endpoint{{"::1", 9}, false}));
}

TEST(endpoint, refuses_what_is_not_scheme_host_and_port) {
  for (const auto* text :
       {"", "grpc.example.com:443", "ftp://h", "http://", "http://h:0",
        "http://h:65536", "http://h:x", "http://[::1", "http://[h]:1",
        "http://a b", "http://h:1:2", "https://h/path", "https://h?token=1"})
    EXPECT_FALSE(parse_endpoint(text)) << text;
}

TEST(endpoint, never_repeats_a_token_in_the_url) {
  for (const auto* text : {"https://user:secret@h", "https://h/secret"}) {
    auto refused = parse_endpoint(text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().find("secret"), std::string::npos) << text;
    EXPECT_NE(refused.error().find("--x-token-file"), std::string::npos);
  }
}

TEST(address, needs_a_port) {
  EXPECT_EQ(parse_address("127.0.0.1:0"), (address{"127.0.0.1", 0}));
  EXPECT_EQ(parse_address("[::]:8080"), (address{"::", 8080}));
  EXPECT_FALSE(parse_address("127.0.0.1"));
  EXPECT_FALSE(parse_address(":80"));
  EXPECT_EQ(to_text(address{"::1", 5}), "[::1]:5");
}

TEST(address, knows_this_machine) {
  for (const auto* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const auto* host : {"127.evil.example", "10.0.0.1", "::", "localhost."})
    EXPECT_FALSE(is_loopback(host)) << host;
}

} // namespace

} // namespace pumpscope::config
