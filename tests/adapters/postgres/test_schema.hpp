#pragma once

#include "adapters/postgres/postgres_store.hpp"

#include <optional>
#include <string>

namespace pumpscope::test {

/// Returns the server that PUMPSCOPE_TEST_POSTGRES names; empty without one.
std::optional<std::string> test_server();

/// A schema that no other test uses; it goes with the object.
class test_schema {
public:
  /// Pre: there is a server.
  test_schema();
  ~test_schema();

  test_schema(const test_schema&) = delete;
  test_schema& operator=(const test_schema&) = delete;

  /// How a store in it is opened: made by the first who does, with 4
  /// partitions.
  [[nodiscard]] const adapters::postgres_options& options() const {
    return options_;
  }

  /// Runs SQL in which unqualified names are those of the schema; returns the
  /// first column of the first row, empty without one.
  std::string query(const std::string& sql) const;

  /// Ends the connections of stores in it: the server counts what they did when
  /// they end, at the latest.
  void end_connections() const;

private:
  adapters::postgres_options options_ = {};
};

} // namespace pumpscope::test
