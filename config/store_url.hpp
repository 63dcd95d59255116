#pragma once

#include "config/value.hpp"

#include <string>
#include <string_view>

namespace pumpscope::config {

/// Which store a URL names.
enum class store_kind : uint8_t {
  /// One SQLite file.
  sqlite_file = 0,
  /// A SQLite store that lives as long as the process.
  sqlite_memory = 1,
  /// A schema of a PostgreSQL database.
  postgres = 2,
};

/// Where the journal and the states are kept.
struct store_url {
  store_kind kind = store_kind::sqlite_file;
  /// Path of the file, or the whole URL of a PostgreSQL database; empty for
  /// `sqlite_memory`.
  std::string path = "pumpscope.db";

  friend bool operator==(const store_url&, const store_url&) = default;
};

/// Reads `sqlite:PATH`, `sqlite::memory:` or `postgresql://…` (what libpq
/// takes; it reads the rest). Refuses every other scheme and says which there
/// are; a refused text is never repeated when it may carry a password.
parsed<store_url> parse_store_url(std::string_view text);

/// Returns the URL for messages: without passwords.
/// @relates store_url
std::string to_text(const store_url& x);

} // namespace pumpscope::config
