#include "runtime/partition_hosting.hpp"

#include "messages/plain_codec.hpp"
#include "tests/actors/store_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

namespace pumpscope::test {

namespace {

using namespace std::chrono_literals;
using messages::host_event;

/// How long a test waits for other threads before it fails.
constexpr auto patience = 20s;

/// A node that hosts the only partition of a store with one trade.
class partition_hosting : public ::testing::Test {
protected:
  partition_hosting() {
    commit(plain_trade(domain::trade_side::buy, 1, sample_key(1), sample_key(2),
                       5, 10));
    auto parts = actors::partition_host_parts{};
    parts.writer_store = store_;
    parts.reader_store = store_->reader().value();
    sut_ = std::make_shared<runtime::partition_hosting>(
      actors::partition_host_config{}, std::move(parts), 2, [this](size_t x) {
        auto guard = std::lock_guard{mutex_};
        counts_.push_back(x);
        changed_.notify_all();
      });
    sut_->open();
  }

  messages::epoch commit(domain::trade trade) {
    auto x = epoch_after(head_);
    trade.jpos = ++x.after.jpos;
    x.after.chain_time = trade.block_time;
    x.trades.push_back(std::move(trade));
    head_ = x.after;
    EXPECT_EQ(store_->commit_epoch(x).value(),
              messages::commit_outcome::committed);
    return x;
  }

  http::response ask(std::string target, std::string body = {}) {
    auto promise = std::make_shared<std::promise<http::response>>();
    auto result = promise->get_future();
    auto x = http::request{};
    x.target = std::move(target);
    x.body = std::move(body);
    sut_->answer(std::move(x), [promise](http::response y) {
      promise->set_value(std::move(y));
    });
    if (result.wait_for(patience) != std::future_status::ready)
      return {0, "", "no answer"};
    return result.get();
  }

  messages::host_begin sample_begin() const {
    auto result = messages::host_begin{};
    result.id = id_;
    result.hash_seed = one_partition.hash_seed;
    result.partition_count = one_partition.partitions;
    result.head = head_;
    result.partitions = {0};
    result.publishes = publishes_;
    return result;
  }

  http::response begin() {
    id_ = {head_.fence, id_.serial + 1};
    orders_ = 0;
    return ask("/hosting/flow/begin", encode(sample_begin()));
  }

  /// Where we ask the hosting that was begun last.
  [[nodiscard]] std::string of_hosting(const std::string& path) const {
    return path + "?fence=" + std::to_string(id_.fence)
           + "&serial=" + std::to_string(id_.serial);
  }

  void pass(decltype(messages::host_order::what) x) {
    auto order = messages::host_order{++orders_, std::move(x)};
    auto taken = ask(of_hosting("/hosting/flow/pass"), encode(order));
    EXPECT_EQ(taken.status, 200U) << taken.body;
  }

  messages::host_answer question(messages::projection kind,
                                 decltype(messages::host_question::what) what,
                                 uint64_t number = 1) {
    auto answer
      = ask(of_hosting("/hosting/ask"),
            encode(messages::host_question{kind, 0, number, std::move(what)}));
    EXPECT_EQ(answer.status, 200U) << answer.body;
    auto result = messages::decode_host_answer(answer.body);
    EXPECT_TRUE(result);
    return result ? std::move(*result) : messages::host_answer{};
  }

