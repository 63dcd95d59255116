#include "adapters/webhook/receiver.hpp"

#include "adapters/webhook/store_inbox.hpp"
#include "tests/adapters/webhook/payload_fixture.hpp"
#include "tests/support/memory_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace pumpscope::test {

namespace {

using ::testing::HasSubstr;
using webhook::verdict;

/// A receiver over a store in memory.
class webhook_receiver : public ::testing::Test {
protected:
  void start(webhook::receiver_settings settings = {}) {
    auto view = std::make_unique<memory_store>(store_.disk());
    view->on_operation = [this](store_operation) {
      return down_ ? store_fault::unavailable : store_fault::none;
    };
    sut_ = std::make_unique<webhook::receiver>(std::move(view),
                                               std::move(settings));
  }

  std::future<webhook::receipt> post(std::string payload) {
    auto promise = std::make_shared<std::promise<webhook::receipt>>();
    sut_->take(std::move(payload), [promise](webhook::receipt x) {
      promise->set_value(std::move(x));
    });
    return promise->get_future();
  }

  std::string good() {
    return text_of(
      {raw_entry(shared_transaction("curve_buy_2026-07_jsonParsed"), 3)});
  }

  memory_store store_;
  std::atomic<bool> down_ = false;
  std::unique_ptr<webhook::receiver> sut_;
};

TEST_F(webhook_receiver, says_stored_when_the_store_has_it) {
  PUMPSCOPE_NEED_SHARED_DATA();
  start();
  auto x = post(good()).get();
  EXPECT_EQ(x.outcome, verdict::stored);
  EXPECT_EQ(x.accepted, 1U);
  EXPECT_EQ(store_.load_inbox(0, 9, ~size_t{0}).value().at(0).payload, good());
}

TEST_F(webhook_receiver, stores_nothing_that_is_of_no_use) {
  start();
  auto bad = post("[{\"slot\":1}]").get();
  EXPECT_EQ(bad.outcome, verdict::malformed);
  EXPECT_THAT(bad.problem, HasSubstr("entry 0"));
  EXPECT_EQ(post("[]").get().outcome, verdict::stored);
  EXPECT_EQ(store_.read_inbox_size().value().payloads, 0U);
  EXPECT_EQ(sut_->counters().malformed, 1U);
  EXPECT_EQ(sut_->counters().malformed_entries, 1U);
}

TEST_F(webhook_receiver, says_when_there_is_no_room) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto settings = webhook::receiver_settings{};
  settings.limits.payloads_max = 2;
  start(settings);
  auto outcomes = std::vector<verdict>{};
  auto answers = std::vector<std::future<webhook::receipt>>{};
  for (auto i = 0; i < 5; ++i)
    answers.push_back(post(good()));
  for (auto& x : answers)
    outcomes.push_back(x.get().outcome);
  // As many as fit, whether they came one by one or together.
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), verdict::stored), 2);
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), verdict::full), 3);
  ASSERT_TRUE(store_.remove_inbox(1));
  EXPECT_EQ(post(good()).get().outcome, verdict::stored);
}

TEST_F(webhook_receiver, says_when_the_store_is_down) {
  PUMPSCOPE_NEED_SHARED_DATA();
  start();
  down_ = true;
  EXPECT_EQ(post(good()).get().outcome, verdict::failed);
  down_ = false;
  EXPECT_EQ(post(good()).get().outcome, verdict::stored);
}

TEST_F(webhook_receiver, takes_only_so_much_at_a_time) {
  auto settings = webhook::receiver_settings{};
  settings.waiting_bytes_max = 100;
  start(settings);
  EXPECT_EQ(post(std::string(101, ' ')).get().outcome, verdict::busy);
  EXPECT_EQ(sut_->counters().busy, 1U);
}

TEST_F(webhook_receiver, answers_all_that_waits_when_it_ends) {
  start();
  auto answers = std::vector<std::future<webhook::receipt>>{};
  for (auto i = 0; i < 50; ++i)
    answers.push_back(post("[]"));
  sut_.reset();
  for (auto& x : answers)
    EXPECT_NE(x.get().outcome, verdict::malformed);
}

