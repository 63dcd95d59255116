#pragma once

#include "tests/support/source_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

/// The recordings and payloads that come with the project's brief.
namespace pumpscope::test {

/// Folder of the shared data: `PUMPSCOPE_SHARED_DATA`, else beside the source.
inline std::filesystem::path shared_data() {
  if (const auto* folder = std::getenv("PUMPSCOPE_SHARED_DATA"))
    return folder;
  return source_folder() / ".." / "shared" / "data";
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write_file(const std::filesystem::path& path,
                       const std::string& text) {
  std::ofstream{path, std::ios::binary} << text;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

/// Paths in a folder of the shared data with this ending, in order.
inline std::vector<std::filesystem::path>
shared_files(const std::string& folder, const std::string& ending) {
  std::vector<std::filesystem::path> result;
  auto path = shared_data() / folder;
  if (std::filesystem::exists(path))
    for (auto& x : std::filesystem::directory_iterator{path})
      if (x.path().string().ends_with(ending))
        result.push_back(x.path());
  std::sort(result.begin(), result.end());
  return result;
}

} // namespace pumpscope::test

/// Skips a test, visibly, where the shared data is not there.
#define PUMPSCOPE_NEED_SHARED_DATA()                                           \
  if (!std::filesystem::exists(::pumpscope::test::shared_data()))              \
  GTEST_SKIP() << "no shared data at " << ::pumpscope::test::shared_data()
