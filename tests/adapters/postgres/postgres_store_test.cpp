// What only the store in PostgreSQL has: schemas, versions, connections that
// break, owners that do not know that they are none any more.

#include "adapters/postgres/postgres_store.hpp"

#include "tests/adapters/postgres/cutting_proxy.hpp"
#include "tests/adapters/postgres/test_schema.hpp"
#include "tests/support/sample_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace pumpscope::test {

namespace {

using adapters::open_postgres;
using domain::errc;
using messages::commit_outcome;
using ::testing::HasSubstr;
using ::testing::Not;

class postgres_store : public testing::Test {
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
    if constexpr (!std::is_void_v<T>)
      return std::move(*x);
  }

  std::unique_ptr<messages::store> open() {
    return value(open_postgres(schema_->options()));
  }

  messages::store_error error_of(const adapters::postgres_options& options) {
    auto opened = open_postgres(options);
    return opened ? messages::store_error{errc::none, "opened"}
                  : opened.error();
  }

  /// Ends all other connections to the store, as a restart of the server does.
  void cut_connections() {
    schema_->query("SELECT count(pg_terminate_backend(pid, 5000)) "
                   "FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                   "AND application_name = '"
                   + schema_->options().schema + "'");
  }

  /// An epoch of one trade.
  messages::epoch one_trade(const messages::head_row& head) {
    auto x = epoch_after(head);
    add_trade(x, {head.epoch + 1, 1, 1}, sample_key(1), sample_key(2));
    return x;
  }

  std::optional<test_schema> schema_ = {};
};

TEST_F(postgres_store, goes_on_after_the_server_cut_its_connections) {
  auto store = open();
  auto head = value(store->take_over());
  auto x = one_trade(head);
  EXPECT_EQ(value(store->commit_epoch(x)), commit_outcome::committed);

  cut_connections();

  // Nobody can tell from a broken connection what became of a commit.
  auto y = one_trade(x.after);
  auto outcome = store->commit_epoch(y);
  EXPECT_TRUE(!outcome || *outcome == commit_outcome::unknown);
  auto after = store->read_head();
  if (!after)
    after = store->read_head();
  EXPECT_EQ(value(after), x.after);
  EXPECT_EQ(value(store->commit_epoch(y)), commit_outcome::committed);
  EXPECT_EQ(value(store->counts()).trades, 2U);
}

TEST_F(postgres_store, with_patience_a_read_survives_a_cut) {
  open();
  auto options = schema_->options();
  options.patience = std::chrono::seconds{30};
  auto store = value(open_postgres(options));
  cut_connections();
  EXPECT_TRUE(store->read_head());
  cut_connections();
  EXPECT_TRUE(store->load_pools());
}

TEST_F(postgres_store, patience_is_not_for_what_will_not_get_better) {
  open();
  auto options = schema_->options();
  options.patience = std::chrono::hours{1};
  auto store = value(open_postgres(options));
  schema_->query("DROP TABLE pool");
  auto pools = store->load_pools();
  ASSERT_FALSE(pools);
  EXPECT_THAT(pools.error().what, HasSubstr("pool"));
  EXPECT_TRUE(store->read_head());
}

TEST_F(postgres_store, a_cut_ends_a_history_with_an_error) {
  auto store = open();
  auto x = epoch_after(value(store->take_over()));
  for (auto i = 1U; i <= 10; ++i)
    add_trade(x, {1, i, 1}, sample_key(1), sample_key(2));
  ASSERT_EQ(value(store->commit_epoch(x)), commit_outcome::committed);
  auto history = value(
    store->open_history(messages::projection::wallet, sample_key(1), 10));
  EXPECT_EQ(value(history->next(4)).trades.size(), 4U);
  cut_connections();
  auto page = history->next(4);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, errc::store_unavailable);
  history.reset();
  EXPECT_EQ(
    value(store->load_history(messages::projection::wallet, sample_key(1), 10))
      .trades.size(),
    10U);
}

TEST_F(postgres_store, an_earlier_owner_is_refused_from_its_next_write_on) {
  auto first = open();
  auto second = open();
  auto head = value(first->take_over());
  auto cursor = value(first->read_cursors()).front();
  auto taken = value(second->take_over());
  EXPECT_EQ(taken.fence, head.fence + 1);
  EXPECT_EQ(value(first->commit_epoch(one_trade(head))),
            commit_outcome::fenced);
  EXPECT_EQ(value(first->commit_checkpoint(checkpoint_after(head, cursor, 0))),
            commit_outcome::fenced);
  EXPECT_EQ(value(second->commit_epoch(one_trade(taken))),
            commit_outcome::committed);
}

