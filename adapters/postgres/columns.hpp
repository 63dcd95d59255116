#pragma once

#include "adapters/postgres/connection.hpp"
#include "messages/packing.hpp"
#include "messages/row_codec.hpp"

#include <concepts>
#include <span>
#include <string>
#include <string_view>

namespace pumpscope::adapters::postgres {

/// Throws `errc::blob_corrupt` naming the row.
[[noreturn]] void fail_damaged(std::string_view row);

/// Reads a bigint that is never negative.
inline uint64_t unsigned_at(const pqxx::row& from, int column) {
  return static_cast<uint64_t>(from[column].as<int64_t>());
}

/// Reads a bytea.
std::string bytes_at(const pqxx::row& from, int column);

/// Reads a key or a signature; throws when it has another length.
template <class Key>
Key key_at(const pqxx::row& from, int column) {
  auto result = Key{};
  if (!messages::from_bytes(bytes_at(from, column), result))
    fail_damaged(from[column].name());
  return result;
}

/// Reads a numeric of at most 39 digits.
domain::i128 i128_at(const pqxx::row& from, int column);

/// @copydoc i128_at
domain::u128 u128_at(const pqxx::row& from, int column);

/// Returns keys as the text of a bytea[].
std::string to_array(std::span<const domain::pubkey> keys);

/// Returns a key as SQL.
std::string to_literal(const domain::pubkey& key);

/// Returns keys as SQL of a bytea[].
std::string to_literal(std::span<const domain::pubkey> keys);

/// Returns integers as the text of a bigint[].
template <class Range, class F>
std::string to_array(const Range& xs, F&& get) {
  auto result = std::string{"{"};
  for (auto& x : xs)
    result.append(result.size() == 1 ? "" : ",")
      .append(std::to_string(messages::saturated(get(x))));
  return result + "}";
}

/// Reads a row of `journal`, all its columns in their order, and hands it to
/// the function for its type.
void read_journal_row(
  const pqxx::row& from, const std::function<void(domain::trade&&)>& on_trade,
  const std::function<void(domain::token_event&&)>& on_event);

/// Appends a row of `journal` to `out`.
void append_journal_row(const pqxx::row& from, messages::journal_rows& out);

} // namespace pumpscope::adapters::postgres
