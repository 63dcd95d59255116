#include "adapters/sqlite/sqlite_store.hpp"

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/inbox.hpp"
#include "adapters/sqlite/journal_reader.hpp"
#include "adapters/sqlite/journal_writer.hpp"
#include "adapters/sqlite/key_history.hpp"
#include "adapters/sqlite/list_reader.hpp"
#include "adapters/sqlite/process_lock.hpp"
#include "adapters/sqlite/schema.hpp"
#include "adapters/sqlite/search_reader.hpp"
#include "adapters/sqlite/state_reader.hpp"
#include "adapters/sqlite/state_writer.hpp"
#include "messages/store_checks.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <filesystem>
#include <random>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace pumpscope::adapters {

namespace {

using namespace messages;
using domain::errc;
using sqlite::database;
using sqlite::failure;

/// A store over one connection. Exceptions of the classes behind it end here.
class sqlite_store : public store {
public:
  /// `lock` is null for a view without ownership.
  sqlite_store(std::shared_ptr<database> db, store_identity id,
               sqlite_options options,
               std::shared_ptr<sqlite::process_lock> lock)
    : lock_(std::move(lock)),
      db_(std::move(db)),
      id_(id),
      options_(std::move(options)),
      journal_writer_(*db_, id),
      state_writer_(*db_),
      inbox_(*db_),
      journal_(*db_, id),
      states_(*db_, id),
      lists_(*db_, id),
      searches_(*db_, id) {
  }

  [[nodiscard]] store_identity identity() const override {
    return id_;
  }

  using store::take_over;

  store_result<head_row> take_over(uint64_t held) override {
    return write<head_row>(true,
                           [&] { return journal_writer_.take_over(held); });
  }

  store_result<head_row> read_head() override {
    return call([this] { return sqlite::load_head(*db_); });
  }

  store_result<commit_outcome> commit_epoch(const epoch& x) override {
    if (auto checked = check_epoch(x); !checked)
      return tl::make_unexpected(checked.error());
    return write<commit_outcome>(true,
                                 [&] { return journal_writer_.commit(x); });
  }

  store_result<commit_outcome> commit_checkpoint(const checkpoint& x) override {
    auto outcomes = commit_states(std::array{&x});
    if (!outcomes)
      return tl::make_unexpected(outcomes.error());
    return outcomes->front();
  }

  store_result<std::vector<commit_outcome>>
  commit_checkpoints(std::span<const checkpoint_ptr> xs) override {
    auto pointers = std::vector<const checkpoint*>{};
    pointers.reserve(xs.size());
    for (auto& x : xs)
      pointers.push_back(x.get());
    return commit_states(pointers);
  }

  store_result<std::vector<cursor_row>> read_cursors() override {
    return call([this] { return states_.read_cursors(); });
  }

  store_result<journal_rows> load_tail(projection kind, uint32_t partition,
                                       uint64_t after, uint64_t up_to,
                                       size_t rows_max) override {
    if (auto known = check_partition(partition, id_); !known)
      return tl::make_unexpected(known.error());
    return call([&] {
      return journal_.load_tail(kind, partition, after, up_to, rows_max);
    });
  }

  store_result<std::unique_ptr<messages::history>>
  open_history(projection kind, const domain::pubkey& key,
               uint64_t up_to) override {
    return std::make_unique<history>(*this, kind, key, up_to);
  }

  store_result<journal_rows> load_slot(uint64_t slot) override {
    return call([&] { return journal_.load_slot(slot); });
  }

  store_result<journal_rows> load_journal(uint64_t after, uint64_t up_to,
                                          size_t rows_max) override {
    return call([&] { return journal_.load_journal(after, up_to, rows_max); });
  }

  store_result<void> visit_journal(
    const std::function<void(const domain::trade&)>& on_trade,
    const std::function<void(const domain::token_event&)>& on_event) override {
    return call([&] { journal_.visit(on_trade, on_event); });
  }

  store_result<std::vector<wallet_state_rows>>
  load_wallets(std::span<const domain::pubkey> wallets) override {
    return call([&] { return states_.load_wallets(wallets); });
  }

  store_result<std::vector<std::optional<token_row>>>
  load_tokens(std::span<const domain::pubkey> mints) override {
    return call([&] { return states_.load_tokens(mints); });
  }

  store_result<void>
  visit_wallets(uint32_t partition,
                const std::function<void(const wallet_row&)>& f) override {
    return visit(partition, [&] { states_.visit_wallets(partition, f); });
  }

  store_result<void>
  visit_positions(uint32_t partition,
                  const std::function<void(const position_row&)>& f) override {
    return visit(partition, [&] { states_.visit_positions(partition, f); });
  }

