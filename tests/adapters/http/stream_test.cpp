#include "adapters/http/server.hpp"
#include "adapters/http/session.hpp"
#include "adapters/http/stream_session.hpp"
#include "tests/support/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

namespace pumpscope::http {

namespace {

using namespace std::chrono_literals;
using test::get_request;
using test::raw_answer;
using test::raw_client;
using ::testing::HasSubstr;
using ::testing::Not;

using piece = std::shared_ptr<const std::string>;

/// What is told to all streams.
class feed {
public:
  class source : public body_source {
  public:
    explicit source(feed& owner) : owner_{owner} {
    }

    ~source() override {
      auto guard = std::lock_guard{owner_.mutex_};
      owner_.sources_.remove(this);
      owner_.changed_.notify_all();
    }

    bool next(std::vector<piece>& out, size_t bytes_max) override {
      auto guard = std::lock_guard{owner_.mutex_};
      for (size_t bytes = 0; at_ < owner_.pieces_.size() && bytes < bytes_max;
           ++at_) {
        out.push_back(owner_.pieces_[at_]);
        bytes += out.back()->size();
      }
      return !owner_.over_ || at_ < owner_.pieces_.size();
    }

    void on_wake(std::function<void()> wake) override {
      auto guard = std::lock_guard{owner_.mutex_};
      owner_.sources_.push_back(this);
      wake_ = std::move(wake);
      owner_.changed_.notify_all();
    }

  private:
    friend class feed;

    feed& owner_;
    size_t at_ = 0;
    std::function<void()> wake_ = {};
  };

  void tell(std::string text) {
    auto next = std::make_shared<const std::string>(std::move(text));
    auto guard = std::lock_guard{mutex_};
    pieces_.push_back(std::move(next));
    wake_all();
  }

  void end() {
    auto guard = std::lock_guard{mutex_};
    over_ = true;
    wake_all();
  }

  /// Waits until that many streams listen.
  bool wait_for(size_t count) {
    auto lock = std::unique_lock{mutex_};
    return changed_.wait_for(lock, 20s,
                             [&] { return sources_.size() == count; });
  }

  /// The wake function of a stream that listens.
  std::function<void()> wake() {
    auto guard = std::lock_guard{mutex_};
    return sources_.front()->wake_;
  }

private:
  void wake_all() {
    for (auto* x : sources_)
      x->wake_();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<piece> pieces_;
  std::list<source*> sources_;
  bool over_ = false;
};

/// A client that has asked for the stream.
struct listener : raw_client {
  explicit listener(const std::string& address) : raw_client{address} {
    send(get_request("/stream"));
  }
};

class http_streams : public ::testing::Test {
protected:
  void start(server_settings settings = {}) {
    auto routes = std::vector<route>(2);
    routes[0].path = "/stream";
    routes[0].handle = [this](const request&, const reply& done) {
      auto result = response{};
      result.content_type = "text/event-stream";
      result.stream = std::make_shared<feed::source>(feed_);
      done(std::move(result));
    };
    routes[1].path = "/plain";
    routes[1].handle = [](const request&, const reply& done) {
      done({200, "text/plain", "plain", {}, false});
    };
    auto started = server::start(std::move(settings), std::move(routes));
    ASSERT_TRUE(started) << started.error();
    sut_ = std::move(*started);
  }

  listener listen() {
    return listener{sut_->address()};
  }