TEST_F(webhook_receiver, knows_its_secret_and_nothing_else) {
  auto settings = webhook::receiver_settings{};
  settings.secret = "correct horse";
  start(settings);
  EXPECT_TRUE(sut_->authorized("correct horse"));
  for (auto x : {"", "correct hors", "correct horses", "Correct horse",
                 "correct horsf", "correct horsecorrect horse"})
    EXPECT_FALSE(sut_->authorized(x)) << x;
  start();
  EXPECT_TRUE(sut_->authorized(""));
}

/// The inbox of a store with payloads.
class webhook_inbox : public ::testing::Test {
protected:
  void append(const std::vector<std::string>& payloads) {
    ASSERT_TRUE(store_.append_inbox(payloads, {}).value());
  }

  std::string payload(size_t entries) {
    auto result = boost::json::array{};
    for (size_t i = 0; i < entries; ++i)
      result.push_back(raw_entry(transaction_, static_cast<uint32_t>(i)));
    return text_of(std::move(result));
  }

  boost::json::object transaction_
    = std::filesystem::exists(shared_data())
        ? shared_transaction("curve_buy_2024-08_jsonParsed")
        : boost::json::object{};
  memory_store store_;
  webhook::store_inbox sut_{std::make_shared<memory_store>(store_.disk())};
};

TEST_F(webhook_inbox, reads_payloads_once_and_in_order) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto batch = messages::raw_batch{};
  EXPECT_TRUE(sut_.fill(batch));
  EXPECT_EQ(batch.payloads_up_to, 0U);
  append({payload(2), "[]", "torn", payload(1)});

  EXPECT_TRUE(sut_.fill(batch));

  // Each transaction comes behind its block time.
  EXPECT_EQ(batch.size(), 6U);
  EXPECT_EQ(batch.payloads_up_to, 4U);
  EXPECT_EQ(sut_.counters().payloads, 4U);
  EXPECT_EQ(sut_.counters().entries, 3U);
  auto next = messages::raw_batch{};
  EXPECT_TRUE(sut_.fill(next));
  EXPECT_EQ(next.size() + next.payloads_up_to, 0U);
  append({payload(1)});
  EXPECT_TRUE(sut_.fill(next));
  EXPECT_EQ(next.payloads_up_to, 5U);
  // Reading removes nothing.
  EXPECT_EQ(store_.read_inbox_size().value().payloads, 5U);
  EXPECT_TRUE(sut_.remove(4));
  EXPECT_EQ(store_.read_inbox_size().value().payloads, 1U);
}

TEST_F(webhook_inbox, a_payload_may_need_several_batches) {
  PUMPSCOPE_NEED_SHARED_DATA();
  append({payload(150), payload(1)});
  auto first = messages::raw_batch{};
  EXPECT_TRUE(sut_.fill(first));
  EXPECT_EQ(first.size(), messages::raw_batch_updates_max);
  // It is not whole yet.
  EXPECT_EQ(first.payloads_up_to, 0U);
  auto second = messages::raw_batch{};
  EXPECT_TRUE(sut_.fill(second));
  EXPECT_EQ(second.size(), 46U);
  EXPECT_EQ(second.payloads_up_to, 2U);
}

TEST_F(webhook_inbox, goes_on_where_it_was_when_the_store_was_away) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto down = true;
  auto view = std::make_shared<memory_store>(store_.disk());
  view->on_operation = [&down](store_operation) {
    return down ? store_fault::unavailable : store_fault::none;
  };
  auto sut = webhook::store_inbox{view};
  append({payload(1)});
  auto batch = messages::raw_batch{};
  EXPECT_FALSE(sut.fill(batch));
  EXPECT_FALSE(sut.remove(1));
  EXPECT_NE(sut.last_error(), "");
  EXPECT_EQ(sut.counters().failures, 2U);
  down = false;
  EXPECT_TRUE(sut.fill(batch));
  EXPECT_EQ(batch.payloads_up_to, 1U);
  EXPECT_EQ(sut.last_error(), "");
}

} // namespace

} // namespace pumpscope::test
