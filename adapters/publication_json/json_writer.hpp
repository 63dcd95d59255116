#pragma once

#include "domain/int128.hpp"
#include "domain/pubkey.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pumpscope::publication_json {

/// Appends JSON to a text, piece by piece, without allocations of its own.
/// Members and elements are separated as needed; that begins and ends match is
/// the caller's business.
class json_writer {
public:
  explicit json_writer(std::string& out) : out_(out) {
    // nop
  }

  json_writer& begin_object();
  json_writer& end_object();
  json_writer& begin_array();
  json_writer& end_array();

  /// Begins a member. `name` needs no escaping.
  json_writer& key(std::string_view name);

  /// Valid UTF-8; escaped as JSON wants it.
  json_writer& text(std::string_view value);

  /// Text that needs no escaping.
  json_writer& plain(std::string_view value);

  /// base58.
  json_writer& value(const domain::pubkey& x);
  json_writer& value(const domain::signature& x);

  /// An amount: a decimal text, as it may exceed what a JSON number holds.
  json_writer& amount(domain::i128 x);
  json_writer& amount(const std::optional<domain::i128>& x);

  json_writer& number(uint64_t x);
  json_writer& number(int64_t x);
  /// The shortest text that reads back as the same double; null for what is no
  /// finite number.
  json_writer& number(double x);
  json_writer& number(const std::optional<double>& x);
  json_writer& number(const std::optional<uint64_t>& x);

  json_writer& flag(bool x);
  json_writer& null();

  /// A time as RFC 3339 in UTC; null for 0.
  json_writer& time(int64_t unix_seconds);

private:
  void separate();

  std::string& out_;
  bool needs_comma_ = false;
};

/// Returns a time as RFC 3339 in UTC, e.g. 2026-01-31T23:59:59Z.
std::string time_text(int64_t unix_seconds);

/// Returns the shortest text that reads back as the same double.
std::string number_text(double x);

} // namespace pumpscope::publication_json
