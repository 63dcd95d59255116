#pragma once

#include "tests/cli/program.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace pumpscope::test {

/// Returns all bytes of a file; empty when there is none.
inline std::string read_text(const std::filesystem::path& path) {
  auto in = std::ifstream{path, std::ios::binary};
  auto text = std::ostringstream{};
  text << in.rdbuf();
  return text.str();
}

/// A folder of its own in which the program runs.
class cli : public ::testing::Test {
protected:
  program_result run(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& environment = {}) {
    return run_program(arguments, folder_.path(), environment);
  }

  /// Runs a command that must succeed.
  program_result must(const std::vector<std::string>& arguments) {
    auto result = run(arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return result;
  }

  /// Records a small market.
  void record(const std::string& name,
              const std::vector<std::string>& more = {}) {
    auto arguments = std::vector<std::string>{
      "simulate", "--record",  name,  "--rate",   "0", "--trades",
      "500",      "--wallets", "100", "--tokens", "10"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    must(arguments);
  }

  /// Runs a line of the shell; `$PROGRAM` is the program under test.
  program_result shell(const std::string& line) {
    auto child = program{program::shell_line{line}, folder_.path()};
    return child.wait();
  }

  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    return folder_.path() / name;
  }

  temporary_folder folder_;
};

/// Beside a simulated server.
class served : public cli {
protected:
  /// Starts a simulated server and returns its URL.
  std::string serve(const std::vector<std::string>& more = {},
                    const std::vector<std::string>& environment = {}) {
    auto arguments = std::vector<std::string>{
      "simulate", "--listen", "127.0.0.1:0", "--rate", "2000", "--linger"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    server_.emplace(arguments, folder_.path(), environment);
    auto line = server_->wait_for_line("http://");
    return line.substr(line.find("http://"));
  }

  std::optional<program> server_;
};

} // namespace pumpscope::test
