#include "adapters/sqlite/sqlite_store.hpp"

#include "adapters/sqlite/key_history.hpp"
#include "tests/support/sample_rows.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <sqlite3.h>
#include <string>
#include <thread>
#include <unistd.h>

using namespace pumpscope;
using namespace pumpscope::test;
namespace sqlite = pumpscope::adapters::sqlite;
using adapters::open_sqlite;
using adapters::sqlite_options;
using domain::errc;
using messages::commit_outcome;
using testing::HasSubstr;

namespace {

/// Opens a store that must open.
std::unique_ptr<messages::store> open(const std::string& path,
                                      const sqlite_options& options = {}) {
  auto result = open_sqlite(path, options);
  if (!result)
    throw std::runtime_error(result.error().what);
  return std::move(*result);
}

/// Expects that a store does not open, and returns why.
messages::store_error refusal(const std::string& path,
                              const sqlite_options& options = {}) {
  auto result = open_sqlite(path, options);
  EXPECT_FALSE(result) << path;
  return result ? messages::store_error{errc::none, {}} : result.error();
}

/// Runs SQL behind the back of the store.
void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
    << sqlite3_errmsg(db);
  sqlite3_close(db);
}

/// Returns an epoch of `count` trades in the slot of its number.
messages::epoch trades_after(const messages::head_row& head, uint32_t count) {
  auto x = epoch_after(head);
  for (auto i = 0U; i < count; ++i)
    add_trade(x, {x.after.epoch, i, 1}, sample_key(i % 7), sample_key(i % 3));
  return x;
}

TEST(sqlite_store, keeps_what_was_fixed_at_creation) {
  auto folder = temporary_folder{};
  auto options = sqlite_options{};
  options.partitions = 8;
  options.hash_seed = ~uint64_t{0};
  open(folder.file("a"), options);
  options.partitions = 16;
  options.hash_seed = 5;
  auto id = open(folder.file("a"), options)->identity();
  EXPECT_EQ(id.partitions, 8U);
  EXPECT_EQ(id.hash_seed, ~uint64_t{0});
  EXPECT_EQ(id.version, 4U);
  auto seed = open(folder.file("b"))->identity().hash_seed;
  EXPECT_NE(seed, open(folder.file("c"))->identity().hash_seed);
  EXPECT_EQ(seed, open(folder.file("b"))->identity().hash_seed);
}

