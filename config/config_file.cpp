#include "config/config_file.hpp"

#include "config/value.hpp"

#include <algorithm>

namespace pumpscope::config {

namespace {

constexpr size_t file_size_max = size_t{1} << 20;

void parse_line(file_content& result, std::string& section,
                std::string_view line, uint32_t number) {
  auto refuse = [&](std::string why) {
    result.problems.push_back(std::to_string(number) + ": " + std::move(why));
  };
  line = trim(line);
  if (line.empty() || line.starts_with('#'))
    return;
  if (line.starts_with('[')) {
    if (!line.ends_with(']')) {
      refuse("a section is written [name]");
      return;
    }
    section = trim(line.substr(1, line.size() - 2));
    return;
  }
  auto equals = line.find('=');
  if (equals == std::string_view::npos) {
    // The line is not repeated: it may be a secret in the wrong place.
    refuse("expected `key = value`");
    return;
  }
  if (section.empty()) {
    refuse("a key stands in a [section]");
    return;
  }
  auto entry
    = file_entry{section + "." + std::string{trim(line.substr(0, equals))},
                 std::string{trim(line.substr(equals + 1))}, number};
  auto same_key = [&entry](const auto& x) { return x.key == entry.key; };
  auto earlier = std::find_if(result.entries.begin(), result.entries.end(),
                              same_key);
  if (earlier != result.entries.end()) {
    refuse(entry.key + " was set in line " + std::to_string(earlier->line)
           + " already");
    return;
  }
  result.entries.push_back(std::move(entry));
}

} // namespace

file_content parse_file(std::string_view text) {
  auto result = file_content{};
  if (text.size() > file_size_max) {
    result.problems.emplace_back("0: the file is larger than 1 MiB");
    return result;
  }
  auto section = std::string{};
  auto number = uint32_t{0};
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    parse_line(result, section, text.substr(0, end), ++number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

} // namespace pumpscope::config
