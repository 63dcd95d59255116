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
};

/// Where the journal and the states are kept.
struct store_url {
  store_kind kind = store_kind::sqlite_file;
  /// Path of the file; empty for `sqlite_memory`.
  std::string path = "pumpscope.db";

  friend bool operator==(const store_url&, const store_url&) = default;
};

/// Reads `sqlite:PATH` or `sqlite::memory:`. Refuses every other scheme and
/// says which there are; a refused text is never repeated when it may carry a
/// password.
parsed<store_url> parse_store_url(std::string_view text);

/// @relates store_url
std::string to_text(const store_url& x);

} // namespace pumpscope::config
