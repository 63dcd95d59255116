#pragma once

#include "adapters/postgres/postgres_store.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pumpscope::adapters::postgres {

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

/// A connection for everything but the hot statements. Opens itself again
/// when it broke.
class session {
public:
  /// Connects or throws.
  explicit session(const postgres_options& options);

  /// Runs `f(pqxx::transaction_base&)` in a read-only snapshot; when the
  /// connection breaks, again from the start, as long as patience lasts.
  template <class F>
  auto read(F&& f) {
    auto attempts = retry{options_.patience};
    for (;;) {
      try {
        auto tx = snapshot{connection()};
        return f(tx);
      } catch (const pqxx::failure& e) {
        attempts.pause_or_fail(*this, e);
      }
    }
  }

  /// The same, but once: what `f` does depends on the connection, or cannot be
  /// taken back.
  template <class F>
  auto read_once(F&& f) {
    try {
      auto tx = snapshot{connection()};
      return f(tx);
    } catch (const pqxx::failure& e) {
      fail(e);
    }
  }

  /// Runs `f(pqxx::work&)` and commits, once.
  template <class F>
  auto write(F&& f) {
    try {
      auto tx = pqxx::work{connection()};
      if constexpr (std::is_void_v<decltype(f(tx))>) {
        f(tx);
        tx.commit();
      } else {
        auto result = f(tx);
        tx.commit();
        return result;
      }
    } catch (const pqxx::failure& e) {
      fail(e);
    }
  }

  /// A second connection, for a visit whose visitor may ask this one.
  [[nodiscard]] session another() const {
    return session{options_};
  }

  [[nodiscard]] const std::string& place() const {
    return place_;
  }

private:
  using snapshot = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;

  /// Waits between the attempts of one read.
  class retry {
  public:
    explicit retry(std::chrono::milliseconds patience);
    /// Returns after a pause, or throws what `e` means.
    void pause_or_fail(session& owner, const pqxx::failure& e);

  private:
    std::chrono::steady_clock::time_point until_;
    std::chrono::milliseconds pause_ = std::chrono::milliseconds{20};
  };

  /// The open connection.
  pqxx::connection& connection();

  /// Throws what an exception of the library means, and forgets a connection
  /// that it broke.
  [[noreturn]] void fail(const pqxx::failure& e);

  postgres_options options_;
  std::string text_;
  std::string place_;
  std::unique_ptr<pqxx::connection> connection_ = {};
};

} // namespace pumpscope::adapters::postgres
