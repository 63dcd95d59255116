#include "domain/base64.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace pumpscope::domain;

namespace {

std::vector<uint8_t> bytes_of(std::string_view x) {
  return {x.begin(), x.end()};
}

TEST(base64, reads_the_vectors_of_its_standard) {
  // RFC 4648, section 10.
  EXPECT_EQ(decode_base64(""), bytes_of(""));
  EXPECT_EQ(decode_base64("Zg=="), bytes_of("f"));
  EXPECT_EQ(decode_base64("Zm8="), bytes_of("fo"));
  EXPECT_EQ(decode_base64("Zm9v"), bytes_of("foo"));
  EXPECT_EQ(decode_base64("Zm9vYmFy"), bytes_of("foobar"));
}

TEST(base64, reads_what_it_writes) {
  std::mt19937_64 engine{64};
  for (size_t length = 0; length < 200; ++length) {
    std::vector<uint8_t> bytes(length);
    for (auto& x : bytes)
      x = static_cast<uint8_t>(engine());
    ASSERT_EQ(decode_base64(encode_base64(bytes)), bytes);
  }
}

TEST(base64, refuses_all_else_and_leaves_the_buffer_alone) {
  for (auto text : {"Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zh==",
                    "Zm9=", "Zm 9v", "Zm9-", "Zg=a", "\xFF\xFF\xFF\xFF"}) {
    std::vector<uint8_t> out{1, 2};
    EXPECT_FALSE(append_base64(text, out)) << text;
    EXPECT_EQ(out.size(), 2U) << text;
  }
}

} // namespace