  store_result<void>
  visit_holders(uint32_t partition,
                const std::function<void(const holders_row&)>& f) override {
    return visit(partition, [&] { states_.visit_holders(partition, f); });
  }

  store_result<void> visit_wallet_buckets(
    uint32_t partition,
    const std::function<void(const domain::wallet_bucket&)>& f) override {
    return visit(partition,
                 [&] { states_.visit_wallet_buckets(partition, f); });
  }

  store_result<void>
  visit_tokens(uint32_t partition,
               const std::function<void(const token_row&)>& f) override {
    return visit(partition, [&] { states_.visit_tokens(partition, f); });
  }

  store_result<void>
  visit_candles(uint32_t partition, int64_t since,
                const std::function<void(const candle_row&)>& f) override {
    return visit(partition,
                 [&] { states_.visit_candles(partition, since, f); });
  }

  store_result<std::vector<bool>>
  contains(std::span<const domain::chain_position> keys) override {
    return call([&] { return journal_.contains(keys); });
  }

  store_result<std::vector<slot_row>> load_slots(uint64_t from,
                                                 uint64_t to) override {
    return call([&] { return journal_.load_slots(from, to); });
  }

  store_result<std::vector<slot_row>> load_last_slots(size_t count) override {
    return call([&] { return journal_.load_last_slots(count); });
  }

  store_result<std::vector<pool_row>> load_pools() override {
    return call([&] { return journal_.load_pools(); });
  }

  store_result<std::vector<gap_row>> load_gaps(bool open_only) override {
    return call([&] { return journal_.load_gaps(open_only); });
  }

  store_result<std::vector<repair_row>> load_repairs(projection kind) override {
    return call([&] { return journal_.load_repairs(kind); });
  }

  store_result<std::vector<domain::dead_letter>>
  load_dead_letters(std::optional<domain::chain_position> after,
                    size_t count) override {
    return call([&] { return journal_.load_dead_letters(after, count); });
  }

  store_result<void> record_audit(const messages::audit_row& x) override {
    return write<void>(false, [&] { journal_writer_.record(x); });
  }

  store_result<std::vector<messages::audit_row>>
  load_audit(size_t count) override {
    return call([&] { return journal_.load_audit(count); });
  }

  store_result<std::optional<uint64_t>>
  append_inbox(std::span<const std::string> payloads,
               const inbox_limits& limits) override {
    return write_inbox<std::optional<uint64_t>>(
      [&] { return inbox_.append(payloads, limits); });
  }

  store_result<std::vector<inbox_row>>
  load_inbox(uint64_t after, size_t rows_max, size_t bytes_max) override {
    return call([&] { return inbox_.load(after, rows_max, bytes_max); });
  }

  store_result<void> remove_inbox(uint64_t up_to) override {
    return write_inbox<void>([&] { inbox_.remove(up_to); });
  }

  store_result<inbox_size> read_inbox_size() override {
    return call([this] { return inbox_.size(); });
  }

  store_result<std::unique_ptr<store>> open_inbox() override;

  store_result<trade_list> load_trades(const trade_query& x) override {
    return ask(x, [&] { return lists_.load_trades(x); });
  }

  store_result<std::vector<candle_row>>
  load_candles(const candle_query& x) override {
    return ask(x, [&] { return lists_.load_candles(x); });
  }

  store_result<std::vector<position_row>>
  load_holders(const holders_query& x) override {
    return ask(x, [&] { return lists_.load_holders(x); });
  }

  store_result<std::vector<token_row>>
  search_tokens(const token_search& x) override {
    return ask(x, [&] { return searches_.search_tokens(x); });
  }

  store_result<std::vector<domain::pubkey>>
  search_wallets(std::string_view address_prefix, size_t rows_max) override {
    if (auto checked = check_wallet_search(address_prefix, rows_max); !checked)
      return tl::make_unexpected(checked.error());
    return call(
      [&] { return searches_.search_wallets(address_prefix, rows_max); });
  }

  store_result<store_counts> counts() override {
    return call([this] { return journal_.counts(); });
  }

  store_result<std::unique_ptr<store>> reader() override;

private:
  class history : public messages::history {
  public:
    history(sqlite_store& owner, projection kind, const domain::pubkey& key,
            uint64_t up_to)
      : owner_(owner), rows_(*owner.db_, owner.id_, kind, key, up_to) {
    }

    store_result<journal_rows> next(size_t rows_max) override {
      return owner_.call([&] { return rows_.next(rows_max); });
    }

  private:
    sqlite_store& owner_;
    sqlite::key_history rows_;
  };

