#include "adapters/sqlite/database.hpp"

#include "adapters/sqlite/columns.hpp"

#include <cstring>
#include <sqlite3.h>
#include <utility>

namespace pumpscope::adapters::sqlite {

namespace {

using domain::errc;

/// How long a statement waits for another connection, in milliseconds. Only a
/// reader that recovers the log can make the writer wait.
constexpr int busy_timeout_ms = 10'000;

messages::store_error describe(const std::string& path, int code,
                               const char* text, int system_errno) {
  auto system = system_errno == 0
                  ? std::string{}
                  : std::string{": "} + std::strerror(system_errno);
  switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
      return {errc::internal, "a row exists already in " + path + ": " + text};
    case SQLITE_NOTADB:
      return {errc::store_unavailable, path + " is not a pumpscope store"};
    case SQLITE_CORRUPT:
      return {errc::store_unavailable, path + " is damaged: " + text};
    case SQLITE_FULL:
      return {errc::store_unavailable,
              "cannot write " + path + ": the disk is full"};
    case SQLITE_CANTOPEN:
      return {errc::store_unavailable, "cannot open " + path + system};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {errc::store_unavailable,
              "cannot write " + path + ": no permission"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {errc::store_locked, path + " is locked by another program"};
    case SQLITE_IOERR:
      return {errc::store_unavailable,
              "cannot read or write " + path + system + " (" + text + ")"};
    default:
      return {errc::store_unavailable, path + ": " + text};
  }
}

/// The address of a file that nobody changes, as SQLite wants it.
std::string immutable_uri(const std::string& path) {
  auto result = std::string{"file:"};
  constexpr auto digits = "0123456789ABCDEF";
  for (auto c : path) {
    if (c != '%' && c != '?' && c != '#') {
      result += c;
      continue;
    }
    result += '%';
    result += digits[static_cast<unsigned char>(c) >> 4];
    result += digits[c & 0xF];
  }
  return result + "?immutable=1";
}

} // namespace

statement::statement(database& owner, std::string_view sql,
                     sqlite3_stmt* handle)
  : owner_(owner), sql_(sql), handle_(handle) {
}

statement::~statement() {
  sqlite3_reset(handle_);
  owner_.idle_[sql_.data()].push_back(handle_);
}

bool statement::step() {
  auto code = sqlite3_step(handle_);
  if (code == SQLITE_ROW)
    return true;
  if (code == SQLITE_DONE)
    return false;
  owner_.fail(code);
}

void statement::run() {
  while (step())
    ;
  sqlite3_reset(handle_);
}

void statement::reset() {
  sqlite3_reset(handle_);
}

int64_t statement::integer(int column) const {
  return sqlite3_column_int64(handle_, column);
}

uint64_t statement::unsigned_integer(int column) const {
  return static_cast<uint64_t>(sqlite3_column_int64(handle_, column));
}

std::string_view statement::blob(int column) const {
  auto data = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  auto size = static_cast<size_t>(sqlite3_column_bytes(handle_, column));
  return data == nullptr ? std::string_view{} : std::string_view{data, size};
}

void statement::bind_one(int index, int64_t value) {
  check(sqlite3_bind_int64(handle_, index, value));
}

void statement::bind_one(int index, uint64_t value) {
  if (value > static_cast<uint64_t>(INT64_MAX))
    throw failure{{errc::overflow, "a slot, count or position of "
                                     + std::to_string(value)
                                     + " does not fit into " + owner_.path()}};
  check(sqlite3_bind_int64(handle_, index, static_cast<int64_t>(value)));
}

void statement::bind_one(int index, std::string_view blob) {
  // A null pointer would bind NULL instead of an empty blob.
  auto data = blob.empty() ? "" : blob.data();
  check(sqlite3_bind_blob64(handle_, index, data, blob.size(), SQLITE_STATIC));
}

void statement::bind_one(int index, text_value text) {
  auto data = text.value.empty() ? "" : text.value.data();
  check(sqlite3_bind_text64(handle_, index, data, text.value.size(),
                            SQLITE_STATIC, SQLITE_UTF8));
}

void statement::check(int code) const {
  if (code != SQLITE_OK)
    owner_.fail(code);
}

database::database(std::string path, mode how) : path_(std::move(path)) {
  auto reading = how == mode::read_only || how == mode::immutable;
  auto flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
               | (reading ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE)
               | (how == mode::create ? SQLITE_OPEN_CREATE : 0)
               | (how == mode::immutable ? SQLITE_OPEN_URI : 0);
  auto name = how == mode::immutable ? immutable_uri(path_) : path_;
  auto code = sqlite3_open_v2(name.c_str(), &handle_, flags, nullptr);
  if (code != SQLITE_OK) {
    auto error = describe(path_, code, sqlite3_errstr(code),
                          handle_ ? sqlite3_system_errno(handle_) : 0);
    sqlite3_close_v2(handle_);
    throw failure{std::move(error)};
  }
  if (!reading && sqlite3_db_readonly(handle_, "main") == 1) {
    sqlite3_close_v2(handle_);
    throw failure{describe(path_, SQLITE_READONLY, "", 0)};
  }
  sqlite3_busy_timeout(handle_, busy_timeout_ms);
}

database::~database() {
  for (auto& [sql, statements] : idle_)
    for (auto handle : statements)
      sqlite3_finalize(handle);
  sqlite3_close_v2(handle_);
}

statement database::prepare(std::string_view sql) {
  auto& idle = idle_[sql.data()];
  if (!idle.empty()) {
    auto handle = idle.back();
    idle.pop_back();
    return {*this, sql, handle};
  }
  sqlite3_stmt* handle = nullptr;
  auto code = sqlite3_prepare_v3(handle_, sql.data(),
                                 static_cast<int>(sql.size()),
                                 SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK)
    fail(code);
  return {*this, sql, handle};
}

void database::execute(const std::string& sql) {
  auto code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK)
    fail(code);
}