TEST(sqlite_store, refuses_options_outside_their_range) {
  auto expect_invalid = [](auto&& change) {
    auto options = sqlite_options{};
    change(options);
    EXPECT_EQ(refusal(":memory:", options).code, errc::invalid_config);
  };
  expect_invalid([](auto& x) { x.partitions = 0; });
  expect_invalid([](auto& x) { x.partitions = 3; });
  expect_invalid([](auto& x) { x.partitions = 128; });
  expect_invalid([](auto& x) { x.page_bytes = 1'000; });
  expect_invalid([](auto& x) { x.page_bytes = 131'072; });
  expect_invalid([](auto& x) { x.cache_bytes = 1'000; });
  expect_invalid([](auto& x) { x.wal_bytes = 1'000; });
  expect_invalid(
    [](auto& x) { x.access = adapters::sqlite_access::read_only; });
  EXPECT_EQ(refusal("").code, errc::invalid_config);
}

TEST(sqlite_store, refuses_a_store_of_a_newer_version_naming_both) {
  auto folder = temporary_folder{};
  auto path = folder.file("store.db");
  open(path);
  run_sql(path, "PRAGMA user_version = 42");
  auto error = refusal(path);
  EXPECT_EQ(error.code, errc::store_version);
  EXPECT_THAT(error.what, HasSubstr(path));
  EXPECT_THAT(error.what, HasSubstr("version 42"));
  EXPECT_THAT(error.what, HasSubstr("version 4"));
}

TEST(sqlite_store, of_an_older_version_finds_its_tokens_once_it_is_owned) {
  auto folder = temporary_folder{};
  auto path = folder.file("store.db");
  {
    auto store = open(path);
    auto head = *store->take_over();
    auto x = messages::checkpoint{};
    x.fence = head.fence;
    auto row = sample_token(sample_key(1), 1);
    row.name = "A dog of old";
    x.after.kind = x.before.kind = messages::projection::token;
    auto id = store->identity();
    x.after.partition = x.before.partition
      = domain::partition_of(row.mint, id.hash_seed, id.partitions);
    x.tokens = {row};
    ASSERT_EQ(*store->commit_checkpoint(x), commit_outcome::committed);
  }
  // As version 3 left it.
  run_sql(path, "DROP TABLE token_text; PRAGMA user_version = 3");
  auto options = sqlite_options{};
  options.access = adapters::sqlite_access::read_only;
  {
    auto reader = open(path, options);
    auto refused = reader->search_tokens({"dog", 5});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::store_version);
    EXPECT_TRUE(reader->load_trades({}));
  }
  EXPECT_EQ(open(path)->search_tokens({"dog", 5})->size(), 1U);
  EXPECT_EQ(open(path, options)->search_tokens({"dog", 5})->size(), 1U);
}

TEST(sqlite_store, one_snapshot_is_of_the_moment_of_opening) {
  auto folder = temporary_folder{};
  auto path = folder.file("store.db");
  auto owner = open(path);
  auto head = *owner->take_over();
  auto options = sqlite_options{};
  options.access = adapters::sqlite_access::read_only;
  options.one_snapshot = true;
  auto store = open(path, options);

  auto x = epoch_after(head);
  add_trade(x, {1, 1, 1}, sample_key(1), sample_key(2));
  ASSERT_EQ(*owner->commit_epoch(x), commit_outcome::committed);
  EXPECT_EQ(store->read_head()->epoch, 0U);
  auto visited = 0;
  auto count = [&](auto&) { ++visited; };
  EXPECT_TRUE(store->visit_journal(count, count));
  EXPECT_EQ(visited, 0);
  EXPECT_EQ(open(path, options)->read_head()->epoch, 1U);
}

TEST(sqlite_store, finds_holders_of_a_coin_with_very_many_trades) {
  // So many that all positions are read instead of the coin's trades.
  auto store = open(":memory:");
  auto head = *store->take_over();
  auto mint = sample_key(1);
  auto wallet = sample_key(2);
  for (auto epoch = 0U; epoch < 41; ++epoch) {
    auto x = epoch_after(head);
    for (auto i = 0U; i < 5'000; ++i)
      add_trade(x, {epoch, i, 1}, wallet, mint);
    ASSERT_EQ(*store->commit_epoch(x), commit_outcome::committed);
    head = x.after;
  }
  auto x = messages::checkpoint{};
  x.fence = head.fence;
  auto id = store->identity();
  x.after.partition = x.before.partition
    = domain::partition_of(wallet, id.hash_seed, id.partitions);
  for (auto quote : {sample_key(3), sample_key(4)}) {
    x.positions.push_back(sample_position(wallet, mint, quote, 2));
    x.positions.back().position.units = quote == sample_key(3) ? 5 : 0;
  }
  x.positions.push_back(
    sample_position(wallet, sample_key(9), sample_key(3), 2));
  x.positions.back().position.units = 6;
  ASSERT_EQ(*store->commit_checkpoint(x), commit_outcome::committed);
  auto holders = *store->load_holders({mint, 9});
  ASSERT_EQ(holders.size(), 1U);
  EXPECT_EQ(holders[0].position.units, 5);
  // A page from the middle of a segment that covers them all.
  auto page = *store->load_trades(
    {.mint = mint, .before_jpos = 100'000, .rows_max = 3});
  ASSERT_EQ(page.trades.size(), 3U);
  EXPECT_EQ(page.trades[0].jpos, 99'999U);
  EXPECT_EQ(page.next_before, 99'997U);
  // One of many chunks of the index.
  page = *store->load_trades(
    {.mint = mint, .before_jpos = 100'000, .rows_max = 5'000});
  ASSERT_EQ(page.trades.size(), 5'000U);
  EXPECT_EQ(page.trades.back().jpos, 95'000U);
  EXPECT_EQ(page.next_before, 95'000U);
}

TEST(sqlite_store, refuses_what_is_no_store) {
  auto folder = temporary_folder{};
  auto text = folder.file("text");
  std::ofstream{text} << std::string(8'192, 'x');
  EXPECT_EQ(refusal(text).code, errc::store_unavailable);
  EXPECT_THAT(refusal(text).what, HasSubstr(text));
  auto other = folder.file("other");
  run_sql(other, "CREATE TABLE t (x)");
  EXPECT_EQ(refusal(other).code, errc::store_unavailable);
  EXPECT_THAT(refusal(other).what, HasSubstr("another program"));
  EXPECT_THAT(refusal(folder.file(".")).what, HasSubstr("folder"));
}

TEST(sqlite_store, refuses_a_damaged_file_naming_it) {
  auto folder = temporary_folder{};
  auto path = folder.file("store.db");
  {
    auto store = open(path);
    auto head = *store->take_over();
    for (auto i = 0; i < 20; ++i) {
      auto x = trades_after(head, 100);
      ASSERT_EQ(store->commit_epoch(x), commit_outcome::committed);
      head = x.after;
    }
  }
  auto size = std::filesystem::file_size(path);
  auto random = std::mt19937{5};
  {
    auto file = std::fstream{path, std::ios::in | std::ios::out};
    file.seekp(16'384);
    for (auto i = size_t{16'384}; i < size; ++i)
      file.put(static_cast<char>(random()));
  }
  // Where the damage is noticed depends on the page that is read.
  auto opened = open_sqlite(path);
  auto error = messages::store_error{};
  if (!opened) {
    error = opened.error();
  } else {
    auto ignore = [](const auto&) {};
    auto visited = (*opened)->visit_journal(ignore, ignore);
    ASSERT_FALSE(visited);
    error = visited.error();
  }
  EXPECT_EQ(error.code, errc::store_unavailable);
  EXPECT_THAT(error.what, HasSubstr(path));
  EXPECT_THAT(error.what, HasSubstr("damaged"));
}

TEST(sqlite_store, names_a_row_whose_body_is_damaged) {
  auto folder = temporary_folder{};
  auto path = folder.file("store.db");
  {
    auto store = open(path);
    auto x = trades_after(*store->take_over(), 3);
    ASSERT_EQ(store->commit_epoch(x), commit_outcome::committed);
  }
  run_sql(path, "UPDATE journal SET body = x'00' WHERE jpos = 2");
  auto store = open(path);
  auto rows = store->load_journal(0, 9, 9);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, errc::blob_corrupt);
  EXPECT_THAT(rows.error().what, HasSubstr("journal row 2"));
  EXPECT_THAT(rows.error().what, HasSubstr(path));
}

TEST(sqlite_store, refuses_to_create_where_it_must_not_or_cannot) {
  auto folder = temporary_folder{};
  auto options = sqlite_options{};
  options.create = false;
  auto path = folder.file("store.db");
  EXPECT_THAT(refusal(path, options).what, HasSubstr(path));
  EXPECT_FALSE(std::filesystem::exists(path));
  auto missing = folder.file("no/such/folder/store.db");
  EXPECT_EQ(refusal(missing).code, errc::store_unavailable);
  EXPECT_THAT(refusal(missing).what, HasSubstr(missing));
  // Nobody can create files here, not even root.
  auto unwritable = std::string{"/proc/self/store.db"};
  EXPECT_EQ(refusal(unwritable).code, errc::store_unavailable);
  EXPECT_THAT(refusal(unwritable).what, HasSubstr("store.db"));
}

TEST(sqlite_store, a_second_owner_is_refused_until_the_first_is_gone) {
  auto folder = temporary_folder{};
  auto path = folder.file("store.db");
  auto first = open(path);
  auto error = refusal(path);
  EXPECT_EQ(error.code, errc::store_locked);
  EXPECT_THAT(error.what, HasSubstr(path));
  EXPECT_THAT(error.what, HasSubstr(std::to_string(::getpid())));
  // Another way to the same file.
  std::filesystem::create_symlink(path, folder.file("link"));
  EXPECT_EQ(refusal(folder.file("link")).code, errc::store_locked);
  first.reset();
  EXPECT_TRUE(open_sqlite(path));
}

TEST(sqlite_store, the_lock_ends_with_a_process_that_is_killed) {
  auto folder = temporary_folder{};
  auto path = folder.file("store.db");
  int ready[2] = {};
  ASSERT_EQ(::pipe(ready), 0);
  auto child = ::fork();
  if (child == 0) {
    auto store = open_sqlite(path);
    auto byte = store ? 'y' : 'n';
    (void)!::write(ready[1], &byte, 1);
    ::pause();
    ::_exit(0);
  }
  auto byte = '\0';
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_EQ(refusal(path).code, errc::store_locked);
  EXPECT_THAT(refusal(path).what, HasSubstr(std::to_string(child)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(open_sqlite(path));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(sqlite_store, opens_for_reading_beside_an_owner) {
  auto folder = temporary_folder{};
  auto path = folder.file("store.db");
  auto owner = open(path);
  auto options = sqlite_options{};
  options.access = adapters::sqlite_access::read_only;
  auto view = open(path, options);
  auto x = trades_after(*owner->take_over(), 5);
  ASSERT_EQ(owner->commit_epoch(x), commit_outcome::committed);
  EXPECT_EQ(view->counts()->trades, 5U);
  auto refused = view->take_over();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("reading"));
  // The owner may go and come back.
  owner.reset();
  EXPECT_EQ(view->counts()->trades, 5U);
  owner = open(path);
  EXPECT_EQ(view->read_head()->fence, 1U);
}

TEST(sqlite_store, readers_of_a_store_in_memory_outlive_it) {
  auto owner = open(":memory:");
  auto reader = std::move(*owner->reader());
  auto x = trades_after(*owner->take_over(), 5);
  ASSERT_EQ(owner->commit_epoch(x), commit_outcome::committed);
  owner.reset();
  EXPECT_EQ(reader->counts()->trades, 5U);
  EXPECT_FALSE(reader->take_over());
}

TEST(sqlite_store, a_slot_that_no_chain_reaches_is_refused_not_wrapped) {
  auto store = open(":memory:");
  auto x = epoch_after(*store->take_over());
  add_trade(x, {uint64_t{1} << 63U, 0, 0}, sample_key(1), sample_key(2));
  auto result = store->commit_epoch(x);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, errc::overflow);
  EXPECT_EQ(store->counts()->trades, 0U);
}

TEST(sqlite_store, finds_rows_through_runs_that_were_merged_twice) {
  // 300 epochs: 16 * 16 single runs become one, the rest stay in two levels.
  auto store = open(":memory:");
  auto head = *store->take_over();
  auto expected = size_t{0};
  for (auto i = 0U; i < 300; ++i) {
    auto x = epoch_after(head);
    for (auto j = 0U; j < 4; ++j)
      add_trade(x, {i, j, 0}, sample_key(j == 0 ? 1 : i), sample_key(j));
    expected += i == 1 ? 4 : 1;
    ASSERT_EQ(store->commit_epoch(x), commit_outcome::committed);
    head = x.after;
  }
  auto history = store->load_history(messages::projection::wallet,
                                     sample_key(1), 1'200);
  ASSERT_TRUE(history);
  EXPECT_EQ(history->trades.size(), expected);
  for (auto i = 2U; i < 300; ++i)
    EXPECT_EQ(
      store->load_history(messages::projection::wallet, sample_key(i), 1'200)
        ->trades.size(),
      3U);
}

TEST(sqlite_store, a_long_history_is_read_in_chunks) {
  auto folder = temporary_folder{};
  auto path = folder.file("store.db");
  auto store = *open_sqlite(path);
  auto head = *store->take_over();
  for (auto i = 0U; i < 60; ++i) {
    auto x = epoch_after(head);
    // Every fourth one goes back by 30 slots, some below all before.
    auto slot = i % 4 == 3 ? uint64_t{i} + 70 : uint64_t{i} + 100;
    add_trade(x, {slot, i, 0}, sample_key(1), sample_key(2));
    add_trade(x, {slot, i, 1}, sample_key(3), sample_key(2));
    ASSERT_EQ(store->commit_epoch(x), commit_outcome::committed);
    head = x.after;
  }
  auto db = sqlite::database{path, sqlite::database::mode::read_only};
  auto sut = sqlite::key_history{
    db, store->identity(), messages::projection::wallet, sample_key(1), 118, 5};
  auto positions = std::vector<domain::chain_position>{};
  for (auto page = sut.next(7); !page.trades.empty(); page = sut.next(7))
    for (auto& row : page.trades)
      positions.push_back(row.position);
  EXPECT_EQ(positions.size(), 59U);
  EXPECT_TRUE(std::is_sorted(positions.begin(), positions.end()));
}

TEST(sqlite_store, an_epoch_that_was_rolled_back_leaves_no_trace_in_the_index) {
  auto store = open(":memory:");
  auto head = *store->take_over();
  for (auto i = 0U; i < 40; ++i) {
    auto x = epoch_after(head);
    add_trade(x, {1, i, 0}, sample_key(1), sample_key(2));
    auto doubled = x;
    add_trade(doubled, {1, i, 0}, sample_key(1), sample_key(2));
    ASSERT_FALSE(store->commit_epoch(doubled));
    // The rows are in, the violation comes after them.
    auto resolved = x;
    resolved.dead_letters_resolved = {{9, 9, 9}};
    ASSERT_FALSE(store->commit_epoch(resolved));
    ASSERT_EQ(store->commit_epoch(x), commit_outcome::committed);
    head = x.after;
  }
  auto history = store->load_history(messages::projection::wallet,
                                     sample_key(1), 40);
  ASSERT_TRUE(history) << history.error().what;
  EXPECT_EQ(history->trades.size(), 40U);
}

TEST(sqlite_store, a_full_disk_is_named_and_nothing_of_the_epoch_stays) {
  auto folder = temporary_folder{};
  auto path = folder.file("store.db");
  auto child = ::fork();
  if (child == 0) {
    // In a process of its own: the limit cannot be raised again.
    std::signal(SIGXFSZ, SIG_IGN);
    auto code = [&] {
      auto store = open_sqlite(path);
      if (!store)
        return 1;
      auto head = *(*store)->take_over();
      auto limit = rlimit{4U << 20U, RLIM_INFINITY};
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 2;
      for (auto i = 0; i < 200; ++i) {
        auto x = trades_after(head, 200);
        auto outcome = (*store)->commit_epoch(x);
        if (outcome) {
          head = x.after;
          continue;
        }
        if (outcome.error().code != errc::store_unavailable
            || outcome.error().what.find(path) == std::string::npos)
          return 3;
        // Reading still works, and space makes writing work again.
        if ((*store)->read_head() != head
            || (*store)->counts()->trades != head.jpos)
          return 4;
        limit.rlim_cur = RLIM_INFINITY;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        return (*store)->commit_epoch(x) == commit_outcome::committed ? 0 : 5;
      }
      return 6;
    }();
    ::_exit(code);
  }
  auto status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  auto store = open(path);
  EXPECT_EQ(store->counts()->trades, store->read_head()->jpos);
}

/// Commits epochs and checkpoints until it is killed, and writes a byte to
/// `progress` after each. Row counts make a torn
/// epoch visible: epoch n has 1 + n % 50 trades.
[[noreturn]] void commit_forever(const std::string& path, int progress) {
  auto store = open_sqlite(path);
  if (!store)
    ::_exit(1);
  auto head = *(*store)->take_over();
  for (;;) {
    auto epoch = head.epoch + 1;
    auto x = trades_after(head, static_cast<uint32_t>(1 + epoch % 50));
    x.slots = {sample_slot(epoch)};
    if ((*store)->commit_epoch(x) != commit_outcome::committed)
      ::_exit(2);
    head = x.after;
    auto id = (*store)->identity();
    auto partition = static_cast<uint32_t>(epoch % id.partitions);
    auto cursors = (*store)->read_cursors();
    auto y = checkpoint_after(head, (*cursors)[partition], head.jpos);
    y.wallets = {sample_wallet(sample_key_in(0, partition, id),
                               static_cast<int>(head.jpos % 1'000))};
    y.wallets[0].totals.trades = head.jpos;
    if ((*store)->commit_checkpoint(y) != commit_outcome::committed)
      ::_exit(3);
    (void)!::write(progress, "", 1);
  }
}

TEST(sqlite_store, a_kill_at_any_time_leaves_whole_epochs_and_checkpoints) {
  auto folder = temporary_folder{};
  auto path = folder.file("store.db");
  auto seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  auto random = std::mt19937{seed};
  auto epochs = uint64_t{0};
  for (auto round = 0; round < 12; ++round) {
    int progress[2] = {};
    ASSERT_EQ(::pipe(progress), 0);
    auto child = ::fork();
    if (child == 0)
      commit_forever(path, progress[1]);
    ::close(progress[1]);
    auto byte = '\0';
    for (auto commits = random() % 60; commits > 0; --commits)
      ASSERT_EQ(::read(progress[0], &byte, 1), 1);
    // Somewhere within the next commit or two, not right after one.
    ::usleep(static_cast<useconds_t>(random() % 8'000));
    ::kill(child, SIGKILL);
    auto status = 0;
    ::waitpid(child, &status, 0);
    ::close(progress[0]);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    auto store = open(path);
    auto head = *store->read_head();
    ASSERT_GE(head.epoch, epochs);
    epochs = head.epoch;
    auto expected = uint64_t{0};
    for (auto i = uint64_t{1}; i <= head.epoch; ++i)
      expected += 1 + i % 50;
    auto counts = *store->counts();
    EXPECT_EQ(head.jpos, expected);
    EXPECT_EQ(counts.trades, expected);
    EXPECT_EQ(counts.max_jpos, expected);
    EXPECT_EQ(counts.slots, head.epoch);
    auto visited = uint64_t{0};
    ASSERT_TRUE(store->visit_journal([&](const domain::trade&) { ++visited; },
                                     [](const domain::token_event&) {}));
    EXPECT_EQ(visited, expected);
    auto indexed = size_t{0};
    for (auto partition = 0U; partition < 64; ++partition)
      indexed += store
                   ->load_tail(messages::projection::wallet, partition, 0,
                               head.jpos, ~size_t{0})
                   ->trades.size();
    EXPECT_EQ(indexed, expected);
    // A cursor is as old as the states that were written with it.
    auto cursors = *store->read_cursors();
    for (auto partition = 0U; partition < 64; ++partition) {
      auto stored = uint64_t{0};
      ASSERT_TRUE(store->visit_wallets(
        partition, [&](const auto& row) { stored = row.totals.trades; }));
      EXPECT_EQ(cursors[partition].jpos, stored);
      EXPECT_LE(stored, head.jpos);
    }
  }
  EXPECT_GT(epochs, 12U);
}

} // namespace
