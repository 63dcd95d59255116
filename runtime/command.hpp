#pragma once

#include "config/options.hpp"
#include "runtime/outcome.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): theirs
namespace CLI {

class App;

} // namespace CLI

namespace pumpscope::runtime {

/// One subcommand of the program. `main` declares all of them, parses the
/// command line, loads the configuration and runs the one that was named.
class command {
public:
  virtual ~command() = default;

  /// The word on the command line.
  [[nodiscard]] virtual std::string_view name() const = 0;

  /// One sentence for the list of commands.
  [[nodiscard]] virtual std::string_view summary() const = 0;

  /// Keys of `config::option_table` whose flags this command takes.
  [[nodiscard]] virtual std::span<const std::string_view> option_keys() const {
    return {};
  }

  /// Adds flags and arguments of its own.
  virtual void declare(CLI::App&) {
    // nop
  }

  /// Does the work. Writes results to standard output, all else to standard
  /// error.
  virtual outcome<void> run(const config::options& options) = 0;
};

using command_ptr = std::unique_ptr<command>;

/// Parses the command line and runs the command; returns the exit code.
/// `environment` is a null-terminated list of `NAME=value`.
int run_program(std::vector<command_ptr> commands, int argc, char** argv,
                char** environment);

} // namespace pumpscope::runtime
