// How the server finds what lists and searches ask for: indexes, extensions,
// time limits, and what the indexes cost those who write.

#include "adapters/postgres/postgres_store.hpp"
#include "tests/adapters/postgres/old_store.hpp"
#include "tests/adapters/postgres/test_schema.hpp"
#include "tests/support/sample_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <memory>

namespace pumpscope::test {

namespace {

using adapters::open_postgres;
using messages::commit_outcome;
using ::testing::HasSubstr;

class postgres_lists : public testing::Test {
protected:
  void SetUp() override {
    if (!test_server())
      GTEST_SKIP() << "no server; script/lib/servers.py starts one";
    schema_.emplace();
  }

  static std::unique_ptr<messages::store>
  open(const adapters::postgres_options& options) {
    auto opened = open_postgres(options);
    if (!opened)
      throw std::runtime_error(opened.error().what);
    return std::move(*opened);
  }

  /// Stores states of one partition.
  template <class F>
  static void
  checkpoint(messages::store& store, messages::projection kind, F&& fill) {
    auto head = *store.read_head();
    auto cursors = *store.read_cursors();
    for (auto& cursor : cursors)
      if (cursor.kind == kind && cursor.partition == 1) {
        auto x = checkpoint_after(head, cursor, head.jpos);
        fill(x);
        ASSERT_EQ(*store.commit_checkpoint(x), commit_outcome::committed);
      }
  }

  /// The plan of a query, without the choice of reading the whole table.
  std::string plan(const std::string& sql) {
    schema_->query("CREATE OR REPLACE FUNCTION plan(sql text) RETURNS text "
                   "LANGUAGE plpgsql SET enable_seqscan = off AS $$ DECLARE "
                   "line text; result text := ''; BEGIN FOR line IN EXECUTE "
                   "'EXPLAIN ' || sql LOOP result := result || line || chr(10);"
                   " END LOOP; RETURN result; END $$");
    return schema_->query("SELECT plan($sql$" + sql + "$sql$)");
  }

  /// The share of updates of a table that touched no index, of 100.
  int hot_updates(const std::string& table) {
    schema_->end_connections();
    return std::stoi(
      schema_->query("SELECT (100 * pg_stat_get_tuples_hot_updated('" + table
                     + "'::regclass) / pg_stat_get_tuples_updated('" + table
                     + "'::regclass))::int"));
  }

