#include "adapters/http/api_keys.hpp"

#include <gtest/gtest.h>

namespace pumpscope::http {

namespace {

bool admitted(const api_keys& x, std::string authorization,
              std::string api_key) {
  auto question = request{};
  question.authorization = std::move(authorization);
  question.api_key = std::move(api_key);
  return x.admit(question);
}

TEST(api_keys, open_by_either_header) {
  auto sut = api_keys{{"first", "second"}};
  EXPECT_TRUE(admitted(sut, "Bearer first", ""));
  EXPECT_TRUE(admitted(sut, "bearer second", ""));
  EXPECT_TRUE(admitted(sut, "", "second"));
  EXPECT_TRUE(admitted(sut, "Basic x", "first"));
}

TEST(api_keys, refuse_all_else) {
  auto sut = api_keys{{"first", "second", ""}};
  EXPECT_FALSE(admitted(sut, "", ""));
  EXPECT_FALSE(admitted(sut, "Bearer ", ""));
  EXPECT_FALSE(admitted(sut, "first", ""));
  EXPECT_FALSE(admitted(sut, "Bearer first ", ""));
  EXPECT_FALSE(admitted(sut, "Bearer firs", "secon"));
  EXPECT_FALSE(admitted(sut, "", "firstfirst"));
}

TEST(api_keys, are_not_asked_for_when_there_are_none) {
  EXPECT_TRUE(admitted(api_keys{{}}, "", ""));
  EXPECT_TRUE(admitted(api_keys{{""}}, "", ""));
}

TEST(equal_secrets, compares_all_bytes) {
  EXPECT_TRUE(equal_secrets("abc", "abc"));
  EXPECT_FALSE(equal_secrets("abd", "abc"));
  EXPECT_FALSE(equal_secrets("abcabc", "abc"));
  EXPECT_FALSE(equal_secrets("", "abc"));
  EXPECT_FALSE(equal_secrets("abc", ""));
  EXPECT_TRUE(equal_secrets("", ""));
}

} // namespace

} // namespace pumpscope::http
