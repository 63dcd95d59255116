#include "actors/store_writer.hpp"

#include "tests/actors/store_fixture.hpp"

#include <deque>

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

using namespace std::chrono_literals;
using messages::projection;

class store_writer : public store_fixture {
protected:
  store_writer() {
    store_->on_operation = [this](store_operation x) {
      auto is_write = x == store_operation::commit_epoch
                      || x == store_operation::commit_checkpoint;
      if (!is_write || faults_.empty())
        return store_fault::none;
      ++faulty_writes_;
      auto result = faults_.front();
      if (faults_.size() > 1 || !forever_)
        faults_.pop_front();
      return result;
    };
  }

  /// An epoch of one trade behind those made before; nothing is committed.
  messages::epoch_ptr next_epoch() {
    auto x = epoch_after(head_);
    add_trade(x, {x.after.epoch, 0, 1}, sample_key(1), sample_key(2));
    head_ = x.after;
    return std::make_shared<const messages::epoch>(std::move(x));
  }

  void write(const messages::epoch_ptr& x) {
    caf::anon_send(aut_, x);
    run();
  }

  /// Why the writer quit; empty while it lives.
  caf::error reason() {
    auto result = caf::error{};
    self_->receive([&result](const caf::down_msg& x) { result = x.reason; },
                   caf::after(0s) >> [] {});
    return result;
  }

  /// What the writer told about the store.
  std::vector<std::string> told_ = {};
  std::deque<store_fault> faults_ = {};
  bool forever_ = false;
  uint64_t faulty_writes_ = 0;
  messages::store_writer_actor aut_ = spawn_writer();

  messages::store_writer_actor
  spawn_writer(actors::store_writer_config config = {}) {
    return adopt(self_->spawn<caf::monitored>(
      actors::store_writer, with_told(std::move(config)), store_, router_));
  }

private:
  actors::store_writer_config with_told(actors::store_writer_config result) {
    result.on_trouble = [this](const std::string& x) { told_.push_back(x); };
    return result;
  }
};

TEST_F(store_writer, raises_the_fence_and_tells_where_the_journal_ends) {
  commit({plain_trade(domain::trade_side::buy, 7, sample_key(1), sample_key(2),
                      1, 1)});
  auto boot = ask<messages::journal_boot_ptr>(aut_, atom::start_v);
  ASSERT_TRUE(boot);
  EXPECT_EQ((*boot)->head.fence, head_.fence + 1);
  EXPECT_EQ((*boot)->head.jpos, 1U);
}

TEST_F(store_writer, names_the_journaled_rows_of_the_open_slot) {
  auto x = epoch_after(head_);
  add_trade(x, {7, 0, 1}, sample_key(1), sample_key(2));
  add_trade(x, {8, 4, 1}, sample_key(1), sample_key(2));
  add_event(x, {8, 5, 1}, sample_key(2));
  x.after.open_slot = 8;
  x.after.open_slot_jpos = 2;
  ASSERT_EQ(store_->commit_epoch(x).value(),
            messages::commit_outcome::committed);
  auto boot = ask<messages::journal_boot_ptr>(aut_, atom::start_v);
  ASSERT_TRUE(boot);
  auto& rows = (*boot)->open_rows;
  ASSERT_EQ(rows.trades.size(), 1U);
  EXPECT_EQ(rows.trades[0].position, (domain::chain_position{8, 4, 1}));
  ASSERT_EQ(rows.token_events.size(), 1U);
  EXPECT_EQ(rows.token_events[0].position, (domain::chain_position{8, 5, 1}));
}

TEST_F(store_writer, tells_the_router_of_an_epoch_once_it_is_durable) {
  write(next_epoch());
  EXPECT_EQ(disk_->head, head_);
  EXPECT_EQ(seen_->committed, (std::vector<uint64_t>{1}));
}

TEST_F(store_writer, writes_an_epoch_again_whose_answer_and_commit_were_lost) {
  faults_ = {store_fault::unknown_lost};
  write(next_epoch());
  EXPECT_TRUE(seen_->committed.empty());
  EXPECT_EQ(disk_->head.epoch, 0U);
  advance(1s);
  EXPECT_EQ(disk_->head, head_);
  EXPECT_EQ(seen_->committed, (std::vector<uint64_t>{1}));
}

TEST_F(store_writer, does_not_write_an_epoch_again_whose_answer_was_lost) {
  faults_ = {store_fault::unknown_applied};
  write(next_epoch());
  advance(1s);
  EXPECT_EQ(disk_->trades.size(), 1U);
  EXPECT_EQ(seen_->committed, (std::vector<uint64_t>{1}));
}

