#include "adapters/redis/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>

namespace pumpscope::redis {

using ::testing::HasSubstr;

TEST(command_buffer, writes_what_redis_reads) {
  auto sut = command_buffer{};
  sut.add({"SET", "a\r\n", ""});
  EXPECT_EQ(sut.text(), "*3\r\n$3\r\nSET\r\n$3\r\na\r\n\r\n$0\r\n\r\n");
  EXPECT_EQ(sut.size(), 1U);
  sut.clear();
  EXPECT_EQ(sut.size(), 0U);
  EXPECT_EQ(sut.text(), "");
}

/// A server and keys of this test's own.
class redis_connection : public ::testing::Test {
protected:
  void SetUp() override {
    const auto* url = std::getenv("PUMPSCOPE_TEST_REDIS");
    if (url == nullptr)
      GTEST_SKIP() << "PUMPSCOPE_TEST_REDIS names no server: see "
                      "script/lib/servers.py";
    auto text = std::string_view{url};
    auto colon = text.rfind(':');
    std::from_chars(text.data() + colon + 1, text.data() + text.size(),
                    settings_.port);
    key_ = std::string{"connection-test:"}
           + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }

  std::unique_ptr<connection> open() {
    auto opened = connection::open(settings_);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().what);
    return opened ? std::move(*opened) : nullptr;
  }

  static result<write_outcome> set(connection& x, std::string_view key,
                                   std::string_view value) {
    auto commands = command_buffer{};
    commands.add({"SET", key, value, "EX", "60"});
    return x.write(commands);
  }

  settings settings_ = {};
  std::string key_;
};

TEST_F(redis_connection, writes_all_or_nothing_under_a_guard) {
  auto ours = open();
  auto theirs = open();
  ASSERT_TRUE(ours && theirs);
  ASSERT_TRUE(set(*theirs, key_, "1"));

  EXPECT_EQ(ours->watch(key_).value(), "1");
  EXPECT_EQ(set(*ours, key_ + ":a", "x").value(), write_outcome::done);

  EXPECT_EQ(ours->watch(key_).value(), "1");
  ASSERT_TRUE(set(*theirs, key_, "2"));
  EXPECT_EQ(set(*ours, key_ + ":b", "x").value(), write_outcome::refused);
  EXPECT_EQ(ours->watch(key_ + ":b").value(), std::nullopt);
}

TEST_F(redis_connection, names_the_command_that_redis_refused) {
  auto ours = open();
  ASSERT_TRUE(ours);
  auto commands = command_buffer{};
  commands.add({"SET", key_, "1", "EX", "60"});
  commands.add({"HSET", key_, "field", "value"});
  auto refused = ours->write(commands);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("WRONGTYPE"));

  commands.clear();
  commands.add({"NO-SUCH-COMMAND"});
  refused = ours->write(commands);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("unknown command"));
}

TEST_F(redis_connection, tells_why_it_cannot_connect) {
  settings_.password = "wrong";
  auto refused = connection::open(settings_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("AUTH"));
  EXPECT_THAT(refused.error().what, ::testing::Not(HasSubstr("wrong")));

  settings_.password = {};
  settings_.database = 4'000;
  refused = connection::open(settings_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("DB index"));

  settings_.database = 0;
  settings_.socket = "/no/such/socket";
  EXPECT_FALSE(connection::open(settings_));

  settings_.socket = {};
  // A port of nobody.
  settings_.port = 1;
  refused = connection::open(settings_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("127.0.0.1:1"));
}

} // namespace pumpscope::redis
