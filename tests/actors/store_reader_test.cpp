#include "actors/store_reader.hpp"

#include "tests/actors/store_fixture.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

using messages::projection;

class store_reader : public store_fixture {
protected:
  messages::store_reader_actor aut_ = adopt(
    sys_.spawn(actors::store_reader, actors::store_reader_config{},
               std::shared_ptr<messages::store>{store_->reader().value()}));
};

TEST_F(store_reader, gives_a_partition_its_cursor_and_open_repairs) {
  auto wallet = sample_key(1);
  commit({plain_trade(domain::trade_side::buy, 7, wallet, sample_key(2), 1, 1)},
         true);
  auto boot = ask<messages::partition_boot_ptr>(
    aut_, messages::load_partition{projection::wallet, 0});
  ASSERT_TRUE(boot);
  EXPECT_EQ((*boot)->cursor.jpos, 0U);
  EXPECT_EQ((*boot)->repairs, (std::vector<messages::repair_row>{
                                {projection::wallet, wallet, 1}}));
}

TEST_F(store_reader, gives_the_tail_behind_a_position) {
  for (uint64_t slot = 1; slot <= 3; ++slot)
    commit({plain_trade(domain::trade_side::buy, slot, sample_key(1),
                        sample_key(2), 1, 1)});
  auto tail = ask<messages::tail_rows_ptr>(
    aut_, messages::load_tail{projection::wallet, 0, 1, 2});
  ASSERT_TRUE(tail);
  ASSERT_EQ((*tail)->rows.trades.size(), 1U);
  EXPECT_EQ((*tail)->rows.trades[0].jpos, 2U);
  EXPECT_EQ((*tail)->up_to, 2U);
}

TEST_F(store_reader, refuses_a_partition_that_is_not_there) {
  EXPECT_FALSE(ask<messages::tail_rows_ptr>(
    aut_, messages::load_tail{projection::wallet, 1, 0, 2}));
}

TEST_F(store_reader, tells_which_keys_are_journaled) {
  commit({plain_trade(domain::trade_side::buy, 7, sample_key(1), sample_key(2),
                      1, 1)});
  auto found = ask<messages::looked_up_ptr>(
    aut_, messages::look_up{{{7, 0, 1}, {7, 0, 2}}, {}});
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->known, (std::vector<bool>{true, false}));
}

TEST_F(store_reader, tells_which_of_the_slots_are_sealed) {
  auto x = epoch_after(head_);
  for (uint64_t slot : {10, 11, 12, 500, 516, 533}) {
    auto row = messages::slot_row{};
    row.slot = slot;
    row.parent = slot - 1;
    x.slots.push_back(row);
  }
  ASSERT_TRUE(store_->commit_epoch(x));

  auto found = ask<messages::looked_up_ptr>(
    aut_, messages::look_up{{}, {9, 10, 12, 500, 501, 533}, {}});
  ASSERT_TRUE(found);
  auto slots = std::vector<uint64_t>{};
  for (auto& row : (*found)->slots)
    slots.push_back(row.slot);
  EXPECT_EQ(slots, (std::vector<uint64_t>{10, 12, 500, 533}));
}

constexpr auto four_partitions = messages::store_identity{.hash_seed = 7,
                                                          .partitions = 4};

/// A journal of 60 trades and a creation after every fourth, of 20 wallets and
/// 6 mints, and what is read of it.
class store_reader_of_many : public actor_fixture {
protected:
  store_reader_of_many() {
    store_->on_operation = [this](store_operation) {
      ++reads_;
      return std::exchange(fault_, store_fault::none);
    };
    auto x = epoch_after(store_->take_over().value());
    for (uint32_t i = 0; i < 60; ++i) {
      auto mint = sample_key(100 + i % 6);
      add_trade(x, {1 + i, 0, 1}, sample_key(1 + i % 20), mint);
      if (i % 4 == 0)
        add_event(x, {1 + i, 1, 1}, mint);
    }
    EXPECT_TRUE(store_->commit_epoch(x));
    last_ = x.after.jpos;
    reader_store_ = store_->reader().value();
  }

  /// Asks for the tails of all partitions until it has them, each of which
  /// begins `apart` behind the one before; returns the rows of each.
  std::vector<messages::journal_rows> load_all(uint64_t apart) {
    auto aut = adopt(
      sys_.spawn(actors::store_reader, actors::store_reader_config{3, 16},
                 std::shared_ptr<messages::store>{store_->reader().value()}));
    auto result = std::vector<messages::journal_rows>(8);
    for (uint32_t i = 0; i < 8; ++i)
      ask_on(aut, i, apart * i, result[i]);
    run();
    return result;
  }

  static messages::load_tail request(uint32_t i, uint64_t after,
                                     uint64_t up_to) {
    return {i < 4 ? projection::wallet : projection::token, i % 4, after,
            up_to};
  }

  void ask_on(const messages::store_reader_actor& aut, uint32_t i,
              uint64_t after, messages::journal_rows& to) {
    auto asker
      = sys_.spawn([this, aut, i, after, &to](caf::event_based_actor* self) {
          self->request(aut, caf::infinite, request(i, after, last_))
            .then(
              [this, aut, i, &to](const messages::tail_rows_ptr& x) {
                auto append = [](auto& all, auto& rows) {
                  all.insert(all.end(), rows.begin(), rows.end());
                };
                append(to.trades, x->rows.trades);
                append(to.token_events, x->rows.token_events);
                if (x->up_to < last_)
                  ask_on(aut, i, x->up_to, to);
              },
              [this](caf::error&) { ++refused_; });
        });
    adopt(asker);
  }

  std::shared_ptr<memory_store> store_
    = std::make_shared<memory_store>(four_partitions);
  std::unique_ptr<messages::store> reader_store_ = {};
  store_fault fault_ = store_fault::none;
  uint64_t last_ = 0;
  size_t reads_ = 0;
  size_t refused_ = 0;
};

TEST_F(store_reader_of_many, gives_each_the_rows_of_its_tail) {
  auto found = load_all(7);

  for (uint32_t i = 0; i < 8; ++i) {
    auto of = request(i, 7 * i, last_);
    auto wanted = reader_store_->load_tail(of.kind, of.partition, of.after,
                                           of.up_to, 1'000);
    ASSERT_TRUE(wanted);
    EXPECT_EQ(found[i].trades, wanted->trades) << i;
    EXPECT_EQ(found[i].token_events, wanted->token_events) << i;
  }
}

TEST_F(store_reader_of_many, reads_the_journal_once_for_all) {
  reads_ = 0;
  load_all(0);

  // 75 rows, 16 at a time.
  EXPECT_EQ(reads_, 5U);
}

TEST_F(store_reader_of_many, tells_all_who_wait_of_a_store_that_fails) {
  fault_ = store_fault::unavailable;
  load_all(0);

  EXPECT_EQ(refused_, 8U);
}

} // namespace