  std::optional<test_schema> schema_ = {};
};

TEST_F(postgres_lists, go_by_indexes) {
  open(schema_->options());
  EXPECT_THAT(plan("SELECT * FROM position WHERE mint = '\\x01' AND units > 0"),
              HasSubstr("position_mint"));
  for (auto condition :
       {"symbol ILIKE 'dog'", "symbol ILIKE 'do%'", "name ILIKE 'd%'",
        "symbol ILIKE '%dog%' OR name ILIKE '%dog%'"})
    EXPECT_THAT(plan(std::string{"SELECT * FROM token WHERE "} + condition),
                HasSubstr("token_text"))
      << condition;
  EXPECT_THAT(plan("SELECT jpos FROM trade WHERE mint = '\\x01' AND jpos < 9 "
                   "ORDER BY jpos DESC LIMIT 5"),
              HasSubstr("Index"));
}

TEST_F(postgres_lists, cost_no_index_entry_when_a_state_changes) {
  auto store = open(schema_->options());
  ASSERT_TRUE(store->take_over());
  auto id = store->identity();
  auto rounds = 30;
  for (auto round = 0; round < rounds; ++round) {
    checkpoint(*store, messages::projection::wallet, [&](auto& x) {
      for (auto i = uint64_t{0}; i < 5; ++i) {
        x.positions.push_back(sample_position(sample_key_in(i * 1'000, 1, id),
                                              sample_key(1), sample_key(3), 2));
        x.positions.back().position.units = round;
      }
    });
    checkpoint(*store, messages::projection::token, [&](auto& x) {
      x.tokens.push_back(sample_token(sample_key_in(1, 1, id), 1));
      x.tokens.back().last_trade_at = round;
    });
  }
  // All, but for those that found their page full before it was pruned.
  EXPECT_GT(hot_updates("position"), 80);
  EXPECT_GT(hot_updates("token"), 80);
}

TEST_F(postgres_lists, of_an_older_store_are_there_after_a_migration) {
  make_old_store(*schema_, 6);
  schema_->query(
    "INSERT INTO token SELECT '\\x" + std::string(64, '1')
    + "', hash, quote_mint, 'A dog of old', symbol, uri, quote_mint, "
      "0, 1, 1, 0, false, NULL, 0, '' FROM (VALUES (1, '\\x"
    + std::string(64, '2')
    + "'::bytea, 's', 'u')) x (hash, quote_mint, symbol, uri)");
  auto done = adapters::migrate_postgres(schema_->options());
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(done->token_search_indexed);
  auto store = open(schema_->options());
  EXPECT_EQ(store->search_tokens({"dog", 5})->size(), 1U);
}

TEST_F(postgres_lists, end_when_the_server_takes_too_long) {
  auto options = schema_->options();
  auto owner = open(options);
  options.statement_timeout = std::chrono::milliseconds{50};
  auto store = open(options);
  auto blocker = pqxx::connection{schema_->options().url};
  auto tx = std::make_unique<pqxx::work>(blocker);
  tx->exec("LOCK TABLE " + schema_->options().schema
           + ".token IN ACCESS EXCLUSIVE MODE");
  auto late = store->search_tokens({"dog", 5});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, domain::errc::store_unavailable);
  EXPECT_THAT(late.error().what, HasSubstr("statement timeout"));
  tx.reset();
  EXPECT_TRUE(store->search_tokens({"dog", 5}));
}

/// A database of its own whose owner of the store may create nothing but in its
/// schema.
class postgres_without_extension : public postgres_lists {
protected:
  void SetUp() override {
    postgres_lists::SetUp();
    if (!schema_)
      return;
    name_ = schema_->options().schema;
    at_server("CREATE DATABASE " + name_);
    at_server("CREATE ROLE " + name_ + " LOGIN");
    options_ = schema_->options();
    options_.url += "&dbname=" + name_;
    at_database("CREATE SCHEMA " + name_ + " AUTHORIZATION " + name_);
    options_.url += "&user=" + name_;
  }

  void TearDown() override {
    if (name_.empty())
      return;
    at_server("DROP DATABASE " + name_ + " WITH (FORCE)");
    at_server("DROP ROLE " + name_);
  }

  static void run(const std::string& url, const std::string& sql) {
    auto connection = pqxx::connection{url};
    pqxx::nontransaction{connection}.exec(sql);
  }

  void at_server(const std::string& sql) {
    run(schema_->options().url, sql);
  }

  void at_database(const std::string& sql) {
    run(schema_->options().url + "&dbname=" + name_, sql);
  }

  std::string name_ = {};
  adapters::postgres_options options_ = {};
};

TEST_F(postgres_without_extension, tokens_are_found_all_the_same) {
  auto done = adapters::migrate_postgres(options_);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_FALSE(done->token_search_indexed);
  auto store = open(options_);
  ASSERT_TRUE(store->take_over());
  auto id = store->identity();
  checkpoint(*store, messages::projection::token, [&](auto& x) {
    x.tokens.push_back(sample_token(sample_key_in(1, 1, id), 1));
    x.tokens.back().name = "A dog";
  });
  EXPECT_EQ(store->search_tokens({"dog", 5})->size(), 1U);

  // An administrator brings it, into whatever schema.
  at_database("CREATE SCHEMA elsewhere; CREATE EXTENSION pg_trgm SCHEMA "
              "elsewhere");
  EXPECT_FALSE(adapters::migrate_postgres(options_)->token_search_indexed)
    << "the role may not use that schema";
  at_database("GRANT USAGE ON SCHEMA elsewhere TO PUBLIC");
  EXPECT_TRUE(adapters::migrate_postgres(options_)->token_search_indexed);
  EXPECT_TRUE(adapters::migrate_postgres(options_)->token_search_indexed);
  EXPECT_EQ(store->search_tokens({"dog", 5})->size(), 1U);
}

TEST_F(postgres_without_extension, who_may_create_it_does) {
  at_database("GRANT CREATE ON DATABASE " + name_ + " TO " + name_);
  auto done = adapters::migrate_postgres(options_);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(done->token_search_indexed);
}

} // namespace

} // namespace pumpscope::test
