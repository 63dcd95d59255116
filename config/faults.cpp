#include "config/options.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace pumpscope::config {

namespace {

using probability = std::pair<std::string_view, double fault_options::*>;

constexpr auto probabilities = std::array{
  probability{"duplicate", &fault_options::duplicate},
  probability{"reorder", &fault_options::reorder},
  probability{"fork", &fault_options::fork},
  probability{"omit", &fault_options::omit},
  probability{"late", &fault_options::late},
};

/// Reads one `name=value`; returns what is wrong, or an empty text.
std::string assign(fault_options& x, std::string_view name,
                   std::string_view value) {
  if (name == "out_of_range") {
    x.out_of_range = true;
    return value.empty() ? "" : "\"out_of_range\" takes no value";
  }
  if (name == "cut") {
    auto cut = parse_duration(value, std::chrono::milliseconds{1},
                              std::chrono::hours{24});
    if (!cut)
      return "cut: " + cut.error();
    x.cut = *cut;
    return {};
  }
  for (const auto& [known, member] : probabilities) {
    if (known != name)
      continue;
    auto number = parse_number(value, 0, 1);
    if (!number)
      return std::string{name} + ": " + number.error();
    x.*member = *number;
    return {};
  }
  return "\"" + std::string{name}
         + "\" is no fault: there are duplicate, reorder, fork, omit, late "
           "(probabilities), cut (duration) and out_of_range";
}

std::string number_text(double x) {
  auto buffer = std::array<char, 32>{};
  auto* end
    = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr;
  return {buffer.data(), end};
}

} // namespace

parsed<fault_options> parse_faults(std::string_view text) {
  auto result = fault_options{};
  if (text.empty() || text == "none")
    return result;
  while (true) {
    auto comma = text.find(',');
    auto item = trim(text.substr(0, comma));
    auto equals = item.find('=');
    auto value = equals == std::string_view::npos ? std::string_view{}
                                                  : item.substr(equals + 1);
    if (auto problem = assign(result, item.substr(0, equals), value);
        !problem.empty())
      return tl::unexpected{std::move(problem)};
    if (comma == std::string_view::npos)
      return result;
    text.remove_prefix(comma + 1);
  }
}

std::string to_text(const fault_options& x) {
  auto result = std::string{};
  auto append = [&result](std::string_view item) {
    if (!result.empty())
      result += ',';
    result += item;
  };
  for (const auto& [name, member] : probabilities)
    if (x.*member != 0)
      append(std::string{name} + "=" + number_text(x.*member));
  if (x.cut.count() != 0)
    append("cut=" + to_text(x.cut));
  if (x.out_of_range)
    append("out_of_range");
  return result.empty() ? "none" : result;
}

} // namespace pumpscope::config
