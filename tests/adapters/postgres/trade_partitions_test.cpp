// Partitions of the journal by slots: made ahead, while epochs are written.

#include "adapters/postgres/postgres_store.hpp"
#include "tests/adapters/postgres/old_store.hpp"
#include "tests/adapters/postgres/test_schema.hpp"
#include "tests/support/sample_rows.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace pumpscope::test {

namespace {

using adapters::open_postgres;
using adapters::prepare_postgres;
using domain::errc;
using messages::commit_outcome;

/// Slots of one partition here.
constexpr uint64_t width = 10;

class trade_partitions : public testing::Test {
protected:
  void SetUp() override {
    if (!test_server())
      GTEST_SKIP() << "no server; script/lib/servers.py starts one";
    schema_.emplace();
  }

  template <class T>
  static T value(messages::store_result<T> x) {
    if (!x)
      throw std::runtime_error(x.error().what);
    return std::move(*x);
  }

  std::unique_ptr<messages::store> open() {
    return value(open_postgres(schema_->options()));
  }

  /// Commits an epoch of one trade at the end of the slot.
  static messages::head_row
  add_slot(messages::store& to, const messages::head_row& head, uint64_t slot) {
    auto x = epoch_after(head);
    add_trade(x, {slot, 1, 1}, sample_key(1), sample_key(2));
    x.after.sealed_slot = slot;
    // As the writer does: a partition may take the place of another one.
    for (auto attempt = 0; attempt < 10; ++attempt) {
      auto outcome = to.commit_epoch(x);
      if (outcome && *outcome == commit_outcome::committed)
        return x.after;
      if (outcome || outcome.error().code != errc::store_unavailable)
        break;
    }
    throw std::runtime_error("an epoch was not committed");
  }

  /// What partitions there are, as `from-to` ascending.
  std::string ranges() {
    return schema_->query("SELECT string_agg(coalesce(from_slot::text, '') "
                          "|| '-' || to_slot, ' ' ORDER BY to_slot) "
                          "FROM trade_partition");
  }

  std::string rows_in(const std::string& table) {
    return schema_->query("SELECT count(*) FROM " + table);
  }

