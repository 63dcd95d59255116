#pragma once

#include "config/option_table.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// How rows of the option table get at members of `options`: for the table
/// only.
namespace pumpscope::config::access {

using std::chrono::milliseconds;

/// Stores a parsed value, or returns what is wrong.
template <class T, class U>
std::string store(T& target, parsed<U> value) {
  if (!value)
    return std::move(value.error());
  if constexpr (std::is_arithmetic_v<U>)
    target = static_cast<T>(*value);
  else
    target = std::move(*value);
  return {};
}

/// The assign and show functions of an integer member in [Min, Max].
template <auto Section, auto Member, uint64_t Min, uint64_t Max>
struct integer {
  static std::string assign(options& x, std::string_view text) {
    return store(x.*Section.*Member, parse_integer(text, Min, Max));
  }

  static std::string show(const options& x) {
    return std::to_string(x.*Section.*Member);
  }
};

/// The same for a size in bytes.
template <auto Section, auto Member, uint64_t Min, uint64_t Max>
struct size {
  static std::string assign(options& x, std::string_view text) {
    return store(x.*Section.*Member, parse_size(text, Min, Max));
  }

  static std::string show(const options& x) {
    return size_text(x.*Section.*Member);
  }
};

/// The same for a duration; bounds in milliseconds.
template <auto Section, auto Member, int64_t Min, int64_t Max>
struct duration {
  static std::string assign(options& x, std::string_view text) {
    return store(x.*Section.*Member,
                 parse_duration(text, milliseconds{Min}, milliseconds{Max}));
  }

  static std::string show(const options& x) {
    return to_text(x.*Section.*Member);
  }
};

/// The same for a text.
template <auto Section, auto Member>
struct text_value {
  static std::string assign(options& x, std::string_view value) {
    x.*Section.*Member = value;
    return {};
  }

  static std::string show(const options& x) {
    return x.*Section.*Member;
  }
};

/// The same for a switch: on the command line it stands alone.
template <auto Section, auto Member>
struct yes_or_no {
  static std::string assign(options& x, std::string_view value) {
    return store(x.*Section.*Member, parse_flag(value));
  }

  static std::string show(const options& x) {
    return x.*Section.*Member ? "yes" : "no";
  }
};

/// Builds a row whose functions come from one of the templates above.
template <class Access>
constexpr option row(std::string_view key, std::string_view flag,
                     std::string_view value_name, std::string_view help) {
  return {key,   flag,  value_name,      help,
          false, false, &Access::assign, &Access::show};
}

} // namespace pumpscope::config::access