template <class F>
auto database::query(const std::string& sql, F&& read) {
  sqlite3_stmt* handle = nullptr;
  auto code = sqlite3_prepare_v2(handle_, sql.c_str(), -1, &handle, nullptr);
  if (code != SQLITE_OK)
    fail(code);
  code = sqlite3_step(handle);
  auto result = code == SQLITE_ROW ? read(handle) : decltype(read(handle)){};
  sqlite3_finalize(handle);
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    fail(code);
  return result;
}

int64_t database::query_integer(const std::string& sql) {
  return query(
    sql, [](auto from) -> int64_t { return sqlite3_column_int64(from, 0); });
}

std::string database::query_text(const std::string& sql) {
  return query(sql, [](auto from) -> std::string {
    auto text = reinterpret_cast<const char*>(sqlite3_column_text(from, 0));
    return text == nullptr ? "" : text;
  });
}

void database::set_synchronous(bool full) {
  if (full == synchronous_full_)
    return;
  execute(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  synchronous_full_ = full;
}

bool database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

int64_t database::changes() const {
  return sqlite3_changes64(handle_);
}

void database::fail(int code) const {
  auto system = (code & 0xFF) == SQLITE_IOERR
                    || (code & 0xFF) == SQLITE_CANTOPEN
                  ? sqlite3_system_errno(handle_)
                  : 0;
  throw failure{describe(path_, code, sqlite3_errmsg(handle_), system)};
}

transaction::transaction(database& db, kind what) : db_(db) {
  if (what == kind::read && (db.in_transaction() || db.in_memory()))
    return;
  db.execute(what == kind::read ? "BEGIN" : "BEGIN IMMEDIATE");
  open_ = true;
}

transaction::~transaction() {
  // A full disk may have rolled it back already.
  if (!open_ || !db_.in_transaction())
    return;
  try {
    db_.execute("ROLLBACK");
  } catch (const failure&) {
    // The connection rolls back when it is used or closed next; the cause is
    // on its way to the caller already.
  }
}

void transaction::commit() {
  if (open_)
    db_.execute("COMMIT");
  open_ = false;
}

void fail_damaged(const database& db, std::string_view row) {
  throw failure{
    {errc::blob_corrupt, db.path() + " is damaged: " + std::string{row}}};
}

} // namespace pumpscope::adapters::sqlite
