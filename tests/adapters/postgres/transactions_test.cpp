// Transactions whose client says nothing any more: frozen, or cut off between a
// statement and its COMMIT.

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/postgres_store.hpp"
#include "tests/adapters/postgres/test_schema.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

namespace pumpscope::test {

namespace {

using namespace std::chrono_literals;
using adapters::postgres::session;

class postgres_transactions : public testing::Test {
protected:
  void SetUp() override {
    if (!test_server())
      GTEST_SKIP() << "no server; script/lib/servers.py starts one";
    schema_.emplace();
    auto opened = adapters::open_postgres(schema_->options());
    if (!opened)
      throw std::runtime_error(opened.error().what);
  }

  [[nodiscard]] adapters::postgres_options
  options(std::chrono::milliseconds idle_timeout) const {
    auto result = schema_->options();
    result.patience = 1min;
    result.idle_timeout = idle_timeout;
    return result;
  }

  /// Waits until the server has ended this connection.
  void await_end_of(int process) const {
    schema_->query("DO $$ BEGIN "
                   "FOR i IN 1..3000 LOOP "
                   "PERFORM pg_stat_clear_snapshot(); "
                   "IF NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = "
                   + std::to_string(process)
                   + ") THEN RETURN; END IF; "
                     "PERFORM pg_sleep(0.01); END LOOP; "
                     "RAISE 'the server waits for its client'; END $$");
  }

  static int process_of(pqxx::transaction_base& tx) {
    return tx.exec1("SELECT pg_backend_pid()")[0].as<int>();
  }

  static std::string setting(pqxx::transaction_base& tx,
                             const std::string& name) {
    return tx.exec1("SHOW " + name)[0].as<std::string>();
  }

  std::optional<test_schema> schema_ = {};
};

TEST_F(postgres_transactions, of_a_silent_client_hold_nobody_up) {
  auto old_owner = session{options(100ms)};
  auto attempts = 0;
  old_owner.write([&](pqxx::work& tx) {
    tx.exec("UPDATE head SET jpos = jpos + 1");
    if (++attempts > 1)
      return;
    await_end_of(process_of(tx));
    // Nobody has the row.
    EXPECT_EQ(schema_->query("SELECT jpos FROM head FOR UPDATE NOWAIT"), "0");
  });
  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(schema_->query("SELECT jpos FROM head"), "1");
}

TEST_F(postgres_transactions, begin_again_at_any_of_their_statements) {
  auto from = session{options(100ms)};
  auto attempts = 0;
  from.write([&](pqxx::work& tx) {
    tx.exec("UPDATE head SET jpos = jpos + 1");
    if (++attempts == 1)
      await_end_of(process_of(tx));
    tx.exec("UPDATE head SET jpos = jpos + 1");
  });
  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(schema_->query("SELECT jpos FROM head"), "2");
}

TEST_F(postgres_transactions, that_fill_pages_may_think) {
  auto from = session{options(100ms)};
  from.read_once([](pqxx::transaction_base& tx) {
    EXPECT_EQ(setting(tx, "idle_in_transaction_session_timeout"), "1min");
  });
  from.visit([](pqxx::transaction_base& tx) {
    EXPECT_EQ(setting(tx, "idle_in_transaction_session_timeout"), "1min");
  });
  from.write([](pqxx::transaction_base& tx) {
    EXPECT_EQ(setting(tx, "idle_in_transaction_session_timeout"), "100ms");
  });
}

TEST_F(postgres_transactions, are_missed_where_their_machine_is_gone) {
  auto from = session{options(100ms)};
  from.read([](pqxx::transaction_base& tx) {
    EXPECT_EQ(setting(tx, "tcp_keepalives_idle"), "2");
    EXPECT_EQ(setting(tx, "tcp_keepalives_interval"), "1");
    EXPECT_EQ(setting(tx, "tcp_keepalives_count"), "3");
  });
}

} // namespace

} // namespace pumpscope::test
