#include "adapters/tls/one_way.hpp"

#include <gtest/gtest.h>

namespace pumpscope::tls {

namespace {

TEST(one_way, is_sha_256_of_purpose_and_secret) {
  auto x = one_way("a", "b");
  ASSERT_TRUE(x);
  // printf 'a\nb' | sha256sum
  EXPECT_EQ((*x)[0], 0x7E);
  EXPECT_EQ((*x)[31], 0x78);
}

TEST(one_way, differs_by_purpose_and_by_secret) {
  EXPECT_EQ(one_way("a", "b"), one_way("a", "b"));
  EXPECT_NE(one_way("a", "b"), one_way("a", "c"));
  EXPECT_NE(one_way("a", "b"), one_way("c", "b"));
}

} // namespace

} // namespace pumpscope::tls