  /// Runs `f` and turns what it throws into an error.
  template <class F>
  auto call(F&& f) -> store_result<decltype(f())> {
    auto guard = std::lock_guard{db_->mutex};
    try {
      if constexpr (std::is_void_v<decltype(f())>) {
        f();
        return {};
      } else {
        return f();
      }
    } catch (const failure& e) {
      return tl::make_unexpected(e.error);
    }
  }

  /// Runs `f`, which writes. `journal`: the caller publishes what it commits,
  /// so it must survive a power loss where the owner wants that.
  template <class T, class F>
  store_result<T> write(bool journal, F&& f) {
    if (options_.access != sqlite_access::owner)
      return refuse_write();
    return call([&]() -> T {
      db_->set_synchronous(
        journal && options_.durability == sqlite_durability::power_loss);
      return f();
    });
  }

  /// The same for what needs no owner.
  template <class T, class F>
  store_result<T> write_inbox(F&& f) {
    if (options_.access == sqlite_access::read_only)
      return refuse_write();
    return call([&]() -> T {
      db_->set_synchronous(options_.durability
                           == sqlite_durability::power_loss);
      return f();
    });
  }

  [[nodiscard]] tl::unexpected<store_error> refuse_write() const {
    return tl::make_unexpected(store_error{
      errc::internal, db_->path() + " was opened for reading only"});
  }

  /// Runs `f` when the query is within its bounds.
  template <class Query, class F>
  auto ask(const Query& x, F&& f) -> store_result<decltype(f())> {
    if (auto checked = check_query(x); !checked)
      return tl::make_unexpected(checked.error());
    return call(std::forward<F>(f));
  }

  template <class F>
  store_result<void> visit(uint32_t partition, F&& f) {
    if (auto known = check_partition(partition, id_); !known)
      return known;
    return call(std::forward<F>(f));
  }

  store_result<std::vector<commit_outcome>>
  commit_states(std::span<const checkpoint* const> xs) {
    for (auto x : xs)
      if (auto checked = check_checkpoint(*x, id_); !checked)
        return tl::make_unexpected(checked.error());
    return write<std::vector<commit_outcome>>(
      false, [&] { return state_writer_.commit(xs); });
  }

