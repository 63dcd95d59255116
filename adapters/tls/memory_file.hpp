#pragma once

#include <tl/expected.hpp>

#include <string>

namespace pumpscope::tls {

/// A file without a name on any disk, for libraries that read secrets from
/// files only. It is gone with the object, or with the process however that
/// ends.
class memory_file {
public:
  /// Fails with a text for people: no descriptor or memory is left.
  static tl::expected<memory_file, std::string> make(const std::string& bytes);

  memory_file(memory_file&& other) noexcept;
  memory_file& operator=(memory_file&& other) noexcept;
  ~memory_file();

  /// Where this process finds it; others do not.
  [[nodiscard]] std::string path() const;

private:
  explicit memory_file(int descriptor) : descriptor_{descriptor} {
  }

  int descriptor_ = -1;
};

} // namespace pumpscope::tls
