// Old rows of a store in PostgreSQL are dropped, and nobody misses them:
// states, repairs, audit and verify go on from the baseline.

#include "actors/audit_key.hpp"
#include "adapters/postgres/postgres_store.hpp"
#include "messages/ledger_as_of.hpp"
#include "runtime/dump.hpp"
#include "runtime/node.hpp"
#include "runtime/verify.hpp"
#include "tests/adapters/postgres/test_schema.hpp"
#include "tests/runtime/filled_store.hpp"
#include "tests/support/sample_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <set>
#include <thread>

namespace pumpscope::test {

namespace {

using adapters::open_postgres;
using adapters::retain_postgres;
using messages::commit_outcome;
using messages::projection;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Slots of one partition here.
constexpr uint64_t width = 50;

/// A source that is at its end: what a pipeline does without one.
class no_source : public messages::source {
public:
  [[nodiscard]] std::string name() const override {
    return "none";
  }
  void resume_from(uint64_t) override {
    // Nothing comes from anywhere.
  }
  messages::read_status read(messages::raw_batch&,
                             std::chrono::milliseconds) override {
    return messages::read_status::end;
  }
  [[nodiscard]] std::string last_error() const override {
    return {};
  }
  [[nodiscard]] uint64_t bytes_read() const override {
    return 0;
  }
  [[nodiscard]] uint64_t bytes_total() const override {
    return 0;
  }
  void cancel() override {
    // It never waits.
  }
};

int64_t time_of(const row& x) {
  return std::visit([](const auto& y) { return y.block_time; }, x);
}

/// Rows over about two weeks; some positions and tokens are of the first one
/// only.
std::vector<row> weeks_of_rows(uint64_t seed) {
  return make_history({.seed = seed,
                       .rows = 2'000,
                       .wallets = 30,
                       .mints = 15,
                       .step_max = 4'000});
}

/// A store of its own with rows in many partitions.
class filled_schema {
public:
  explicit filled_schema(const std::vector<row>& rows) {
    auto store = open();
    auto last = place_of(rows.back()).slot;
    auto low = std::string{"NULL"};
    for (auto bound = width; bound < last + width; bound += width) {
      auto high = std::to_string(bound);
      schema_.query("CREATE TABLE trade_to_" + high
                    + " (LIKE trade INCLUDING ALL EXCLUDING INDEXES); "
                      "SELECT add_trade_partition("
                    + low + ", " + high + ")");
      low = high;
    }
    fill(*store, rows);
    schema_.query(
      "INSERT INTO slot SELECT s, s - 1, (SELECT max(block_time) FROM trade "
      "WHERE slot <= s), 0, 0, 0, 0, 0, 0 FROM generate_series((SELECT "
      "min(slot) FROM trade), "
      + std::to_string(last)
      + ") s; UPDATE head SET first_slot = 1, sealed_slot = "
      + std::to_string(last) + "; UPDATE cursor SET published_jpos = jpos");
  }

  [[nodiscard]] std::unique_ptr<messages::store> open() const {
    return must(open_postgres(schema_.options()));
  }

  [[nodiscard]] const test_schema& schema() const {
    return schema_;
  }

  [[nodiscard]] adapters::retention_settings settings() const {
    auto result = adapters::retention_settings{};
    result.fence = std::stoull(schema_.query("SELECT fence FROM head"));
    result.wallets_max = 2;
    result.tokens_max = 1;
    return result;
  }

  messages::store_result<adapters::retention_report>
  retain(const std::function<bool()>& stopped = {}) const {
    return retain_postgres(schema_.options(), settings(), stopped);
  }

  /// Drops all that may go; returns where the journal begins then.
  messages::retention_row retain_all() const {
    for (auto i = 0; i < 100; ++i)
      if (auto report = must(retain()); !report.dropped)
        return report.retention;
    throw std::runtime_error("there is no end of it");
  }

  /// Has a pipeline do the repairs that are open.
  void repair() const {
    auto store = std::shared_ptr<messages::store>{open()};
    auto parts = actors::pipeline_parts{};
    parts.writer_store = store;
    parts.reader_store = must(store->reader());
    parts.make_source = [] { return std::make_shared<no_source>(); };
    auto config = runtime::pipeline_config({}, store->identity().partitions);
    // Histories come in pages, and for many there is no room at first.
    config.partition.history_rows_max = 50;
    auto running = runtime::node{std::move(config), std::move(parts), 1};
    while (!running.wait(std::chrono::seconds{1}))
      continue;
    auto ended = running.result();
    if (!ended)
      throw std::runtime_error(ended.error().what);
    EXPECT_EQ(schema_.query("SELECT count(*) FROM repair"), "0");
  }

  /// Everything that a store can be asked for, but the rows themselves.
  [[nodiscard]] std::string dumps() const {
    auto store = open();
    auto text = std::string{};
    auto add = [&](runtime::dump_request request) {
      auto done = runtime::dump(*store, request,
                                [&](std::string_view x) { text += x; });
      if (!done)
        throw std::runtime_error(done.error().what);
    };
    for (auto kind :
         {runtime::dump_kind::positions, runtime::dump_kind::wallets,
          runtime::dump_kind::candles, runtime::dump_kind::metrics})
      add({.kind = kind});
    for (auto window : {board_window::h24, board_window::d7, board_window::all})
      for (auto by : {board_by::net, board_by::losses})
        add({runtime::dump_kind::leaderboard, window, by});
    return text;
  }

  runtime::verify_report verified() const {
    auto store = open();
    auto report = runtime::verify(*store);
    if (!report)
      throw std::runtime_error(report.error().what);
    EXPECT_THAT(report->mismatch_lines, IsEmpty());
    EXPECT_EQ(report->mismatches, 0U);
    return *report;
  }

  /// Journals a trade behind the chain, as the sequencer does with a late one.
  messages::store_result<commit_outcome> add_late(trade x) const {
    auto store = open();
    auto epoch = epoch_after(must(store->take_over()));
    x.jpos = ++epoch.after.jpos;
    epoch.trades.push_back(x);
    epoch.repairs.push_back({projection::wallet, x.wallet, x.jpos});
    epoch.repairs.push_back({projection::token, x.mint, x.jpos});
    return store->commit_epoch(epoch);
  }

private:
  test_schema schema_ = {};
};

class retention : public testing::Test {
protected:
  void SetUp() override {
    if (!test_server())
      GTEST_SKIP() << "no server; script/lib/servers.py starts one";
  }

  /// A sell of a wallet and mint that have rows, with a place of its own.
  static trade late_trade(const std::vector<row>& rows, uint64_t slot) {
    auto like = std::optional<trade>{};
    auto time = int64_t{0};
    for (auto& x : rows) {
      if (place_of(x).slot > slot)
        break;
      time = time_of(x);
      if (auto found = std::get_if<trade>(&x))
        like = *found;
    }
    auto result = like.value();
    result.position = {slot, 1'000'000, 7};
    result.block_time = time;
    result.side = trade_side::sell;
    return result;
  }

  std::atomic<bool> passes_ended_ = false;
};

TEST_F(retention, leaves_all_that_can_be_asked_for_as_it_was) {
  for (auto seed : {1U, 2U}) {
    auto rows = weeks_of_rows(seed);
    auto sut = filled_schema{rows};
    auto before = sut.dumps();
    auto counted = sut.verified();

    auto retained = sut.retain_all();

    EXPECT_GT(retained.pass, 1U) << "several baselines stand on each other";
    EXPECT_GT(retained.dropped_trades, 300U);
    EXPECT_GT(retained.dropped_token_events, 5U);
    EXPECT_EQ(sut.dumps(), before);
    auto after = sut.verified();
    EXPECT_EQ(after.retention, retained);
    EXPECT_EQ(after.trades + retained.dropped_trades, counted.trades);
    EXPECT_EQ(after.max_jpos, counted.max_jpos);
    EXPECT_GT(after.candles, 0U);
    EXPECT_GT(after.candles_below, 0U);
    EXPECT_EQ(after.candles + after.candles_below, counted.candles);
    // Nothing that the longest window needs is gone.
    EXPECT_GT(time_of(rows.back()) - retained.start_time, 9 * 86'400);
    EXPECT_EQ(sut.schema().query("SELECT min(slot) >= "
                                 + std::to_string(retained.start_slot)
                                 + " FROM journal"),
              "t");
    // One row a key: those of earlier passes are cleaned up.
    EXPECT_EQ(sut.schema().query("SELECT count(*) = count(DISTINCT wallet) "
                                 "FROM baseline_wallet"),
              "t");
  }
}

TEST_F(retention, leaves_the_ledgers_of_slots_above_as_they_were) {
  auto rows = weeks_of_rows(3);
  auto sut = filled_schema{rows};
  auto twin = filled_schema{rows};
  auto start = sut.retain_all().start_slot;
  ASSERT_GT(start, width);
  auto store = sut.open();
  auto whole = twin.open();
  auto wallets = std::set<pubkey>{};
  for (auto& x : rows)
    if (auto found = std::get_if<trade>(&x))
      wallets.insert(found->wallet);
  auto last = place_of(rows.back()).slot;
  for (auto& wallet : wallets) {
    // The baseline has all up to the slot before the first one that is left.
    for (auto slot : {start - 1, start, (start + last) / 2, last}) {
      auto ledger = must(messages::load_ledger_as_of(*store, wallet, slot));
      auto expected = must(messages::load_ledger_as_of(*whole, wallet, slot));
      EXPECT_EQ(ledger.totals(), expected.totals());
      ASSERT_EQ(ledger.size(), expected.size());
      for (size_t i = 0; i < ledger.size(); ++i)
        EXPECT_EQ(*expected.find(ledger.at(i).key), ledger.at(i));
    }
    for (auto slot : {uint64_t{0}, start - 2}) {
      auto refused = messages::load_ledger_as_of(*store, wallet, slot);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, domain::errc::below_retention);
    }
  }
}

TEST_F(retention, is_seen_by_verify_when_a_row_is_missing_besides) {
  auto sut = filled_schema{weeks_of_rows(4)};
  ASSERT_GT(sut.retain_all().pass, 0U);
  sut.schema().query(
    "DELETE FROM trade WHERE jpos = (SELECT max(jpos) - 100 FROM trade)");
  auto store = sut.open();
  auto report = runtime::verify(*store);
  ASSERT_TRUE(report);
  EXPECT_GT(report->mismatches, 0U);
}

TEST_F(retention, lets_a_late_row_above_the_baseline_be_repaired) {
  auto rows = weeks_of_rows(5);
  auto sut = filled_schema{rows};
  auto twin = filled_schema{rows};
  auto start = sut.retain_all().start_slot;
  ASSERT_GT(start, width);
  auto late = late_trade(rows, start + 3);

  for (auto* x : {&sut, &twin}) {
    EXPECT_EQ(must(x->add_late(late)), commit_outcome::committed);
    x->repair();
  }

  EXPECT_EQ(sut.dumps(), twin.dumps());
  sut.verified();
  twin.verified();
}

TEST_F(retention, makes_every_key_again_from_its_baseline) {
  auto rows = weeks_of_rows(6);
  auto sut = filled_schema{rows};
  auto before = sut.dumps();
  ASSERT_GT(sut.retain_all().pass, 0U);
  // As the auditor asks for when a state is wrong.
  sut.schema().query(
    "INSERT INTO repair SELECT 0, wallet, (SELECT jpos FROM head) FROM wallet; "
    "INSERT INTO repair SELECT 1, mint, (SELECT jpos FROM head) FROM token; "
    "UPDATE position SET units = units + 1; UPDATE wallet SET realized = 7; "
    "UPDATE cursor SET jpos = jpos - 1, published_jpos = jpos - 1");

  sut.repair();

  EXPECT_EQ(sut.dumps(), before);
  sut.verified();
}

TEST_F(retention, lets_the_audit_find_what_is_wrong_and_nothing_else) {
  auto rows = weeks_of_rows(7);
  auto sut = filled_schema{rows};
  ASSERT_GT(sut.retain_all().pass, 0U);
  auto store = sut.open();
  auto audit = [&](projection kind, const pubkey& key) {
    return must(actors::audit_key(*store, kind, key, 100'000));
  };
  auto wallets = std::set<pubkey>{};
  auto mints = std::set<pubkey>{};
  for (auto& x : rows)
    if (auto found = std::get_if<trade>(&x)) {
      wallets.insert(found->wallet);
      mints.insert(found->mint);
    }
  for (auto& wallet : wallets) {
    auto result = audit(projection::wallet, wallet);
    EXPECT_EQ(result.outcome, actors::audit_outcome::equal) << result.what;
  }
  for (auto& mint : mints) {
    auto result = audit(projection::token, mint);
    EXPECT_EQ(result.outcome, actors::audit_outcome::equal) << result.what;
  }
  sut.schema().query("UPDATE wallet SET realized = realized + 1");
  EXPECT_EQ(audit(projection::wallet, *wallets.begin()).outcome,
            actors::audit_outcome::different);
}

TEST_F(retention, makes_the_server_refuse_rows_below) {
  auto rows = weeks_of_rows(8);
  auto sut = filled_schema{rows};
  auto retained = sut.retain_all();
  auto before = sut.dumps();
  auto below = sut.add_late(late_trade(rows, retained.start_slot - 1));
  ASSERT_FALSE(below);
  EXPECT_EQ(below.error().code, errc::internal);
  EXPECT_THAT(below.error().what, HasSubstr("retained_"));
  auto older = late_trade(rows, retained.start_slot + 1);
  older.block_time = retained.start_time - 1;
  EXPECT_FALSE(sut.add_late(older));
  EXPECT_EQ(sut.dumps(), before);
  sut.verified();
}

TEST_F(retention, goes_on_after_it_was_stopped_or_cut_at_any_batch) {
  auto rows = weeks_of_rows(9);
  auto whole = filled_schema{rows};
  whole.retain_all();
  auto sut = filled_schema{rows};
  auto& options = sut.schema().options();
  auto batches = 0;
  for (auto i = 0;; ++i) {
    ASSERT_LT(i, 500);
    auto asked = 0;
    auto report = sut.retain([&] {
      ++batches;
      if (++asked != 2)
        return false;
      // In turn: told to stop, and killed with all its connections.
      if (i % 2 == 0)
        return true;
      sut.schema().query("SELECT count(pg_terminate_backend(pid, 5000)) FROM "
                         "pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                         "application_name = '"
                         + options.schema + "'");
      return false;
    });
    if (report && !report->dropped && report->held_by.empty() && asked == 0)
      break;
  }
  EXPECT_GT(batches, 20);
  EXPECT_EQ(must(sut.open()->read_retention()),
            must(whole.open()->read_retention()));
  EXPECT_EQ(sut.dumps(), whole.dumps());
  sut.verified();
  auto content = "SELECT md5(string_agg(wallet::text || state::text, '' ORDER "
                 "BY wallet)) FROM baseline_wallet";
  EXPECT_EQ(sut.schema().query(content), whole.schema().query(content));
  content = "SELECT md5(string_agg(mint::text || extra::text, '' ORDER BY "
            "mint)) FROM baseline_token";
  EXPECT_EQ(sut.schema().query(content), whole.schema().query(content));
}

TEST_F(retention, is_refused_to_who_is_not_the_owner_any_more) {
  auto sut = filled_schema{weeks_of_rows(10)};
  auto store = sut.open();
  auto mine = sut.settings();
  auto asked = 0;
  auto report = must(retain_postgres(sut.schema().options(), mine, [&] {
    // Behind some batches another one comes.
    if (++asked == 3)
      must(store->take_over());
    return false;
  }));
  EXPECT_TRUE(report.fenced);
  EXPECT_FALSE(report.dropped);
  EXPECT_EQ(asked, 3);
  report = must(retain_postgres(sut.schema().options(), mine));
  EXPECT_TRUE(report.fenced);
  EXPECT_EQ(must(store->read_retention()).pass, 0U);
  // Also at the very last step.
  sut.schema().query("UPDATE retention_pass SET done_kind = 2");
  EXPECT_EQ(sut.schema().query("SELECT finish_retention_pass("
                               + std::to_string(mine.fence) + ", 1)"),
            "1");
  sut.schema().query("DELETE FROM retention_pass");
  sut.retain_all();
  sut.verified();
}

TEST_F(retention, begins_again_when_a_row_comes_below_meanwhile) {
  auto rows = weeks_of_rows(11);
  auto sut = filled_schema{rows};
  auto twin = filled_schema{rows};
  auto late = late_trade(rows, 3);
  auto asked = 0;
  auto settings = sut.settings();
  auto report = must(retain_postgres(sut.schema().options(), settings, [&] {
    if (++asked != 3)
      return false;
    must(sut.add_late(late));
    // The fence of whoever added it: it shall not be that what ends the pass.
    sut.schema().query("UPDATE head SET fence = "
                       + std::to_string(settings.fence));
    return false;
  }));
  EXPECT_FALSE(report.dropped);
  report = must(sut.retain());
  EXPECT_FALSE(report.dropped);
  EXPECT_THAT(report.held_by, HasSubstr("folded"));
  sut.schema().query("UPDATE cursor SET fence = (SELECT fence FROM head)");
  sut.repair();
  must(twin.add_late(late));
  twin.repair();

  EXPECT_GT(sut.retain_all().pass, 0U);

  EXPECT_EQ(sut.dumps(), twin.dumps());
  sut.verified();
}

TEST_F(retention, waits_for_what_is_open_below) {
  auto sut = filled_schema{weeks_of_rows(12)};
  auto held_by = [&] { return must(sut.retain()).held_by; };
  auto& schema = sut.schema();
  schema.query("UPDATE cursor SET published_jpos = 1 WHERE kind = 0");
  EXPECT_THAT(held_by(), HasSubstr("published"));
  schema.query("UPDATE cursor SET published_jpos = jpos");
  schema.query(
    "INSERT INTO repair SELECT 0, wallet, jpos FROM trade WHERE slot "
    "= (SELECT min(slot) FROM trade) LIMIT 1");
  EXPECT_THAT(held_by(), HasSubstr("repair"));
  schema.query("DELETE FROM repair");
  // A gap whose end is young.
  schema.query("INSERT INTO gap VALUES (30, 30, 0, 'missing_parent', false); "
               "UPDATE slot SET block_time = block_time + 1000000000 "
               "WHERE slot = 31");
  EXPECT_THAT(held_by(), HasSubstr("gap"));
  schema.query("UPDATE slot SET block_time = block_time - 1000000000 "
               "WHERE slot = 31");
  // An old one below holds nothing, one across a bound holds that bound only.
  schema.query("INSERT INTO gap VALUES (2, 2, 0, 'missing_parent', false), "
               "(40, 60, 0, 'missing_parent', false)");
  auto report = must(sut.retain());
  EXPECT_TRUE(report.dropped);
  EXPECT_EQ(report.retention.start_slot, 2 * width);
  sut.retain_all();
  sut.verified();
}

TEST_F(retention, lets_epochs_wait_for_a_moment_only) {
  auto rows = weeks_of_rows(14);
  auto sut = filled_schema{rows};
  auto& schema = sut.schema();
  // A partition with some weight: copies of a row of it.
  schema.query(
    "INSERT INTO trade SELECT t.jpos + 10000 + g, t.slot, t.tx_index, "
    "t.ix_path + 100 + g, t.block_time, t.wallet_hash, t.mint_hash, t.side, "
    "t.wallet, t.mint, t.quote_mint, t.signature, t.token_units, "
    "t.quote_units, t.body FROM generate_series(1, 50000) g, (SELECT * FROM "
    "trade ORDER BY slot LIMIT 1) t; UPDATE head SET jpos = 100000; "
    "UPDATE cursor SET jpos = 100000, published_jpos = 100000");
  auto store = sut.open();
  auto head = must(store->take_over());
  auto settings = sut.settings();
  settings.wallets_max = 500;
  settings.tokens_max = 50;
  using clock = std::chrono::steady_clock;
  auto commit = [&] {
    auto x = epoch_after(head);
    for (auto i = 1U; i <= 100; ++i) {
      add_trade(x, {head.sealed_slot + 1, i, 1}, key(1), key(2));
      x.trades.back().block_time = head.chain_time;
    }
    ++x.after.sealed_slot;
    auto begin = clock::now();
    EXPECT_EQ(must(store->commit_epoch(x)), commit_outcome::committed);
    head = x.after;
    return std::chrono::duration_cast<std::chrono::microseconds>(clock::now()
                                                                 - begin);
  };
  auto tell = [](const char* when, std::vector<std::chrono::microseconds>& xs) {
    std::sort(xs.begin(), xs.end());
    std::printf("%s: %zu epochs, median %.1f ms, longest %.1f ms\n", when,
                xs.size(), static_cast<double>(xs[xs.size() / 2].count()) / 1e3,
                static_cast<double>(xs.back().count()) / 1e3);
  };
  auto before = std::vector<std::chrono::microseconds>{};
  for (auto i = 0; i < 200; ++i)
    before.push_back(commit());
  auto during = std::vector<std::chrono::microseconds>{};
  auto drops = 0;
  auto passes = std::jthread{[&] {
    for (auto again = true; again;) {
      // A lock that could not be had is waited for the next time.
      auto done = retain_postgres(schema.options(), settings);
      again = !done || done->dropped;
      drops += done && done->dropped ? 1 : 0;
      EXPECT_TRUE(!done || !done->fenced);
    }
    passes_ended_ = true;
  }};
  while (!passes_ended_)
    during.push_back(commit());
  passes.join();
  tell("without retention", before);
  tell("during its passes", during);
  std::printf("%d ranges were dropped meanwhile\n", drops);
  EXPECT_GT(drops, 1);
  EXPECT_LT(during.back(), std::chrono::seconds{2});
}

TEST_F(retention, keeps_the_last_slots_and_days_whatever_happens) {
  auto rows = weeks_of_rows(13);
  auto sut = filled_schema{rows};
  auto settings = sut.settings();
  settings.slots_kept = 100'000;
  auto report = must(retain_postgres(sut.schema().options(), settings));
  EXPECT_FALSE(report.dropped);
  settings = sut.settings();
  settings.age = std::chrono::hours{24 * 365};
  report = must(retain_postgres(sut.schema().options(), settings));
  EXPECT_FALSE(report.dropped);
  // A chain whose time ran ahead: the clock of the server counts as well.
  sut.schema().query("UPDATE head SET chain_time = chain_time + 1000000000");
  settings.age = std::chrono::hours{24 * 3650};
  report = must(retain_postgres(sut.schema().options(), settings));
  EXPECT_FALSE(report.dropped);
}

} // namespace

} // namespace pumpscope::test
