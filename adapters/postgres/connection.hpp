#pragma once

#include "adapters/postgres/postgres_store.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pumpscope::adapters::postgres {

/// How long the server may work on one statement of a list.
inline constexpr auto list_time_max = std::chrono::milliseconds{5'000};

/// Thrown within this folder only; `postgres_store` turns it into a result.
using failure = messages::store_failure;

/// Returns the options as a connection string of libpq, with our time limits
/// and the search path in it; throws `invalid_config` for a URL or a schema
/// that cannot be one.
std::string connection_text(const postgres_options& options);

/// Returns where a store is, for messages: host, database and schema, never a
/// password.
std::string place_of(const postgres_options& options);

/// Returns the error for what the server refused with an SQLSTATE. Whoever
/// may try again gets `store_unavailable`.
messages::store_error to_error(const std::string& place,
                               std::string_view sqlstate, std::string text);

/// Tells whether what was refused with this SQLSTATE may work a moment later:
/// the server goes down or comes up, has no room, or chose a victim.
bool is_transient(std::string_view sqlstate);

/// A connection for everything but the hot statements. Opens itself with the
/// first use, and again when it broke.
class session {
public:
  explicit session(const postgres_options& options);

  /// Runs `f(pqxx::transaction_base&)` in a read-only snapshot; when the
  /// connection breaks, again from the start, as long as patience lasts.
  template <class F>
  auto read(F&& f) {
    if (options_.one_snapshot)
      return read_frozen(f);
    return patiently(options_.patience, [&] {
      auto tx = snapshot{connection()};
      return f(tx);
    });
  }

  /// The same for what people wait for: neither a statement nor the attempts
  /// take longer than `list_time_max`.
  template <class F>
  auto read_list(F&& f) {
    if (options_.one_snapshot)
      return read_frozen(f);
    return patiently(std::min(options_.patience, list_time_max), [&] {
      auto tx = snapshot{connection()};
      tx.exec0(list_limit_);
      return f(tx);
    });
  }

  /// The same, but only connecting is tried again: what `f` does cannot be
  /// taken back. It may think between two statements for as long as the server
  /// may work on one.
  template <class F>
  auto read_once(F&& f) {
    if (options_.one_snapshot)
      return read_frozen(f);
    read([](pqxx::transaction_base& tx) { tx.exec("SELECT 1"); });
    try {
      auto tx = snapshot{connection()};
      tx.exec0(page_limit_);
      return f(tx);
    } catch (const pqxx::failure& e) {
      fail(e);
    }
  }

  /// The same on another connection, because `f` may use this one.
  template <class F>
  void visit(F&& f) {
    auto own = std::unique_ptr<session>{std::move(visits_)};
    if (!own) {
      own = std::make_unique<session>(options_);
      if (options_.one_snapshot) {
        frozen();
        own->snapshot_id_ = snapshot_id_;
      }
    }
    own->read_once(f);
    visits_ = std::move(own);
  }

  /// Runs `f(pqxx::work&)` and commits; when the connection breaks, again, as
  /// long as patience lasts. Pre: doing it twice does no harm, and `f` does not
  /// think for as long as `idle_timeout` between two statements.
  template <class F>
  auto write(F&& f) {
    return patiently(options_.patience, [&] {
      auto tx = pqxx::work{connection()};
      if constexpr (std::is_void_v<decltype(f(tx))>) {
        f(tx);
        tx.commit();
      } else {
        auto result = f(tx);
        tx.commit();
        return result;
      }
    });
  }

  /// Closes a held cursor, if the connection that holds it is still there.
  void close_cursor(const std::string& name) noexcept;

  [[nodiscard]] const std::string& place() const {
    return place_;
  }

private:
  using snapshot = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;

  /// Waits between the attempts of one operation.
  class retry {
  public:
    explicit retry(std::chrono::milliseconds patience);
    /// Returns after a pause, or throws what `e` means.
    void pause_or_fail(session& owner, const pqxx::failure& e);

  private:
    std::chrono::steady_clock::time_point until_;
    std::chrono::milliseconds pause_ = std::chrono::milliseconds{20};
  };

  template <class F>
  auto patiently(std::chrono::milliseconds patience, F&& f) {
    auto attempts = retry{patience};
    for (;;) {
      try {
        return f();
      } catch (const pqxx::failure& e) {
        attempts.pause_or_fail(*this, e);
      }
    }
  }

  /// Runs `f` in the one snapshot of all reads.
  template <class F>
  auto read_frozen(F&& f) {
    try {
      return f(frozen());
    } catch (const pqxx::failure& e) {
      fail(e);
    }
  }

  /// The transaction that has the one snapshot: that of `snapshot_id_`, or of
  /// this moment, which then gets its name there.
  pqxx::transaction_base& frozen();

  /// The open connection.
  pqxx::connection& connection();
  void disconnect();

  /// Throws what an exception of the library means, and forgets a connection
  /// that it broke.
  [[noreturn]] void fail(const pqxx::failure& e);

  postgres_options options_;
  std::string text_;
  std::string place_;
  /// Limits the statements of one transaction.
  std::string list_limit_;
  /// Gives the client of one transaction time between its statements.
  std::string page_limit_;
  std::unique_ptr<pqxx::connection> connection_ = {};
  /// What the server says beside its answers is not for standard error.
  std::unique_ptr<pqxx::quiet_errorhandler> quiet_ = {};
  /// Ends before its connection.
  std::unique_ptr<snapshot> frozen_ = {};
  bool was_frozen_ = false;
  /// Empty = there was none yet.
  std::string snapshot_id_ = {};
  /// Null while a visit uses it.
  std::unique_ptr<session> visits_ = {};
};

} // namespace pumpscope::adapters::postgres
