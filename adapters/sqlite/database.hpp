#pragma once

#include "messages/store.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace pumpscope::adapters::sqlite {

/// Thrown within this folder only; `sqlite_store` turns it into a result.
using failure = messages::store_failure;

class database;

/// A text parameter, as opposed to a blob.
struct text_value {
  std::string_view value = {};
};

/// A prepared statement on loan from its connection: reset and given back by
/// the destructor, so that a visitor that throws leaves no open cursor.
class statement {
public:
  statement(database& owner, std::string_view sql, sqlite3_stmt* handle);
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;
  ~statement();

  /// Binds parameters from the first on. Blobs and texts are NOT copied: they
  /// must outlive the next `run` or the last `step`.
  /// Throws `errc::overflow` for an unsigned value of 2^63 or more.
  template <class... Ts>
  statement& bind(const Ts&... values) {
    auto index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }

  /// Steps; returns whether there is a row.
  bool step();

  /// Runs a statement that gives no row, ready to be bound again.
  void run();

  /// Ends a cursor, ready to be bound again.
  void reset();

  [[nodiscard]] int64_t integer(int column) const;
  [[nodiscard]] uint64_t unsigned_integer(int column) const;
  /// Valid until the next `step`.
  [[nodiscard]] std::string_view blob(int column) const;

private:
  void bind_one(int index, int64_t value);
  void bind_one(int index, uint64_t value);
  void bind_one(int index, uint32_t value) {
    bind_one(index, static_cast<int64_t>(value));
  }
  void bind_one(int index, std::string_view blob);
  void bind_one(int index, text_value text);
  void check(int code) const;

  database& owner_;
  std::string_view sql_;
  sqlite3_stmt* handle_;
};

/// One connection with its statements. All errors name the file.
class database {
public:
  /// How to open the file.
  enum class mode : uint8_t {
    /// Read and write an existing file.
    existing,
    /// Also creates it.
    create,
    /// Read only.
    read_only,
    /// Read only what nobody can change: needs no log and no lock beside it.
    immutable,
  };

  /// Opens a file or `:memory:`.
  database(std::string path, mode how);
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  ~database();

  /// Lends a prepared statement. `sql` must be a literal: it is kept as key.
  statement prepare(std::string_view sql);

  /// Runs statements without parameters and results.
  void execute(const std::string& sql);

  /// Runs a statement that gives one integer; 0 when it gives none.
  int64_t query_integer(const std::string& sql);

  /// Runs a statement that gives one text; empty when it gives none.
  std::string query_text(const std::string& sql);

  /// Waits for the disk at each commit, or only when the log is copied.
  void set_synchronous(bool full);

  /// Tells whether a transaction is open.
  [[nodiscard]] bool in_transaction() const;

  /// Rows that the last statement changed.
  [[nodiscard]] int64_t changes() const;

  [[nodiscard]] const std::string& path() const {
    return path_;
  }

  [[nodiscard]] bool in_memory() const {
    return path_ == ":memory:";
  }

  /// Throws what `code` of this connection means.
  [[noreturn]] void fail(int code) const;

  /// Serializes the views of one `:memory:` store, which share a connection.
  /// Recursive, because a visitor may call the store.
  std::recursive_mutex mutex = {};

private:
  friend class statement;

  template <class F>
  auto query(const std::string& sql, F&& read);

  std::string path_;
  sqlite3* handle_ = nullptr;
  bool synchronous_full_ = false;
  /// Statements that nobody uses now. Bound: one per literal, and one more per
  /// level of nested visits.
  std::map<const char*, std::vector<sqlite3_stmt*>> idle_ = {};
};

/// A transaction that is rolled back unless it is committed.
class transaction {
public:
  enum class kind : uint8_t { read, write };

  /// A read transaction within another transaction is part of it; so is any
  /// in `:memory:`, where the mutex gives the consistent view.
  transaction(database& db, kind what);
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  ~transaction();

  void commit();

private:
  database& db_;
  bool open_ = false;
};

} // namespace pumpscope::adapters::sqlite