TEST_F(postgres_store, a_take_over_whose_answer_is_lost_is_none_too_many) {
  auto first = open();
  auto head = value(first->take_over());
  auto options = schema_->options();
  options.patience = std::chrono::seconds{30};
  auto proxy = cutting_proxy{options.url};
  options.url = proxy.url();
  auto store = value(open_postgres(options));
  // One that comes new, and one that had the store and starts again.
  for (auto held : {uint64_t{0}, head.fence + 1}) {
    auto before = value(first->read_head()).fence;
    proxy.lose_answer_to("COMMIT");
    auto taken = value(store->take_over(held));
    EXPECT_EQ(taken.fence, before + 1);
    EXPECT_EQ(value(store->commit_epoch(one_trade(taken))),
              commit_outcome::committed);
  }
  EXPECT_EQ(proxy.lost(), 2);
  auto cursor = value(store->read_cursors()).front();
  EXPECT_EQ(value(store->commit_checkpoint(
              checkpoint_after(value(store->read_head()), cursor, 0))),
            commit_outcome::committed);
}

TEST_F(postgres_store, a_take_over_is_refused_when_another_owner_came) {
  auto first = open();
  auto second = open();
  auto held = value(first->take_over()).fence;
  ASSERT_TRUE(second->take_over());
  for (auto attempt = 0; attempt < 2; ++attempt) {
    auto again = first->take_over(held);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, errc::fenced);
  }
  EXPECT_EQ(value(first->read_head()).fence, held + 1);
}

TEST_F(postgres_store, owners_that_race_leave_a_dense_journal) {
  open();
  auto commits = [&] {
    auto store = value(open_postgres(schema_->options()));
    auto done = 0;
    for (auto turn = 0; turn < 10; ++turn) {
      auto head = value(store->take_over());
      for (auto i = 0; i < 5; ++i) {
        auto x = one_trade(head);
        auto outcome = value(store->commit_epoch(x));
        if (outcome != commit_outcome::committed)
          break;
        ++done;
        head = x.after;
      }
    }
    return done;
  };
  auto done = std::array<int, 3>{};
  auto threads = std::vector<std::thread>{};
  for (auto& x : done)
    threads.emplace_back([&x, &commits] { x = commits(); });
  for (auto& x : threads)
    x.join();
  auto store = open();
  auto head = value(store->read_head());
  EXPECT_EQ(head.fence, 30U);
  EXPECT_EQ(head.jpos, static_cast<uint64_t>(done[0] + done[1] + done[2]));
  EXPECT_EQ(schema_->query("SELECT count(*) FROM trade"),
            std::to_string(head.jpos));
  EXPECT_EQ(value(store->counts()).max_jpos, head.jpos);
}

TEST_F(postgres_store, two_that_create_it_at_once_make_one_store) {
  auto ids = std::array<uint64_t, 4>{};
  auto threads = std::vector<std::thread>{};
  for (auto& x : ids)
    threads.emplace_back([&] {
      auto options = schema_->options();
      options.hash_seed.reset();
      x = value(open_postgres(options))->identity().hash_seed;
    });
  for (auto& x : threads)
    x.join();
  for (auto x : ids)
    EXPECT_EQ(x, ids[0]);
}

TEST_F(postgres_store, keeps_the_partitions_that_it_was_made_with) {
  open();
  auto options = schema_->options();
  options.partitions = 64;
  options.hash_seed = 1;
  auto id = value(open_postgres(options))->identity();
  EXPECT_EQ(id.partitions, 4U);
  EXPECT_EQ(id.hash_seed, schema_->options().hash_seed);
}

TEST_F(postgres_store, says_what_to_do_when_there_is_no_store) {
  auto options = schema_->options();
  options.create = false;
  auto error = error_of(options);
  EXPECT_EQ(error.code, errc::store_version);
  EXPECT_THAT(error.what, HasSubstr("pumpscope migrate"));
}

TEST_F(postgres_store, refuses_a_newer_store) {
  open();
  schema_->query("INSERT INTO schema_migration VALUES (999, '0999_later')");
  auto error = error_of(schema_->options());
  EXPECT_EQ(error.code, errc::store_version);
  EXPECT_THAT(error.what, HasSubstr("use a newer program"));
  auto steps = adapters::migrate_postgres(schema_->options());
  ASSERT_FALSE(steps);
  EXPECT_EQ(steps.error().code, errc::store_version);
}

