// What the server reads when a partition is loaded: its rows, and not those of
// all others. 64 of them start together.

#include "adapters/postgres/postgres_store.hpp"
#include "tests/adapters/postgres/test_schema.hpp"
#include "tests/support/sample_rows.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>

namespace pumpscope::test {

namespace {

using messages::projection;

constexpr auto rows_max = 30'000;

class postgres_visits : public testing::Test {
protected:
  void SetUp() override {
    if (!test_server())
      GTEST_SKIP() << "no server; script/lib/servers.py starts one";
    schema_.emplace();
    store_states();
  }

  [[nodiscard]] std::unique_ptr<messages::store> open() const {
    auto options = schema_->options();
    options.partitions = 64;
    auto opened = adapters::open_postgres(options);
    if (!opened)
      throw std::runtime_error(opened.error().what);
    return std::move(*opened);
  }

  /// A row of each table in partition 0, and as many more in all of them, whose
  /// order in the tables is not that of their keys.
  void store_states() {
    auto store = open();
    ASSERT_TRUE(store->take_over());
    auto head = *store->read_head();
    auto key = sample_key_in(0, 0, store->identity());
    auto cursors = *store->read_cursors();
    for (auto& cursor : cursors) {
      if (cursor.partition != 0)
        continue;
      auto x = checkpoint_after(head, cursor, head.jpos);
      if (cursor.kind == projection::wallet) {
        x.wallets.push_back(sample_wallet(key, 1));
        x.positions.push_back(
          sample_position(key, sample_key(1), sample_key(3), 1));
      } else {
        x.candles.push_back(
          sample_candle(key, sample_key(3), domain::interval::m1, 60, 1));
      }
      ASSERT_EQ(*store->commit_checkpoint(x),
                messages::commit_outcome::committed);
    }
    auto numbers = "generate_series(1, " + std::to_string(rows_max) + ") i";
    auto new_key = std::string{"sha256(i::text::bytea), "};
    auto hash = std::string{"(i % 1024)::smallint, "};
    schema_->query("INSERT INTO wallet SELECT " + new_key + hash
                   + "realized, state, extra FROM wallet, " + numbers);
    schema_->query("INSERT INTO position SELECT " + new_key
                   + "sha256((i % 500)::text::bytea), quote_mint, " + hash
                   + "1, realized, state, lots FROM position, " + numbers);
    schema_->query("INSERT INTO candle SELECT " + new_key
                   + "quote_mint, length, open_time, " + hash
                   + "state FROM candle, " + numbers);
    schema_->query("ANALYZE wallet, position, candle");
  }

  /// Rows that the server looked at in a table.
  int64_t looked_at(const std::string& table) {
    return std::stoll(schema_->query("SELECT seq_tup_read + idx_tup_fetch FROM "
                                     "pg_stat_user_tables WHERE relid = '"
                                     + table + "'::regclass"));
  }

  /// The same while a new store reads, for each row that it gets.
  template <class F>
  double looked_at_per_row(const std::string& table, F read) {
    auto before = looked_at(table);
    auto rows = 0;
    auto store = open();
    auto done = read(*store, [&rows](const auto&) { ++rows; });
    EXPECT_TRUE(done) << done.error().what;
    schema_->end_connections();
    return static_cast<double>(looked_at(table) - before) / rows;
  }

  std::optional<test_schema> schema_ = {};
};

TEST_F(postgres_visits, look_at_the_rows_of_a_partition) {
  EXPECT_LE(
    looked_at_per_row(
      "wallet", [](auto& store, auto f) { return store.visit_wallets(0, f); }),
    2);
  EXPECT_LE(looked_at_per_row(
              "position",
              [](auto& store, auto f) { return store.visit_positions(0, f); }),
            2);
  EXPECT_LE(looked_at_per_row(
              "position",
              [](auto& store, auto f) { return store.visit_holders(0, f); }),
            2);
  EXPECT_LE(looked_at_per_row(
              "candle",
              [](auto& store, auto f) { return store.visit_candles(0, 0, f); }),
            2);
}

} // namespace

} // namespace pumpscope::test
