// What the roles of docs/guides/postgresql.md may and may not do.

#include "adapters/postgres/postgres_store.hpp"
#include "tests/adapters/postgres/test_schema.hpp"
#include "tests/support/sample_rows.hpp"
#include "tests/support/source_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace pumpscope::test {

namespace {

using adapters::open_postgres;
using messages::commit_outcome;
using ::testing::AnyOf;
using ::testing::HasSubstr;

void replace_all(std::string& in, const std::string& what,
                 const std::string& by) {
  for (auto i = in.find(what); i != std::string::npos;
       i = in.find(what, i + by.size()))
    in.replace(i, what.size(), by);
}

class postgres_roles : public testing::Test {
protected:
  void SetUp() override {
    if (!test_server())
      GTEST_SKIP() << "no server; script/lib/servers.py starts one";
    schema_.emplace();
    schema_->query(set_up_of_the_guide());
    auto owner = as("owner");
    auto done = adapters::migrate_postgres(owner,
                                           {name("writer"), name("reader")});
    ASSERT_TRUE(done) << done.error().what;
  }

  void TearDown() override {
    if (!schema_)
      return;
    auto drop = "SET client_min_messages = warning; DROP SCHEMA "
                + schema_->options().schema + " CASCADE";
    for (auto role : {"owner", "writer", "reader"})
      drop += "; DROP OWNED BY " + name(role) + "; DROP ROLE " + name(role);
    schema_->query(drop);
  }

  [[nodiscard]] std::string name(const std::string& role) const {
    return schema_->options().schema + "_" + role;
  }

  /// The statements of the guide, for the schema of this test.
  [[nodiscard]] std::string set_up_of_the_guide() const {
    auto in = std::ifstream{source_folder() / "docs/guides/postgresql.md"};
    auto text = std::string{std::istreambuf_iterator<char>{in}, {}};
    constexpr auto first = "-- Once, by an administrator of the database.";
    auto begin = text.find(first);
    text = text.substr(begin, text.find("```", begin) - begin);
    replace_all(text, "pumpscope", schema_->options().schema);
    return text;
  }

  /// The options of somebody with a role.
  [[nodiscard]] adapters::postgres_options as(const std::string& role) const {
    auto result = schema_->options();
    result.url += "&user=" + name(role);
    return result;
  }

  std::unique_ptr<messages::store> open(const std::string& role) {
    auto opened = open_postgres(as(role));
    if (!opened)
      throw std::runtime_error(opened.error().what);
    return std::move(*opened);
  }

  /// What the server says to SQL of somebody with a role; empty = it did it.
  std::string refusal(const std::string& role, const std::string& sql) {
    try {
      schema_->query("SET ROLE " + name(role) + "; " + sql);
      return {};
    } catch (const std::exception& e) {
      return e.what();
    }
  }