  /// Waits until the stream tells what is waited for.
  static bool await_event(http::body_source& stream,
                          const std::function<bool(host_event&)>& is_it) {
    auto reader = messages::host_event_reader{};
    auto found = false;
    auto end = std::chrono::steady_clock::now() + patience;
    while (!found && std::chrono::steady_clock::now() < end) {
      auto more = std::make_shared<std::promise<void>>();
      stream.on_wake([more, once = std::make_shared<std::once_flag>()] {
        std::call_once(*once, [&] { more->set_value(); });
      });
      auto pieces = std::vector<std::shared_ptr<const std::string>>{};
      auto goes_on = stream.next(pieces, 1'000);
      for (auto& x : pieces)
        EXPECT_TRUE(reader.read(
          *x, [&](host_event& event) { found = found || is_it(event); }));
      if (!goes_on)
        break;
      if (pieces.empty())
        more->get_future().wait_for(patience);
    }
    return found;
  }

  /// Journals a trade and has the host fold it.
  void sell_and_fold(http::body_source& stream) {
    auto epoch = commit(plain_trade(domain::trade_side::sell, 2, sample_key(1),
                                    sample_key(2), 5, 4));
    auto told = messages::host_epoch{};
    told.after = epoch.after;
    told.trades = epoch.trades;
    pass(told);
    EXPECT_TRUE(await_event(stream, [&](auto& x) {
      auto folded = std::get_if<messages::host_folded>(&x);
      return folded != nullptr && folded->epoch == epoch.after.epoch;
    }));
  }

  bool await_count(size_t count) {
    auto lock = std::unique_lock{mutex_};
    return changed_.wait_for(lock, patience, [&] {
      return !counts_.empty() && counts_.back() == count;
    });
  }

  bool publishes_ = false;
  std::shared_ptr<memory_store> store_
    = std::make_shared<memory_store>(one_partition);
  messages::head_row head_ = store_->take_over().value();
  messages::hosting_id id_ = {};
  uint64_t orders_ = 0;
  std::mutex mutex_ = {};
  std::condition_variable changed_ = {};
  std::vector<size_t> counts_ = {};
  std::shared_ptr<runtime::partition_hosting> sut_ = {};
};

TEST_F(partition_hosting, folds_the_journal_and_what_comes) {
  auto begun = begin();
  ASSERT_EQ(begun.status, 200U) << begun.body;
  ASSERT_TRUE(begun.stream);
  EXPECT_TRUE(await_count(1));
  sell_and_fold(*begun.stream);
  auto wallet = question(messages::projection::wallet,
                         messages::get_key{sample_key(1)});
  auto& view = *std::get<messages::wallet_view_ptr>(wallet);
  EXPECT_EQ(view.totals.trades, 2U);
  EXPECT_EQ(view.totals.realized, -6);
  auto board = question(messages::projection::wallet, messages::get_board{});
  EXPECT_EQ(std::get<messages::board_ptr>(board)->rows.size(), 1U);
  auto flushed = question(messages::projection::wallet,
                          messages::flush_partition{});
  EXPECT_EQ(std::get<messages::host_flushed>(flushed).jpos, 2U);
  auto status = question(messages::projection::token,
                         messages::get_partition_status{});
  EXPECT_FALSE(std::get<messages::host_status>(status).numbers.empty());
  auto wrong = question(messages::projection::token, messages::get_board{});
  EXPECT_TRUE(std::holds_alternative<messages::host_failure>(wrong));
}

TEST_F(partition_hosting, partitions_leave_and_come_back) {
  auto begun = begin();
  ASSERT_TRUE(begun.stream);
  question(messages::projection::wallet, messages::await_start{});
  pass(messages::partitions_left{{0}});
  // Of what belongs to another one by now it hears nothing, but it answers.
  sell_and_fold(*begun.stream);
  auto trades = [this] {
    auto answer = question(messages::projection::wallet,
                           messages::get_key{sample_key(1)});
    auto view = std::get_if<messages::wallet_view_ptr>(&answer);
    return view == nullptr ? uint64_t{99} : (*view)->totals.trades;
  };
  EXPECT_EQ(trades(), 1U);
  EXPECT_EQ(sut_->partitions(), 1U);
  pass(messages::partitions_dropped{{0}});
  EXPECT_TRUE(await_count(0));
  EXPECT_EQ(trades(), 99U);
  // What came meanwhile is in the journal.
  pass(messages::partitions_joined{head_, {0}});
  EXPECT_TRUE(await_count(1));
  auto started = question(messages::projection::wallet,
                          messages::await_start{});
  EXPECT_TRUE(std::holds_alternative<messages::host_started>(started));
  EXPECT_EQ(trades(), 2U);
}

TEST_F(partition_hosting, partitions_that_cannot_join_end_it) {
  auto begun = begin();
  ASSERT_TRUE(begun.stream);
  // It is here already.
  pass(messages::partitions_joined{head_, {0}});
  EXPECT_TRUE(await_event(*begun.stream, [](auto& x) {
    return std::holds_alternative<messages::host_failure>(x);
  }));
}

TEST_F(partition_hosting, an_epoch_that_got_lost_ends_it) {
  auto begun = begin();
  ASSERT_TRUE(begun.stream);
  auto told = messages::host_epoch{};
  told.after = head_;
  told.after.epoch += 2;
  pass(told);
  EXPECT_TRUE(await_event(*begun.stream, [](auto& x) {
    auto failure = std::get_if<messages::host_failure>(&x);
    return failure != nullptr && failure->code == domain::errc::host_lost;
  }));
}

TEST_F(partition_hosting, an_order_that_got_lost_ends_it) {
  auto begun = begin();
  ASSERT_TRUE(begun.stream);
  ++orders_;
  auto told = messages::host_epoch{};
  told.after = epoch_after(head_).after;
  pass(told);
  EXPECT_TRUE(await_event(*begun.stream, [](auto& x) {
    auto failure = std::get_if<messages::host_failure>(&x);
    return failure != nullptr && failure->code == domain::errc::host_lost;
  }));
}

TEST_F(partition_hosting, tells_changes_again_when_their_answer_got_lost) {
  publishes_ = true;
  auto begun = begin();
  ASSERT_TRUE(begun.stream);
  auto changed = [this](uint64_t number) {
    auto answer = question(messages::projection::wallet,
                           messages::get_changes{}, number);
    auto changes = std::get_if<messages::wallet_changes_ptr>(&answer);
    return changes == nullptr ? size_t{99} : (*changes)->changes.size();
  };
  EXPECT_EQ(changed(1), 1U);
  EXPECT_EQ(changed(1), 1U);
  EXPECT_EQ(changed(2), 0U);
}

TEST_F(partition_hosting, ends_with_the_stream_of_its_events) {
  auto begun = begin();
  ASSERT_TRUE(begun.stream);
  EXPECT_TRUE(await_count(1));
  begun.stream = nullptr;
  EXPECT_TRUE(await_count(0));
  EXPECT_EQ(sut_->partitions(), 0U);
  EXPECT_EQ(ask(of_hosting("/hosting/flow/pass")).status, 409U);
}

TEST_F(partition_hosting, a_newer_hosting_ends_the_one_before) {
  auto first = begin();
  ASSERT_TRUE(first.stream);
  EXPECT_EQ(ask("/hosting/flow/begin", encode(sample_begin())).status, 503U);
  auto old = of_hosting("/hosting/ask");
  auto second = begin();
  ASSERT_EQ(second.status, 200U) << second.body;
  auto pieces = std::vector<std::shared_ptr<const std::string>>{};
  EXPECT_FALSE(first.stream->next(pieces, 1'000'000));
  EXPECT_EQ(ask(old).status, 409U);
  // That of the first one says nothing any more.
  first.stream = nullptr;
  question(messages::projection::wallet, messages::get_partition_status{});
}

TEST_F(partition_hosting, is_told_when_another_owner_refuses_its_writes) {
  auto begun = begin();
  ASSERT_TRUE(begun.stream);
  EXPECT_TRUE(store_->take_over());
  ask(of_hosting("/hosting/ask"),
      encode(messages::host_question{messages::projection::wallet, 0, 1,
                                     messages::flush_partition{}}));
  EXPECT_TRUE(await_event(*begun.stream, [](auto& x) {
    auto failure = std::get_if<messages::host_failure>(&x);
    return failure != nullptr && failure->code == domain::errc::fenced;
  }));
}

TEST_F(partition_hosting, hosts_nothing_while_it_is_closed) {
  auto ready = "/hosting/ready?layout="
               + std::to_string(messages::hosting_layout());
  EXPECT_EQ(ask(ready).status, 200U);
  // Another program.
  EXPECT_EQ(ask(ready + "0").status, 409U);
  auto begun = begin();
  sut_->close();
  EXPECT_EQ(sut_->partitions(), 0U);
  EXPECT_EQ(ask(ready).status, 409U);
  head_ = store_->take_over().value();
  EXPECT_EQ(begin().status, 503U);
  sut_->open();
  EXPECT_EQ(begin().status, 200U);
}

TEST_F(partition_hosting, refuses_what_it_cannot_host) {
  auto other = sample_begin();
  other.hash_seed += 1;
  EXPECT_EQ(ask("/hosting/flow/begin", encode(other)).status, 409U);
  EXPECT_EQ(ask("/hosting/flow/begin", "no command").status, 400U);
  EXPECT_EQ(ask("/hosting/other").status, 404U);
  auto begun = begin();
  EXPECT_EQ(ask(of_hosting("/hosting/flow/pass"), "no order").status, 400U);
  EXPECT_EQ(ask(of_hosting("/hosting/ask"), "no question").status, 400U);
  EXPECT_EQ(ask("/hosting/ask?fence=x", "no question").status, 409U);
}

} // namespace

} // namespace pumpscope::test
