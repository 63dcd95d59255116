#pragma once

#include "runtime/outcome.hpp"

#include <cstdio>
#include <string>
#include <string_view>

namespace pumpscope::runtime {

/// Results of a command: buffered, to standard output or to a file, and never
/// silently cut short.
class output {
public:
  /// Writes to standard output.
  output();

  ~output();

  output(const output&) = delete;
  output& operator=(const output&) = delete;

  /// Appends; flushes when the buffer is full. After a failed write the rest is
  /// dropped and `finish` tells.
  void write(std::string_view text);

  /// Tells whether a write has failed: the caller may stop early.
  [[nodiscard]] bool failed() const {
    return error_ != 0;
  }

  /// Flushes. Fails with the reason (full disk, closed pipe).
  outcome<void> finish();

private:
  void flush();

  std::string buffer_;
  int error_ = 0;
};

} // namespace pumpscope::runtime
