#pragma once

#include "config/options.hpp"

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pumpscope::config {

/// What the command line sets: keys of options and their values.
using assignments = std::vector<std::pair<std::string, std::string>>;

/// Where the options of a process come from; each overrules the one before.
struct sources {
  /// Path of the configuration file; empty = none.
  std::string config_file = {};
  /// `NAME=value` as in `environ`.
  std::vector<std::string> environment = {};
  assignments command_line = {};
};

/// The options of a process, or everything that is wrong with them.
struct loaded {
  config::options options = {};
  /// One line each, naming the option and where it was set. Empty = valid.
  std::vector<std::string> problems = {};
};

/// Reads a file as a whole; the error says why it cannot be read.
using file_reader = std::function<parsed<std::string>(const std::string&)>;

/// Merges defaults < file < environment < command line, reads secret files and
/// validates. Finds all problems, not only the first.
loaded load(const sources& from, const file_reader& read);

/// Reads a file of at most 1 MiB from disk.
parsed<std::string> read_file(const std::string& path);

/// Returns what is wrong with a combination of valid values.
std::vector<std::string> validate(const options& x);

} // namespace pumpscope::config
