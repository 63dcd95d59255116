#include "adapters/api/answer_cache.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace pumpscope::api {

namespace {

using namespace std::chrono_literals;

class answers : public ::testing::Test {
protected:
  /// Asks and returns what came at once.
  std::string ask(const std::string& key) {
    auto result = std::string{"nothing"};
    aut_->get(
      key, 100ms,
      [&result](const http::response& x) {
        result = x.shared_body ? *x.shared_body : x.body;
      },
      [this](http::reply done) {
        ++made_;
        if (later_)
          pending_.push_back(std::move(done));
        else
          done(next());
      });
    return result;
  }

  http::response next() {
    auto result = http::response{};
    result.status = status_;
    result.body = "answer " + std::to_string(made_);
    return result;
  }

  std::chrono::steady_clock::time_point now_ = {};
  answer_cache_settings settings_ = [this] {
    auto result = answer_cache_settings{};
    result.entries_max = 3;
    result.now = [this] { return now_; };
    return result;
  }();
  std::shared_ptr<answer_cache> aut_
    = std::make_shared<answer_cache>(settings_);
  int made_ = 0;
  unsigned status_ = 200;
  bool later_ = false;
  std::vector<http::reply> pending_ = {};
};

} // namespace

TEST_F(answers, are_used_again_while_they_are_young) {
  EXPECT_EQ(ask("a"), "answer 1");
  now_ += 99ms;
  EXPECT_EQ(ask("a"), "answer 1");
  EXPECT_EQ(ask("b"), "answer 2");
  now_ += 1ms;
  EXPECT_EQ(ask("a"), "answer 3");
  EXPECT_EQ(aut_->counters().hits, 1U);
}

TEST_F(answers, are_made_once_for_all_who_wait) {
  later_ = true;
  auto got = 0;
  for (auto i = 0; i < 3; ++i)
    aut_->get(
      "a", 100ms, [&got](const http::response&) { ++got; },
      [this](http::reply done) {
        ++made_;
        pending_.push_back(std::move(done));
      });
  EXPECT_EQ(made_, 1);
  ASSERT_EQ(pending_.size(), 1U);
  pending_[0](next());
  EXPECT_EQ(got, 3);
  EXPECT_EQ(aut_->counters().joins, 2U);
}

TEST_F(answers, are_not_kept_when_they_are_errors) {
  status_ = 503;
  EXPECT_EQ(ask("a"), "answer 1");
  EXPECT_EQ(ask("a"), "answer 2");
  EXPECT_EQ(aut_->counters().entries, 0U);
}

TEST_F(answers, make_room_for_newer_ones) {
  for (auto key : {"a", "b", "c", "d"})
    ask(key);
  EXPECT_EQ(aut_->counters().entries, 3U);
  EXPECT_EQ(ask("d"), "answer 4");
  EXPECT_EQ(ask("a"), "answer 5");
}

TEST_F(answers, are_bounded_by_their_bytes) {
  settings_.bytes_max = 20;
  aut_ = std::make_shared<answer_cache>(settings_);
  // "answer 1" has 8 bytes.
  for (auto key : {"a", "b", "c"})
    ask(key);
  EXPECT_EQ(aut_->counters().entries, 2U);
}

TEST_F(answers, have_different_keys_for_different_questions) {
  auto key = [](std::initializer_list<std::pair<const char*, const char*>> x) {
    auto request = http::request{};
    request.path = "/p";
    for (auto& [name, value] : x)
      request.query.add(name, value);
    return cache_key(request);
  };
  EXPECT_NE(key({{"a", "1&b=2"}}), key({{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(key({{"a", "1"}}), key({{"a", "1"}}));
}

} // namespace pumpscope::api
