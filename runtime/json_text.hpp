#pragma once

#include "domain/int128.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace pumpscope::runtime {

/// Builds one line of JSON for the terminal, member by member. Amounts are
/// texts (they may exceed what a JSON number holds), counts are numbers.
class json_object {
public:
  /// Adds a text; escapes what JSON wants escaped and replaces bytes that are
  /// no valid UTF-8.
  json_object& text(std::string_view name, std::string_view value);

  /// Adds an amount as a text.
  json_object& amount(std::string_view name, domain::i128 value);

  /// Adds a number.
  json_object& number(std::string_view name, uint64_t value);

  /// @copydoc number
  json_object& signed_number(std::string_view name, int64_t value);

  json_object& flag(std::string_view name, bool value);

  /// Adds a value that is JSON already.
  json_object& raw(std::string_view name, std::string_view value);

  /// Returns the object, without a newline.
  [[nodiscard]] std::string str() const {
    return text_ + "}";
  }

private:
  void key(std::string_view name);

  std::string text_ = "{";
};

/// Returns a text in quotes as JSON wants it.
std::string json_quoted(std::string_view value);

} // namespace pumpscope::runtime