  std::optional<test_schema> schema_ = {};
};

TEST_F(postgres_roles, the_writer_runs_a_node) {
  auto store = open("writer");
  auto head = *store->take_over();
  auto x = epoch_after(head);
  add_trade(x, {1, 1, 1}, sample_key(1), sample_key(2));
  x.after.sealed_slot = 1;
  EXPECT_EQ(*store->commit_epoch(x), commit_outcome::committed);
  auto cursor = store->read_cursors()->front();
  EXPECT_EQ(*store->commit_checkpoint(checkpoint_after(x.after, cursor, 0)),
            commit_outcome::committed);
  auto made = adapters::prepare_postgres(as("writer"));
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(*made, 3U);
  EXPECT_EQ(store->counts()->trades, 1U);
  auto inbox = *store->open_inbox();
  auto payload = std::vector<std::string>{"[]"};
  EXPECT_EQ(*inbox->append_inbox(payload, {}), uint64_t{1});
  EXPECT_TRUE(inbox->remove_inbox(1));
  // What was made by the way belongs to the owner.
  EXPECT_EQ(schema_->query("SELECT string_agg(DISTINCT tableowner, ' ') "
                           "FROM pg_tables WHERE schemaname = '"
                           + schema_->options().schema + "'"),
            name("owner"));
}

TEST_F(postgres_roles, the_writer_drops_old_rows) {
  auto store = open("writer");
  auto head = *store->take_over();
  auto commit = [&](uint64_t first, uint64_t last, int64_t time) {
    auto x = epoch_after(head);
    add_trade(x, {last, 1, 1}, sample_key(last), sample_key(2));
    x.trades.back().block_time = time;
    for (auto slot = first; slot <= last; ++slot) {
      x.slots.push_back(sample_slot(slot));
      x.slots.back().block_time = time;
    }
    x.after.sealed_slot = last;
    x.after.chain_time = time;
    EXPECT_EQ(*store->commit_epoch(x), commit_outcome::committed);
    head = x.after;
  };
  commit(1, 9, 1'000'000'000);
  ASSERT_TRUE(adapters::prepare_postgres(as("writer"), 10));
  commit(10, 100, 1'000'000'000 + 10 * 86'400);
  schema_->query("UPDATE cursor SET jpos = 2, published_jpos = 2");
  auto settings = adapters::retention_settings{};
  settings.fence = head.fence;

  auto denied = adapters::retain_postgres(as("reader"), settings);
  auto report = adapters::retain_postgres(as("writer"), settings);

  ASSERT_FALSE(denied);
  EXPECT_THAT(denied.error().what, HasSubstr("permission denied"));
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_TRUE(report->dropped);
  EXPECT_EQ(report->retention.start_slot, 10U);
  EXPECT_EQ(report->retention.dropped_trades, 1U);
  // Who only reads sees the baseline.
  auto reader = open("reader");
  EXPECT_EQ(reader->load_journal(0, 9, 9)->trades.size(), 1U);
  auto history = reader->open_history(messages::projection::wallet,
                                      sample_key(9), 9);
  ASSERT_TRUE(history) << history.error().what;
  EXPECT_TRUE((*history)->start().wallet.wallet.has_value());
}

TEST_F(postgres_roles, the_reader_reads_and_writes_nothing) {
  auto writer = open("writer");
  auto head = *writer->take_over();
  auto x = epoch_after(head);
  add_trade(x, {1, 1, 1}, sample_key(1), sample_key(2));
  ASSERT_EQ(*writer->commit_epoch(x), commit_outcome::committed);
  auto store = open("reader");
  EXPECT_EQ(store->load_journal(0, 9, 9)->trades.size(), 1U);
  EXPECT_EQ(store->load_history(messages::projection::wallet, sample_key(1), 9)
              ->trades.size(),
            1U);
  EXPECT_EQ(store->load_trades({.mint = sample_key(2)})->trades.size(), 1U);
  EXPECT_TRUE(store->load_candles({sample_key(2), sample_key(3)}));
  EXPECT_TRUE(store->load_holders({sample_key(2), 5}));
  EXPECT_TRUE(store->search_tokens({"dog", 5}));
  EXPECT_TRUE(store->search_wallets("4abc", 5));
  for (auto denied : {store->take_over().error().what,
                      store->commit_epoch(epoch_after(x.after)).error().what,
                      adapters::prepare_postgres(as("reader")).error().what,
                      store->remove_inbox(1).error().what})
    EXPECT_THAT(denied, HasSubstr("permission denied"));
}

TEST_F(postgres_roles, nobody_but_the_owner_writes_around_the_functions) {
  auto tables = std::vector<std::string>{"identity",
                                         "head",
                                         "trade",
                                         "trade_default",
                                         "token_event",
                                         "slot",
                                         "gap",
                                         "repair",
                                         "dead_letter",
                                         "pool",
                                         "cursor",
                                         "node",
                                         "wallet",
                                         "token",
                                         "position",
                                         "wallet_bucket",
                                         "candle",
                                         "audit",
                                         "journal",
                                         "trade_partition",
                                         "retention",
                                         "retention_pass",
                                         "baseline_wallet",
                                         "baseline_position",
                                         "baseline_token",
                                         "inbox",
                                         "inbox_total",
                                         "schema_migration"};
  EXPECT_EQ(schema_->query("SELECT count(*) FROM pg_class WHERE relkind IN "
                           "('r', 'p', 'v') AND relnamespace = '"
                           + schema_->options().schema + "'::regnamespace"),
            std::to_string(tables.size()))
    << "a table is missing in this test";
  for (auto role : {"writer", "reader"})
    for (auto& table : tables) {
      // A view over two tables takes no rows from anybody.
      auto kept = AnyOf(HasSubstr("permission denied"),
                        HasSubstr("view \"journal\""));
      EXPECT_THAT(refusal(role, "DELETE FROM " + table), kept);
      EXPECT_THAT(refusal(role, "INSERT INTO " + table + " DEFAULT VALUES"),
                  kept);
      EXPECT_THAT(refusal(role, "TRUNCATE " + table),
                  AnyOf(kept, HasSubstr("not a table")));
      EXPECT_THAT(
        refusal(role, "DROP TABLE " + table),
        HasSubstr(table == "journal" ? "not a table" : "must be owner"));
      EXPECT_EQ(refusal(role, "SELECT count(*) FROM " + table), "");
    }
  EXPECT_THAT(refusal("writer", "UPDATE head SET fence = 99"),
              HasSubstr("permission denied"));
  EXPECT_THAT(refusal("writer", "SELECT add_trade_partition(NULL, 10)"),
              HasSubstr("must be owner"));
  EXPECT_THAT(refusal("writer", "CREATE TABLE mine (x int)"),
              HasSubstr("permission denied"));
}

TEST_F(postgres_roles, others_may_not_even_call_a_function) {
  EXPECT_EQ(schema_->query(
              "SELECT count(*) FROM pg_proc p, aclexplode(coalesce(proacl, "
              "acldefault('f', proowner))) a WHERE pronamespace = '"
              + schema_->options().schema
              + "'::regnamespace AND a.grantee NOT IN ('" + name("owner")
              + "'::regrole, '" + name("writer") + "'::regrole)"),
            "0");
}

} // namespace

} // namespace pumpscope::test