  /// Released last: nobody else may open the file before it is closed.
  std::shared_ptr<sqlite::process_lock> lock_;
  std::shared_ptr<database> db_;
  store_identity id_;
  sqlite_options options_;
  sqlite::journal_writer journal_writer_;
  sqlite::state_writer state_writer_;
  sqlite::inbox inbox_;
  sqlite::journal_reader journal_;
  sqlite::state_reader states_;
  sqlite::list_reader lists_;
  sqlite::search_reader searches_;
};

/// Sets what a connection forgets when it is closed.
void tune(database& db, const sqlite_options& options) {
  auto pages = options.wal_bytes / options.page_bytes;
  db.execute("PRAGMA cache_size = -"
             + std::to_string(options.cache_bytes / 1'024));
  db.execute("PRAGMA wal_autocheckpoint = " + std::to_string(pages));
  // Deleted rows need not be wiped, and wiping costs writes.
  db.execute("PRAGMA secure_delete = OFF");
  if (options.access == sqlite_access::read_only)
    db.execute("PRAGMA query_only = ON");
}

/// Tells whether SQLite can make its files beside a store for reading.
bool is_on_read_only_disk(const std::string& path) {
  auto folder = std::filesystem::path{path}.parent_path();
  return ::access(folder.empty() ? "." : folder.c_str(), W_OK) != 0
         && errno == EROFS;
}

/// How to open a store for reading. Nobody can change what lies on a read-only
/// disk; but a log that was not worked in is out of reach there.
database::mode reading_mode(const std::string& path) {
  auto error = std::error_code{};
  if (!std::filesystem::exists(path, error) || !is_on_read_only_disk(path))
    return database::mode::read_only;
  auto log = std::filesystem::file_size(path + "-wal", error);
  if (!error && log > 0)
    throw failure{{errc::store_unavailable,
                   path
                     + " has an open log and lies on a read-only disk: copy "
                       "it elsewhere together with its -wal file"}};
  return database::mode::immutable;
}

/// Opens another connection to an existing file for reading.
std::unique_ptr<store> open_view(const std::string& path,
                                 sqlite_options options,
                                 std::shared_ptr<sqlite::process_lock> lock) {
  options.access = sqlite_access::read_only;
  auto db = std::make_shared<database>(path, reading_mode(path));
  tune(*db, options);
  // It ends with the connection; reads are parts of it.
  if (options.one_snapshot)
    db->execute("BEGIN");
  auto id = sqlite::read_identity(*db);
  if (!id)
    throw failure{
      {errc::store_unavailable, path + " is not a pumpscope store"}};
  return std::make_unique<sqlite_store>(std::move(db), *id, options,
                                        std::move(lock));
}

store_result<std::unique_ptr<store>> sqlite_store::reader() {
  return call([this]() -> std::unique_ptr<store> {
    if (!db_->in_memory())
      return open_view(db_->path(), options_, nullptr);
    auto options = options_;
    options.access = sqlite_access::read_only;
    return std::make_unique<sqlite_store>(db_, id_, options, lock_);
  });
}

store_result<std::unique_ptr<store>> sqlite_store::open_inbox() {
  if (options_.access == sqlite_access::read_only)
    return refuse_write();
  return call([this]() -> std::unique_ptr<store> {
    auto options = options_;
    options.access = sqlite_access::inbox;
    auto db = db_;
    if (!db_->in_memory()) {
      db = std::make_shared<database>(db_->path(), database::mode::existing);
      tune(*db, options);
      db->execute("PRAGMA synchronous = NORMAL");
    }
    return std::make_unique<sqlite_store>(std::move(db), id_, options, lock_);
  });
}

uint64_t random_seed() {
  auto device = std::random_device{};
  return static_cast<uint64_t>(device()) << 32 | device();
}

std::unique_ptr<store> open_owned(const std::string& path,
                                  const sqlite_options& options,
                                  std::shared_ptr<sqlite::process_lock> lock) {
  auto how = options.create ? database::mode::create : database::mode::existing;
  auto db = std::make_shared<database>(path, how);
  auto id = sqlite::read_identity(*db);
  if (!id)
    // Both must come before the first page is written.
    db->execute("PRAGMA page_size = " + std::to_string(options.page_bytes));
  if (!db->in_memory() && db->query_text("PRAGMA journal_mode = WAL") != "wal")
    throw failure{
      {errc::store_unavailable, "cannot use a write-ahead log for " + path}};
  tune(*db, options);
  db->execute("PRAGMA synchronous = NORMAL");
  if (!id || id->version < sqlite::schema_version) {
    auto seed = options.hash_seed ? *options.hash_seed : random_seed();
    sqlite::migrate(*db, {options.partitions, seed});
    id = sqlite::read_identity(*db);
  }
  return std::make_unique<sqlite_store>(std::move(db), *id, options,
                                        std::move(lock));
}

/// Returns what is wrong with the options; empty when nothing is.
std::string find_problem(const std::string& path, const sqlite_options& x) {
  constexpr auto mebibyte = uint64_t{1} << 20U;
  if (path.empty())
    return "the path of the store is empty";
  if (path == ":memory:" && x.access == sqlite_access::read_only)
    return "a store in memory cannot be opened for reading only";
  if (!std::has_single_bit(x.partitions) || x.partitions > 64)
    return "partitions must be a power of two from 1 to 64";
  if (!std::has_single_bit(x.page_bytes) || x.page_bytes < 512
      || x.page_bytes > 65'536)
    return "the page size must be a power of two from 512 to 65536 bytes";
  if (x.cache_bytes < mebibyte || x.cache_bytes > 65'536 * mebibyte)
    return "the page cache must be from 1 MiB to 64 GiB";
  if (x.wal_bytes < mebibyte || x.wal_bytes > 4'096 * mebibyte)
    return "the write-ahead log must be from 1 MiB to 4 GiB";
  return {};
}

/// Names the file the same way whatever way leads to it: the lock depends on
/// it.
std::string canonical(const std::string& path) {
  auto error = std::error_code{};
  auto result = std::filesystem::weakly_canonical(path, error);
  return error ? path : result.string();
}

} // namespace

store_result<std::unique_ptr<store>>
open_sqlite(const std::string& path, const sqlite_options& options) {
  if (auto problem = find_problem(path, options); !problem.empty())
    return tl::make_unexpected(
      store_error{errc::invalid_config, std::move(problem)});
  try {
    if (path == ":memory:")
      return open_owned(path, options, nullptr);
    auto file = canonical(path);
    auto create = options.create && options.access == sqlite_access::owner;
    auto error = std::error_code{};
    if (!create && !std::filesystem::exists(file, error))
      return tl::make_unexpected(
        store_error{errc::store_unavailable, file + " does not exist"});
    if (std::filesystem::is_directory(file, error))
      return tl::make_unexpected(
        store_error{errc::store_unavailable, file + " is a folder"});
    if (options.access == sqlite_access::read_only)
      return open_view(file, options, nullptr);
    return open_owned(file, options,
                      std::make_shared<sqlite::process_lock>(file));
  } catch (const failure& e) {
    return tl::make_unexpected(e.error);
  }
}

} // namespace pumpscope::adapters
