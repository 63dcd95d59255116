#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace pumpscope::test {

/// A fresh folder that is gone after the test.
class temporary_folder {
public:
  temporary_folder() {
    auto pattern
      = (std::filesystem::temp_directory_path() / "pumpscope_test_XXXXXX")
          .string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("cannot create a temporary folder");
    path_ = pattern;
  }

  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  ~temporary_folder() {
    auto error = std::error_code{};
    std::filesystem::remove_all(path_, error);
  }

  /// Returns the path of a file in the folder.
  [[nodiscard]] std::string file(const std::string& name) const {
    return (path_ / name).string();
  }

private:
  std::filesystem::path path_ = {};
};

} // namespace pumpscope::test
