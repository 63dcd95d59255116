#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace pumpscope::test {

/// Path of the program under test.
std::string binary();

/// What a run of the program left.
struct program_result {
  /// Exit code; 128 + signal when a signal ended it.
  int code = -1;
  std::string out = {};
  std::string err = {};
};

/// A running program under test, killed when it goes out of scope.
class program {
public:
  /// Starts it in `folder` with `PUMPSCOPE_*` variables of `environment` only.
  program(const std::vector<std::string>& arguments,
          const std::filesystem::path& folder,
          const std::vector<std::string>& environment = {});

  /// A line of the shell.
  struct shell_line {
    std::string text = {};
  };

  /// Starts a shell with the line; `$PROGRAM` names the program under test.
  program(const shell_line& line, const std::filesystem::path& folder);

  ~program();

  program(const program&) = delete;
  program& operator=(const program&) = delete;

  /// Reads standard error until a line holds `text`; returns the line, or an
  /// empty text at the end or after `patience`.
  std::string
  wait_for_line(const std::string& text,
                std::chrono::seconds patience = std::chrono::seconds{60});

  /// Sends a signal.
  void signal(int number) const;

  /// Waits for the end; kills it after `patience`.
  program_result
  wait(std::chrono::seconds patience = std::chrono::seconds{120});

private:
  void start(std::vector<std::string> words,
             const std::filesystem::path& folder,
             std::vector<std::string> variables);

  /// Reads what there is; false when both streams are at their end.
  bool pump(std::chrono::milliseconds timeout);
  static void drain(int& file, int ready, std::string& text);

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  program_result result_;
};

/// Runs the program to its end.
program_result run_program(const std::vector<std::string>& arguments,
                           const std::filesystem::path& folder,
                           const std::vector<std::string>& environment = {});

/// A folder that is removed at the end of a test.
class temporary_folder {
public:
  temporary_folder();
  ~temporary_folder();

  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const {
    return path_;
  }

private:
  std::filesystem::path path_;
};

} // namespace pumpscope::test