  std::optional<test_schema> schema_ = {};
};

TEST_F(trade_partitions, are_made_two_ahead_and_once) {
  auto store = open();
  EXPECT_EQ(value(prepare_postgres(schema_->options(), width)), 0U)
    << "nobody knows yet where the chain is";
  auto head = add_slot(*store, value(store->take_over()), 1'005);
  EXPECT_EQ(value(prepare_postgres(schema_->options(), width)), 3U);
  EXPECT_EQ(ranges(), "-1010 1010-1020 1020-1030");
  EXPECT_EQ(value(prepare_postgres(schema_->options(), width)), 0U);
  head = add_slot(*store, head, 1'010);
  EXPECT_EQ(value(prepare_postgres(schema_->options(), width)), 1U);
  EXPECT_EQ(ranges(), "-1010 1010-1020 1020-1030 1030-1040");
  EXPECT_EQ(rows_in("trade_to_1020"), "1");
}

TEST_F(trade_partitions, take_over_rows_that_came_before_them) {
  auto store = open();
  auto head = add_slot(*store, value(store->take_over()), 15);
  prepare_postgres(schema_->options(), width);
  // The node was away for longer than partitions were made ahead.
  head = add_slot(*store, head, 75);
  head = add_slot(*store, head, 93);
  EXPECT_EQ(rows_in("trade_default"), "2");
  EXPECT_EQ(value(prepare_postgres(schema_->options(), width)), 3U);
  EXPECT_EQ(ranges(), "-20 20-30 30-40 40-100 100-110 110-120");
  EXPECT_EQ(rows_in("trade_default"), "0");
  EXPECT_EQ(rows_in("trade_to_100"), "2");
  // Late rows find a place, and all reads see them.
  head = add_slot(*store, head, 3);
  EXPECT_EQ(rows_in("trade_default"), "0");
  EXPECT_EQ(value(store->load_journal(0, 9, 9)).trades.size(), 4U);
  auto history = value(
    store->load_history(messages::projection::wallet, sample_key(1), 9));
  ASSERT_EQ(history.trades.size(), 4U);
  EXPECT_EQ(history.trades[0].position.slot, 3U);
  EXPECT_EQ(history.trades[3].position.slot, 93U);
  auto keys = std::array<domain::chain_position, 2>{{{93, 1, 1}, {94, 1, 1}}};
  EXPECT_EQ(value(store->contains(keys)), (std::vector<bool>{true, false}));
}

TEST_F(trade_partitions, leave_no_hole_where_the_chain_jumped) {
  auto store = open();
  auto head = add_slot(*store, value(store->take_over()), 15);
  prepare_postgres(schema_->options(), width);
  auto empty = epoch_after(head);
  empty.after.sealed_slot = 5'001;
  ASSERT_EQ(value(store->commit_epoch(empty)), commit_outcome::committed);
  prepare_postgres(schema_->options(), width);
  EXPECT_EQ(ranges(), "-20 20-30 30-40 40-5000 5000-5010 5010-5020 5020-5030");
}

TEST_F(trade_partitions, a_key_twice_is_refused_in_each_of_them) {
  auto store = open();
  auto head = add_slot(*store, value(store->take_over()), 15);
  prepare_postgres(schema_->options(), width);
  head = add_slot(*store, head, 25);
  for (auto slot : {15U, 25U}) {
    auto x = epoch_after(head);
    add_trade(x, {slot, 1, 1}, sample_key(3), sample_key(2));
    auto outcome = store->commit_epoch(x);
    ASSERT_FALSE(outcome) << slot;
    EXPECT_EQ(outcome.error().code, errc::internal);
  }
}

TEST_F(trade_partitions, made_by_several_nodes_under_load_disturb_no_epoch) {
  auto store = open();
  auto head = value(store->take_over());
  auto made = std::atomic<uint32_t>{0};
  auto nodes = std::vector<std::jthread>{};
  for (auto i = 0; i < 3; ++i)
    nodes.emplace_back([&](const std::stop_token& stop) {
      while (!stop.stop_requested())
        // A lock that could not be had is waited for the next time.
        if (auto done = prepare_postgres(schema_->options(), width))
          made += *done;
    });
  for (auto i = 0U; i < 200; ++i)
    head = add_slot(*store, head, 100 + i);
  nodes.clear();
  value(prepare_postgres(schema_->options(), width));
  EXPECT_GE(made, 10U);
  EXPECT_EQ(rows_in("trade"), "200");
  EXPECT_EQ(rows_in("trade_default"), "0");
  EXPECT_EQ(schema_->query("SELECT count(DISTINCT jpos) = max(jpos) "
                           "FROM trade"),
            "t");
  // Without a hole or an overlap, as the server has them.
  EXPECT_EQ(
    schema_->query("SELECT count(*) FROM (SELECT from_slot, lag(to_slot) OVER "
                   "(ORDER BY to_slot) AS before FROM trade_partition) x "
                   "WHERE from_slot IS DISTINCT FROM before"),
    "0");
  EXPECT_EQ(schema_->query("SELECT count(*) - 1 = (SELECT count(*) FROM "
                           "trade_partition) FROM pg_inherits "
                           "WHERE inhparent = 'trade'::regclass"),
            "t");
}

TEST_F(trade_partitions, wait_for_no_query_longer_than_a_second) {
  auto store = open();
  auto head = add_slot(*store, value(store->take_over()), 15);
  // A visit holds its locks as long as it lasts.
  auto reader = value(store->reader());
  auto visited = 0;
  auto done = reader->visit_journal(
    [&](const domain::trade&) {
      ++visited;
      auto begin = std::chrono::steady_clock::now();
      auto made = prepare_postgres(schema_->options(), width);
      ASSERT_FALSE(made);
      EXPECT_EQ(made.error().code, errc::store_unavailable);
      EXPECT_LT(std::chrono::steady_clock::now() - begin,
                std::chrono::seconds{5});
      head = add_slot(*store, head, 16);
    },
    [](const domain::token_event&) {});
  EXPECT_TRUE(done);
  EXPECT_EQ(visited, 1);
  EXPECT_GT(value(prepare_postgres(schema_->options(), width)), 0U);
}

TEST_F(trade_partitions, of_an_older_store_take_its_rows_as_they_are) {
  auto store = open();
  auto head = value(store->take_over());
  constexpr auto day = adapters::slots_per_partition;
  for (auto slot : {day - 1, day, 3 * day + 5})
    head = add_slot(*store, head, slot);
  auto old = test_schema{};
  make_old_store(old, 1);
  copy_journal(*schema_, old);
  ASSERT_EQ(old.query("SELECT count(*) FROM trade_default"), "3");

  auto refused = open_postgres(old.options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::store_version);
  ASSERT_TRUE(adapters::migrate_postgres(old.options()));

  EXPECT_EQ(old.query("SELECT string_agg(to_slot::text, ' ' ORDER BY to_slot) "
                      "FROM trade_partition"),
            std::to_string(4 * day) + " " + std::to_string(5 * day) + " "
              + std::to_string(6 * day));
  auto migrated = value(open_postgres(old.options()));
  auto before = value(store->load_journal(0, 9, 9)).trades;
  EXPECT_EQ(value(migrated->load_journal(0, 9, 9)).trades, before);
  EXPECT_EQ(before.size(), 3U);
  auto taken = value(migrated->take_over());
  EXPECT_EQ(taken.jpos, 3U);
  add_slot(*migrated, taken, 5 * day);
  EXPECT_EQ(old.query("SELECT count(*) FROM trade_default"), "0");
}

} // namespace

} // namespace pumpscope::test