TEST_F(store_writer, keeps_the_order_of_epochs_while_the_store_is_away) {
  faults_ = {store_fault::unavailable, store_fault::unavailable};
  write(next_epoch());
  write(next_epoch());
  EXPECT_TRUE(seen_->committed.empty());
  advance(49ms);
  EXPECT_EQ(faulty_writes_, 1U);
  advance(1s);
  EXPECT_TRUE(seen_->committed.empty());
  advance(1s);
  EXPECT_EQ(disk_->head, head_);
  EXPECT_EQ(seen_->committed, (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(status_of(aut_, "retries_total"), 2U);
}

TEST_F(store_writer,
       tells_once_that_the_store_is_away_and_once_that_it_is_back) {
  faults_ = {store_fault::unavailable, store_fault::unavailable};
  write(next_epoch());
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_FALSE(told_[0].empty());
  advance(1s);
  advance(1s);
  EXPECT_EQ(disk_->head, head_);
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_EQ(told_[1], "");
}

TEST_F(store_writer, tells_nothing_of_a_single_lost_answer) {
  faults_ = {store_fault::unknown_lost};
  write(next_epoch());
  advance(1s);
  EXPECT_EQ(disk_->head, head_);
  EXPECT_TRUE(told_.empty());
}

TEST_F(store_writer, gives_up_when_the_store_stays_away) {
  faults_ = {store_fault::unavailable};
  forever_ = true;
  write(next_epoch());
  for (auto i = 0; i < 20; ++i)
    advance(2s);
  EXPECT_EQ(reason(), caf::make_error(domain::errc::store_unavailable));
  EXPECT_EQ(faulty_writes_, 1 + actors::store_writer_config{}.retries_max);
}

TEST_F(store_writer, tries_at_a_steady_pace_while_the_store_is_long_away) {
  auto patient = actors::store_writer_config{};
  patient.retries_max = 1'000;
  aut_ = spawn_writer(patient);
  faults_ = {store_fault::unavailable};
  forever_ = true;
  write(next_epoch());
  for (auto i = 0; i < 200; ++i)
    advance(patient.retry_period_max);
  // Quicker ones until the pause is at its longest, then one a pause.
  EXPECT_GE(faulty_writes_, 200U);
  EXPECT_LE(faulty_writes_, 210U);
}

TEST_F(store_writer, quits_when_another_owner_took_over) {
  ASSERT_TRUE(store_->take_over());
  write(next_epoch());
  EXPECT_EQ(reason(), caf::make_error(domain::errc::fenced));
  EXPECT_TRUE(disk_->trades.empty());
}

TEST_F(store_writer, quits_when_it_learns_of_another_owner_after_a_lost_write) {
  faults_ = {store_fault::unknown_lost};
  ASSERT_TRUE(store_->take_over());
  write(next_epoch());
  EXPECT_EQ(reason(), caf::make_error(domain::errc::fenced));
}

TEST_F(store_writer, answers_a_checkpoint_once_it_is_durable) {
  faults_ = {store_fault::unavailable, store_fault::unknown_lost,
             store_fault::unknown_applied};
  auto x = std::make_shared<messages::checkpoint>(
    checkpoint_after(head_, {projection::token, 0, 0, 0, 0}, 0));
  x->after.chain_time = 99;
  auto answers = 0;
  auto request = self_->request(aut_, caf::infinite,
                                messages::checkpoint_ptr{x});
  run();
  for (auto i = 0; i < 3; ++i)
    advance(1s);
  request.receive([&answers](atom::finished) { ++answers; },
                  [](caf::error& err) { ADD_FAILURE() << to_string(err); });
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(disk_->at(projection::token, 0).cursor.chain_time, 99);
}

TEST_F(store_writer, answers_each_of_several_checkpoints_that_wait_together) {
  for (auto faults :
       {std::deque<store_fault>{},
        {store_fault::unknown_applied},
        {store_fault::unknown_lost, store_fault::stale},
        {store_fault::unavailable, store_fault::unknown_applied}}) {
    faults_ = faults;
    auto cursor_of = [&](projection kind) -> messages::cursor_row& {
      return disk_->at(kind, 0).cursor;
    };
    auto send = [&](projection kind) {
      auto x = checkpoint_after(head_, cursor_of(kind), head_.jpos);
      ++x.after.chain_time;
      return self_->request(
        aut_, caf::infinite,
        messages::checkpoint_ptr{std::make_shared<messages::checkpoint>(x)});
    };
    auto time = cursor_of(projection::token).chain_time;
    auto wallets = send(projection::wallet);
    auto tokens = send(projection::token);
    caf::anon_send(aut_, next_epoch());
    run();
    for (auto i = 0; i < 4; ++i)
      advance(1s);
    auto answers = 0;
    for (auto request : {&wallets, &tokens})
      request->receive(
        [&answers](atom::finished) { ++answers; },
        [](caf::error& err) { ADD_FAILURE() << to_string(err); });
    EXPECT_EQ(answers, 2);
    EXPECT_EQ(cursor_of(projection::wallet).chain_time, time + 1);
    EXPECT_EQ(cursor_of(projection::token).chain_time, time + 1);
    EXPECT_EQ(disk_->head, head_);
  }
}

TEST_F(store_writer, writes_epochs_and_checkpoints_in_turn) {
  auto order = std::string{};
  store_->on_operation = [&order](store_operation x) {
    if (x == store_operation::commit_epoch)
      order += 'e';
    else if (x == store_operation::commit_checkpoint)
      order += 'c';
    return store_fault::none;
  };
  auto config = actors::store_writer_config{};
  config.checkpoints_max = 1;
  auto aut = adopt(sys_.spawn(actors::store_writer, config, store_, router_));
  auto send_checkpoint = [&](projection kind) {
    auto x = checkpoint_after(head_, disk_->at(kind, 0).cursor, 0);
    ++x.after.chain_time;
    caf::anon_send(
      aut, messages::checkpoint_ptr{std::make_shared<messages::checkpoint>(x)});
  };
  caf::anon_send(aut, next_epoch());
  send_checkpoint(projection::wallet);
  send_checkpoint(projection::token);
  caf::anon_send(aut, next_epoch());
  run();

  EXPECT_EQ(order, "ecec");
  EXPECT_EQ(disk_->head, head_);
  EXPECT_EQ(seen_->committed, (std::vector<uint64_t>{1, 2}));
}

} // namespace
