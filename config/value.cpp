#include "config/value.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace pumpscope::config {

namespace {

using std::chrono::milliseconds;

std::string quoted(std::string_view text) {
  auto result = std::string{"\""};
  result += text;
  result += '"';
  return result;
}

tl::unexpected<std::string> refuse(std::string_view text, std::string why) {
  return tl::unexpected{quoted(text) + " " + std::move(why)};
}

struct unit {
  std::string_view name;
  uint64_t factor;
};

// Largest first, so that the printed form is the shortest.
constexpr auto size_units
  = std::array{unit{"GiB", uint64_t{1} << 30}, unit{"MiB", uint64_t{1} << 20},
               unit{"KiB", uint64_t{1} << 10}, unit{"B", 1}};

// "ms" must be tried before "m" and "s".
constexpr auto duration_units = std::array{unit{"ms", 1}, unit{"h", 3'600'000},
                                           unit{"m", 60'000}, unit{"s", 1'000}};

/// Reads `number unit`; false when the number does not fit in 64 bits or the
/// unit is unknown.
template <size_t N>
bool read_with_unit(std::string_view text, const std::array<unit, N>& units,
                    bool unit_optional, uint64_t& result) {
  uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      number);
  if (error != std::errc{})
    return false;
  auto name = trim(text.substr(static_cast<size_t>(end - text.data())));
  if (name.empty()) {
    result = number;
    return unit_optional || number == 0;
  }
  for (const auto& x : units)
    if (x.name == name)
      return !__builtin_mul_overflow(number, x.factor, &result);
  return false;
}

template <size_t N>
std::string with_unit(uint64_t value, const std::array<unit, N>& units) {
  const auto* best = &units.front();
  auto found = false;
  for (const auto& x : units) {
    if (value % x.factor == 0 && value != 0
        && (!found || x.factor > best->factor)) {
      best = &x;
      found = true;
    }
  }
  if (!found)
    return std::to_string(value);
  return std::to_string(value / best->factor) + std::string{best->name};
}

} // namespace

std::string_view trim(std::string_view text) {
  constexpr auto blanks = std::string_view{" \t\r\n"};
  auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

parsed<uint64_t> parse_integer(std::string_view text, uint64_t min,
                               uint64_t max) {
  uint64_t result = 0;
  const auto* last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, result);
  if (error != std::errc{} || end != last || result < min || result > max)
    return refuse(text, "is not an integer from " + std::to_string(min) + " to "
                          + std::to_string(max));
  return result;
}

parsed<uint64_t> parse_size(std::string_view text, uint64_t min, uint64_t max) {
  uint64_t result = 0;
  if (!read_with_unit(text, size_units, true, result) || result < min
      || result > max)
    return refuse(text, "is not a size from " + size_text(min) + " to "
                          + size_text(max) + " (units: B, KiB, MiB, GiB)");
  return result;
}

parsed<milliseconds> parse_duration(std::string_view text, milliseconds min,
                                    milliseconds max) {
  uint64_t count = 0;
  if (!read_with_unit(text, duration_units, false, count)
      || count < static_cast<uint64_t>(min.count())
      || count > static_cast<uint64_t>(max.count()))
    return refuse(text, "is not a duration from " + to_text(min) + " to "
                          + to_text(max) + " (units: ms, s, m, h)");
  return milliseconds{static_cast<int64_t>(count)};
}

parsed<double> parse_number(std::string_view text, double min, double max) {
  double result = 0;
  const auto* last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, result);
  // The negated comparison also refuses NaN.
  if (error != std::errc{} || end != last
      || !(result >= min && result <= max)) {
    auto limits = std::array<char, 64>{};
    auto* out = std::to_chars(limits.data(), limits.data() + 30, min).ptr;
    for (auto c : std::string_view{" to "})
      *out++ = c;
    out = std::to_chars(out, limits.data() + limits.size(), max).ptr;
    return refuse(text,
                  "is not a number from " + std::string{limits.data(), out});
  }
  return result;
}

parsed<bool> parse_flag(std::string_view text) {
  if (text == "yes" || text == "true" || text == "on" || text == "1")
    return true;
  if (text == "no" || text == "false" || text == "off" || text == "0")
    return false;
  return refuse(text, "is neither yes nor no");
}

std::string to_text(milliseconds x) {
  return with_unit(static_cast<uint64_t>(x.count()), duration_units);
}

std::string size_text(uint64_t bytes) {
  return with_unit(bytes, size_units);
}

} // namespace pumpscope::config
