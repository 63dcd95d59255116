#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::config {

/// One `key = value` of a configuration file.
struct file_entry {
  /// `section.key`.
  std::string key = {};
  std::string value = {};
  /// From 1.
  uint32_t line = 0;
};

/// A configuration file, or what is wrong with its form.
struct file_content {
  std::vector<file_entry> entries = {};
  /// Each starts with the line number.
  std::vector<std::string> problems = {};
};

/// Reads `[section]` headers, `key = value` lines, blank lines and lines that
/// start with `#`. Knows no option; refuses keys outside of a section, keys
/// that appear twice and lines of another form. At most 1 MiB is read.
file_content parse_file(std::string_view text);

} // namespace pumpscope::config
