#pragma once

#include "config/options.hpp"

#include <span>
#include <string>
#include <string_view>

namespace pumpscope::config {

/// One thing that can be configured: how it is called in the file, in the
/// environment and on the command line, and how it gets into `options`.
struct option {
  /// `section.name` in the configuration file.
  std::string_view key;
  /// Long flag on the command line; empty for secrets. Without a name of its
  /// value it stands alone and means yes.
  std::string_view flag;
  /// What stands for the value in the help.
  std::string_view value_name;
  /// One sentence: meaning, unit, bounds.
  std::string_view help;
  /// Only the environment may carry it; a `KEY-file` option names a file that
  /// does.
  bool secret = false;
  /// Holds several values, separated by commas; the flag may be repeated. A
  /// higher source replaces the list of a lower one.
  bool list = false;
  /// Puts a value into the options. Returns what is wrong with it, or an empty
  /// text.
  std::string (*assign)(options&, std::string_view);
  /// The value in `options` as text that `assign` reads back.
  std::string (*show)(const options&);
};

/// Every option there is, by section.
std::span<const option> option_table();

/// Returns the option with this key, or null.
const option* find_option(std::string_view key);

/// Returns the variable that sets an option: `PUMPSCOPE_SECTION_NAME`.
std::string environment_name(std::string_view key);

} // namespace pumpscope::config
