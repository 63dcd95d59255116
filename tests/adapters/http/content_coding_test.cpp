#include "adapters/http/content_coding.hpp"

#include "tests/adapters/http/gunzip.hpp"

#include <gtest/gtest.h>

namespace pumpscope::http {

namespace {

TEST(takes_gzip, reads_weights) {
  for (auto yes :
       {"gzip", "GZIP", "deflate, gzip;q=0.5", "br , gzip", "*",
        "identity;q=0, *;q=0.1", "gzip;q=1.0", "x-gzip", "gzip ; q=0.001"})
    EXPECT_TRUE(takes_gzip(yes)) << yes;
  for (auto no : {"", "br", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "gzipped",
                  ";;,,q=1", "gzip;q=", "identity"})
    EXPECT_FALSE(takes_gzip(no)) << no;
}

TEST(is_compressible, knows_what_is_text) {
  for (auto yes : {"text/html; charset=utf-8", "application/json",
                   "application/problem+json", "image/svg+xml",
                   "application/manifest+json"})
    EXPECT_TRUE(is_compressible(yes)) << yes;
  for (auto no : {"image/png", "application/octet-stream", "font/woff2", ""})
    EXPECT_FALSE(is_compressible(no)) << no;
}

TEST(gzip, can_be_undone) {
  for (size_t size : {0, 1, 1'000, 300'000}) {
    auto text = std::string{};
    while (text.size() < size)
      text += std::to_string(text.size() * 2'654'435'761U);
    for (auto level : {1, 2, 9}) {
      auto packed = gzip(text, level);
      EXPECT_EQ(test::gunzip(packed), text) << size;
      if (size >= 1'000) {
        EXPECT_LT(packed.size(), text.size() * 2 / 3);
      }
    }
  }
}

TEST(weak_etag, is_the_hash_of_the_body) {
  // xxhsum -H3 of an empty file is XXH3_2d06800538d394c2.
  EXPECT_EQ(weak_etag(""), "W/\"2d06800538d394c2\"");
  EXPECT_NE(weak_etag("a"), weak_etag("b"));
}

TEST(matches_etag, compares_weakly) {
  for (auto yes : {"W/\"a\"", "\"a\"", "*", "\"b\", W/\"a\"", " \"b\" ,\"a\""})
    EXPECT_TRUE(matches_etag(yes, "W/\"a\"")) << yes;
  for (auto no : {"", "W/\"b\"", "a", "\"A\"", "w/\"a\"", ",,"})
    EXPECT_FALSE(matches_etag(no, "W/\"a\"")) << no;
}

} // namespace

} // namespace pumpscope::http
