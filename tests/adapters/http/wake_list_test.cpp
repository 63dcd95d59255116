#include "adapters/http/wake_list.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace pumpscope::http {

namespace {

struct sleeper : wakeable {
  void wake() override {
    ++woken;
    if (then)
      std::exchange(then, nullptr)();
  }

  int woken = 0;
  std::function<void()> then = {};
};

class wakes : public ::testing::Test {
protected:
  std::shared_ptr<boost::asio::io_context> io_
    = std::make_shared<boost::asio::io_context>(1);
  std::shared_ptr<wake_list> sut_ = std::make_shared<wake_list>(io_);
};

TEST_F(wakes, many_wakes_before_a_round_are_one) {
  auto x = sleeper{};
  auto wake = wake_list::wake_function(sut_->add(x));
  wake();
  wake();
  EXPECT_EQ(x.woken, 0);
  io_->poll();
  EXPECT_EQ(x.woken, 1);
  wake();
  io_->restart();
  io_->poll();
  EXPECT_EQ(x.woken, 2);
}

TEST_F(wakes, a_batch_costs_one_round_per_256) {
  auto xs = std::vector<sleeper>(10'000);
  auto functions = std::vector<std::function<void()>>{};
  for (auto& x : xs)
    functions.push_back(wake_list::wake_function(sut_->add(x)));
  for (auto& x : functions)
    x();
  // 10,000 / 256 = 39.06
  EXPECT_EQ(io_->poll(), 40U);
  for (auto& x : xs)
    ASSERT_EQ(x.woken, 1);
}

TEST_F(wakes, one_that_comes_while_its_owner_looks_is_not_lost) {
  auto x = sleeper{};
  auto wake = wake_list::wake_function(sut_->add(x));
  x.then = wake;
  wake();
  io_->poll();
  EXPECT_EQ(x.woken, 2);
}

TEST_F(wakes, may_come_when_all_are_gone) {
  auto wake = std::function<void()>{};
  auto queued = std::function<void()>{};
  {
    auto x = sleeper{};
    auto entry = sut_->add(x);
    wake = wake_list::wake_function(entry);
    auto y = sleeper{};
    auto other = sut_->add(y);
    queued = wake_list::wake_function(other);
    queued();
    entry->forget();
    other->forget();
  }
  wake();
  io_->poll();
  queued();
  // What still waits goes with the list.
  sut_.reset();
  io_.reset();
  wake();
}

TEST_F(wakes, come_from_many_threads) {
  auto xs = std::vector<sleeper>(64);
  auto functions = std::vector<std::function<void()>>{};
  for (auto& x : xs)
    functions.push_back(wake_list::wake_function(sut_->add(x)));
  auto guard = boost::asio::make_work_guard(*io_);
  auto server = std::jthread{[this] { io_->run(); }};
  {
    auto wakers = std::vector<std::jthread>{};
    for (auto i = 0; i < 4; ++i)
      wakers.emplace_back([&functions] {
        for (auto round = 0; round < 1'000; ++round)
          for (auto& x : functions)
            x();
      });
  }
  guard.reset();
  server.join();
  for (auto& x : xs)
    EXPECT_GE(x.woken, 1);
}

} // namespace

} // namespace pumpscope::http
