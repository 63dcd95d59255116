#include "runtime/redis_price.hpp"

#include "adapters/price/price_answer.hpp"
#include "adapters/redis/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <unistd.h>

using namespace pumpscope;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

/// A server and a key of this test's own.
class redis_price : public ::testing::Test {
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
    // Each program of tests has its own.
    key_ = "price-test:" + std::to_string(::getpid());
    settings_.database = 5;
    write({"DEL", key_});
    sut_ = runtime::redis_price(settings_, key_);
  }

  void TearDown() override {
    if (sut_)
      write({"DEL", key_});
  }

  void write(std::initializer_list<std::string_view> words) {
    auto opened = redis::connection::open(settings_);
    ASSERT_TRUE(opened) << opened.error().what;
    auto commands = redis::command_buffer{};
    commands.add(words);
    auto written = (*opened)->write(commands);
    ASSERT_TRUE(written) << written.error().what;
  }

  std::string refusal() {
    auto x = sut_->ask();
    EXPECT_FALSE(x) << *x;
    return x ? "" : x.error().what;
  }

  redis::settings settings_ = {};
  std::string key_;
  std::unique_ptr<adapters::price_source> sut_;
};

TEST_F(redis_price, is_what_the_key_holds_now) {
  EXPECT_THAT(refusal(), HasSubstr("does not exist"));
  write({"SET", key_, "151.25"});
  EXPECT_EQ(sut_->ask(), 151'250'000U);
  write({"SET", key_, R"({"usdPrice":152})"});
  EXPECT_EQ(sut_->ask(), 152'000'000U);
  write({"DEL", key_});
  EXPECT_THAT(refusal(), HasSubstr("does not exist"));
}

TEST_F(redis_price, refuses_whatever_else_the_key_holds_and_goes_on) {
  auto large = std::string(8U << 20, '1');
  auto padded = std::string(adapters::price_value_bytes_max, ' ') + "151.25";
  for (auto value :
       std::vector<std::string>{"-5", "nan", "1e300", "\xFF\xFE", "{}", large,
                                padded, std::string{"\0", 1}}) {
    write({"SET", key_, value});
    EXPECT_THAT(refusal(), HasSubstr("no price")) << value.substr(0, 10);
  }
  write({"DEL", key_});
  write({"HSET", key_, "price", "151.25"});
  EXPECT_THAT(refusal(), HasSubstr("WRONGTYPE"));
  write({"DEL", key_});
  write({"SET", key_, "151.25"});
  EXPECT_EQ(sut_->ask(), 151'250'000U);
}

TEST_F(redis_price, says_what_is_wrong_without_the_password) {
  auto settings = settings_;
  settings.password = "hunter2";
  auto refused = runtime::redis_price(settings, key_)->ask();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, Not(HasSubstr("hunter2")));
  settings = settings_;
  // A port of nobody.
  settings.port = 1;
  refused = runtime::redis_price(settings, key_)->ask();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("127.0.0.1:1"));
}

} // namespace