  /// Waits until a counter of the server has a value.
  bool reaches(uint64_t server_counters::*counter, uint64_t value) {
    for (auto i = 0; i < 2'000; ++i) {
      if (sut_->counters().*counter == value)
        return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  feed feed_;
  std::unique_ptr<server> sut_;
};

TEST_F(http_streams, begin_with_what_is_there_and_go_on) {
  start();
  feed_.tell("data: 1\n\n");
  auto x = listen();
  auto head = x.receive_until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(head, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(head, HasSubstr("Cache-Control: no-cache, no-transform\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(head, Not(HasSubstr("Transfer-Encoding")));
  EXPECT_EQ(x.receive_until("\n\n"), "data: 1\n\n");
  std::jthread{[this] { feed_.tell("data: 2\n\n"); }};
  EXPECT_EQ(x.receive_until("\n\n"), "data: 2\n\n");
  feed_.tell("data: last\n\n");
  feed_.end();
  EXPECT_EQ(x.receive_until("\n\n"), "data: last\n\n");
  EXPECT_TRUE(x.closed());
  EXPECT_TRUE(feed_.wait_for(0));
}

TEST_F(http_streams, reach_many_clients_from_another_thread) {
  start();
  constexpr auto clients = 200;
  constexpr auto messages = 50;
  auto xs = std::list<listener>{};
  for (auto i = 0; i < clients; ++i)
    xs.emplace_back(sut_->address());
  ASSERT_TRUE(feed_.wait_for(clients));
  EXPECT_EQ(sut_->counters().streams_open, 200U);
  EXPECT_TRUE(reaches(&server_counters::connections_open, 0));
  auto telling = std::jthread{[this] {
    for (auto i = 0; i < messages; ++i)
      feed_.tell("data: " + std::to_string(i) + "\n\n");
  }};
  for (auto& x : xs) {
    x.receive_until("\r\n\r\n");
    for (auto i = 0; i < messages; ++i)
      ASSERT_EQ(x.receive_until("\n\n"), "data: " + std::to_string(i) + "\n\n");
  }
  telling.join();
  xs.clear();
  EXPECT_TRUE(feed_.wait_for(0));
  EXPECT_TRUE(reaches(&server_counters::streams_open, 0));
}

TEST_F(http_streams, pieces_arrive_whole_at_a_client_that_is_slow) {
  start();
  auto x = listen();
  ASSERT_TRUE(feed_.wait_for(1));
  // Far more than the buffers of both systems take.
  constexpr auto pieces = 300;
  for (auto i = 0; i < pieces; ++i)
    feed_.tell(std::string(40'000, static_cast<char>('a' + i % 26)) + "\n");
  feed_.tell("");
  feed_.end();
  x.receive_until("\r\n\r\n");
  for (auto i = 0; i < pieces; ++i)
    ASSERT_EQ(x.receive_until("\n"),
              std::string(40'000, static_cast<char>('a' + i % 26)) + "\n");
  EXPECT_TRUE(x.closed());
  EXPECT_EQ(sut_->counters().streams_stalled, 0U);
}

TEST_F(http_streams, a_client_that_takes_nothing_is_closed) {
  auto settings = server_settings{};
  settings.stall_max = 300ms;
  start(settings);
  auto reading = listen();
  auto stuck = listen();
  reading.receive_until("\r\n\r\n");
  ASSERT_TRUE(feed_.wait_for(2));
  for (auto i = 0; i < 300; ++i) {
    feed_.tell(std::string(40'000, 'x') + "\n");
    reading.receive_until("\n");
  }
  EXPECT_TRUE(feed_.wait_for(1));
  EXPECT_EQ(sut_->counters().streams_stalled, 1U);
  // The other one is served on, however long nothing comes.
  std::this_thread::sleep_for(700ms);
  feed_.tell("still here\n");
  EXPECT_EQ(reading.receive_until("\n"), "still here\n");
}

TEST_F(http_streams, a_client_that_leaves_is_noticed_while_nothing_is_told) {
  start();
  {
    auto x = listen();
    ASSERT_TRUE(feed_.wait_for(1));
  }
  EXPECT_TRUE(feed_.wait_for(0));
  // Also one that talks first.
  {
    auto x = listen();
    ASSERT_TRUE(feed_.wait_for(1));
    x.send(get_request("/plain"));
  }
  EXPECT_TRUE(feed_.wait_for(0));
}

TEST_F(http_streams, a_client_that_talks_on_is_closed) {
  start();
  auto x = listen();
  ASSERT_TRUE(feed_.wait_for(1));
  auto noise = std::string(10'000, 'x');
  for (auto i = 0; i < 10'000 && x.send(noise); ++i)
    ;
  EXPECT_TRUE(feed_.wait_for(0));
}

TEST_F(http_streams, a_wake_may_come_when_all_is_gone) {
  start();
  auto x = std::make_unique<listener>(sut_->address());
  ASSERT_TRUE(feed_.wait_for(1));
  auto wake = feed_.wake();
  x.reset();
  ASSERT_TRUE(feed_.wait_for(0));
  wake();
  EXPECT_EQ(raw_client{sut_->address()}.ask(get_request("/plain")).body,
            "plain");
  sut_.reset();
  wake();
}

TEST_F(http_streams, have_a_bound_of_their_own) {
  auto settings = server_settings{};
  settings.streams_max = 2;
  settings.connections_max = 2;
  start(settings);
  auto first = std::make_unique<listener>(sut_->address());
  auto second = listen();
  ASSERT_TRUE(feed_.wait_for(2));
  auto third = listen().receive();
  EXPECT_EQ(third.status, 503U);
  EXPECT_THAT(third.head, HasSubstr("Retry-After: "));
  // Requests have room all the same.
  EXPECT_EQ(raw_client{sut_->address()}.ask(get_request("/plain")).status,
            200U);
  first.reset();
  EXPECT_TRUE(reaches(&server_counters::streams_open, 1));
  auto again = listen();
  EXPECT_TRUE(feed_.wait_for(2));
}

TEST_F(http_streams, a_head_request_opens_none) {
  start();
  auto x = raw_client{sut_->address()};
  auto answer = x.ask("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_TRUE(x.closed());
  EXPECT_EQ(sut_->counters().streams, 0U);
}

TEST_F(http_streams, end_with_the_server) {
  start();
  auto x = listen();
  ASSERT_TRUE(feed_.wait_for(1));
  feed_.tell("data: 1\n\n");
  x.receive_until("data: 1\n\n");
  auto begin = std::chrono::steady_clock::now();
  sut_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_TRUE(x.closed());
  EXPECT_TRUE(feed_.wait_for(0));
}

TEST_F(http_streams, end_with_the_server_although_a_client_takes_nothing) {
  auto settings = server_settings{};
  settings.stop_max = 100ms;
  start(settings);
  auto stuck = listen();
  ASSERT_TRUE(feed_.wait_for(1));
  for (auto i = 0; i < 300; ++i)
    feed_.tell(std::string(40'000, 'x'));
  sut_.reset();
  EXPECT_TRUE(feed_.wait_for(0));
}

TEST(stream_session, is_small) {
  // Beside it: its wake entry, a pending wait of Asio and what the system has
  // for a socket. README.md has the measured sum.
  EXPECT_LE(sizeof(stream_session), 256U);
}

} // namespace

} // namespace pumpscope::http
