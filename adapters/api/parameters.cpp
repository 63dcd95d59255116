#include "adapters/api/parameters.hpp"

#include "domain/base58.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace pumpscope::api {

namespace {

/// Longest text of a number that is looked at.
constexpr size_t number_text_max = 32;

std::optional<uint64_t> to_number(std::string_view text) {
  auto result = uint64_t{0};
  auto end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, result);
  if (read.ec != std::errc{} || read.ptr != end)
    return std::nullopt;
  return result;
}

std::optional<double> to_double(std::string_view text) {
  auto result = 0.0;
  auto end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, result);
  if (read.ec != std::errc{} || read.ptr != end || !std::isfinite(result)
      || result < 0)
    return std::nullopt;
  return result;
}

bool is_digits(std::string_view x) {
  return std::all_of(x.begin(), x.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

/// Reads 12 or 12.5 exactly; further decimals are cut off.
std::optional<domain::i128> to_base_units(std::string_view text, int decimals) {
  auto point = text.find('.');
  auto whole = text.substr(0, point);
  auto rest = point == std::string_view::npos ? std::string_view{}
                                              : text.substr(point + 1);
  if (text.size() > number_text_max || (whole.empty() && rest.empty())
      || !is_digits(whole) || !is_digits(rest))
    return std::nullopt;
  auto digits = std::string{whole};
  for (auto i = size_t{0}; i < static_cast<size_t>(decimals); ++i)
    digits += i < rest.size() ? rest[i] : '0';
  auto parsed = domain::parse_i128(digits.empty() ? "0" : digits);
  return parsed ? std::optional{*parsed} : std::nullopt;
}

} // namespace

domain::pubkey parameters::path_key(std::string_view name) {
  if (auto text = request_.parameters.find(name))
    if (auto parsed = domain::parse_pubkey(*text))
      return *parsed;
  refuse(name, "is not an address in base58");
  return {};
}

std::optional<std::string> parameters::text(std::string_view name) const {
  auto found = request_.query.find(name);
  return found != nullptr ? std::optional{*found} : std::nullopt;
}

uint64_t parameters::number(std::string_view name, uint64_t absent,
                            uint64_t min, uint64_t max) {
  auto given = text(name);
  if (!given)
    return absent;
  auto parsed = to_number(*given);
  if (parsed && *parsed >= min && *parsed <= max)
    return *parsed;
  refuse(name, "is not a whole number from " + std::to_string(min) + " to "
                 + std::to_string(max));
  return absent;
}

std::optional<domain::i128> parameters::amount(std::string_view name,
                                               int decimals) {
  auto given = text(name);
  if (!given)
    return std::nullopt;
  auto parsed = to_base_units(*given, decimals);
  if (!parsed)
    refuse(name, "is not an amount such as 12 or 0.5");
  return parsed;
}

std::optional<double> parameters::ratio(std::string_view name) {
  auto given = text(name);
  if (!given)
    return std::nullopt;
  auto parsed = given->size() > number_text_max ? std::nullopt
                                                : to_double(*given);
  if (!parsed)
    refuse(name, "is not a number such as 12 or 0.5");
  return parsed;
}

std::optional<int64_t> parameters::duration(std::string_view name) {
  auto given = text(name);
  if (!given)
    return std::nullopt;
  auto digits = std::string_view{*given};
  auto unit = uint64_t{1};
  if (!digits.empty()) {
    constexpr std::pair<char, uint64_t> units[]
      = {{'s', 1}, {'m', 60}, {'h', 3'600}, {'d', 86'400}};
    for (auto [letter, seconds] : units)
      if (digits.back() == letter) {
        unit = seconds;
        digits.remove_suffix(1);
        break;
      }
  }
  // A hundred years, so that no sum overflows.
  constexpr auto seconds_max = uint64_t{100} * 365 * 86'400;
  auto parsed = to_number(digits);
  if (parsed && *parsed <= seconds_max / unit)
    return static_cast<int64_t>(*parsed * unit);
  refuse(name, "is not a time such as 90, 30m, 1h or 7d");
  return std::nullopt;
}

std::optional<bool> parameters::flag(std::string_view name) {
  auto given = text(name);
  if (!given)
    return std::nullopt;
  if (*given == "true")
    return true;
  if (*given == "false")
    return false;
  refuse(name, "is neither true nor false");
  return std::nullopt;
}

std::optional<domain::pubkey> parameters::key(std::string_view name) {
  auto given = text(name);
  if (!given)
    return std::nullopt;
  if (auto parsed = domain::parse_pubkey(*given))
    return *parsed;
  refuse(name, "is not an address in base58");
  return std::nullopt;
}

size_t parameters::word(std::string_view name, size_t absent,
                        std::initializer_list<std::string_view> words) {
  auto given = text(name);
  if (!given)
    return absent;
  auto found = std::find(words.begin(), words.end(), *given);
  if (found != words.end())
    return static_cast<size_t>(found - words.begin());
  auto all = std::string{};
  for (auto x : words)
    all += (all.empty() ? "" : ", ") + std::string{x};
  refuse(name, "is none of " + all);
  return absent;
}

void parameters::refuse(std::string_view name, std::string_view what) {
  if (problem_)
    return;
  problem_ = http::problem(400, "invalid_parameter",
                           std::string{name} + " " + std::string{what});
}

} // namespace pumpscope::api