TEST_F(postgres_store, lists_the_steps_of_a_migration) {
  auto steps = value(adapters::migrate_postgres(schema_->options())).steps;
  ASSERT_FALSE(steps.empty());
  EXPECT_EQ(steps[0].version, 1U);
  EXPECT_EQ(steps[0].name, "0001_journal_and_states");
  EXPECT_TRUE(steps[0].applied);
  steps = value(adapters::migrate_postgres(schema_->options())).steps;
  EXPECT_FALSE(steps[0].applied);
}

TEST_F(postgres_store, a_store_that_was_opened_for_reading_does_not_write) {
  open();
  auto options = schema_->options();
  options.read_only = true;
  auto store = value(open_postgres(options));
  EXPECT_FALSE(store->take_over());
  EXPECT_FALSE(store->commit_epoch(one_trade({})));
  EXPECT_TRUE(store->counts());
}

TEST_F(postgres_store, one_snapshot_is_of_the_moment_of_the_first_read) {
  auto owner = open();
  auto head = value(owner->take_over());
  auto options = schema_->options();
  options.read_only = true;
  options.one_snapshot = true;
  auto store = value(open_postgres(options));
  EXPECT_EQ(value(store->read_head()).epoch, 0U);

  auto x = one_trade(head);
  ASSERT_EQ(value(owner->commit_epoch(x)), commit_outcome::committed);
  EXPECT_EQ(value(store->read_head()).epoch, 0U);
  EXPECT_TRUE(value(store->load_journal(0, 10, 10)).trades.empty());
  // On a connection of its own.
  auto visited = 0;
  auto count = [&](auto&) { ++visited; };
  value(store->visit_journal(count, count));
  EXPECT_EQ(visited, 0);

  cut_connections();
  EXPECT_FALSE(store->read_head());
  EXPECT_FALSE(store->read_head());
  EXPECT_EQ(value(value(open_postgres(options))->read_head()).epoch, 1U);
}

TEST_F(postgres_store, a_damaged_state_is_an_error_that_names_it) {
  auto store = open();
  auto head = value(store->take_over());
  ASSERT_EQ(value(store->commit_epoch(one_trade(head))),
            commit_outcome::committed);
  schema_->query("UPDATE trade SET body = body || '\\x00'");
  auto rows = store->load_journal(0, 1, 10);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, errc::blob_corrupt);
  EXPECT_THAT(rows.error().what, HasSubstr("journal row 1"));
}

TEST_F(postgres_store, a_slot_that_no_bigint_holds_is_refused_and_harmless) {
  auto store = open();
  auto head = value(store->take_over());
  auto x = one_trade(head);
  x.trades[0].position.slot = ~uint64_t{0};
  auto outcome = store->commit_epoch(x);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::overflow);
  EXPECT_EQ(value(store->commit_epoch(one_trade(head))),
            commit_outcome::committed);
}

TEST_F(postgres_store, amounts_stand_in_columns_as_they_are) {
  auto store = open();
  auto head = value(store->take_over());
  auto x = one_trade(head);
  x.trades[0].token_units = ~uint64_t{0};
  x.trades[0].quote_units = 10'000;
  ASSERT_EQ(value(store->commit_epoch(x)), commit_outcome::committed);
  EXPECT_EQ(schema_->query("SELECT token_units || ' ' || quote_units "
                           "FROM trade"),
            "18446744073709551615 10000");
}

TEST(postgres_options, refuse_what_is_no_schema) {
  auto options = adapters::postgres_options{};
  options.url = "postgresql://127.0.0.1:1/x";
  for (auto name : {"", "a-b", "a\"b", "a b", "ä"}) {
    options.schema = name;
    auto opened = open_postgres(options);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, errc::invalid_config) << name;
  }
}

TEST(postgres_options, never_repeat_a_password) {
  auto options = adapters::postgres_options{};
  for (auto url : {"postgresql://user:secret@127.0.0.1:1/x",
                   "postgresql://user:secret@127.0.0.1:x/x",
                   "postgresql://127.0.0.1:1/x?password=secret",
                   "postgresql://127.0.0.1:1/x?secret=1"}) {
    options.url = url;
    auto opened = open_postgres(options);
    ASSERT_FALSE(opened) << url;
    EXPECT_THAT(opened.error().what, Not(HasSubstr("secret"))) << url;
  }
}

TEST(postgres_options, name_the_server_that_does_not_answer) {
  auto options = adapters::postgres_options{};
  options.url = "postgresql://127.0.0.1:1/nowhere";
  auto opened = open_postgres(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::store_unavailable);
  EXPECT_THAT(opened.error().what, HasSubstr("127.0.0.1:1/nowhere"));
}

} // namespace

} // namespace pumpscope::test
