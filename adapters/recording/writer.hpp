#pragma once

#include "adapters/recording/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace pumpscope::recording {

/// Writes a recording; compressed with zstd when the name ends in `.zst`.
/// Buffers up to 1 MiB: what is not flushed is lost when the process dies.
class writer {
public:
  /// Creates the file or empties it.
  static outcome<std::unique_ptr<writer>> create(const std::string& path);

  virtual ~writer() = default;

  /// Appends one message of at most 64 MiB.
  virtual outcome<void> append(std::span<const uint8_t> message) = 0;

  /// Hands everything to the operating system, so that a reader of the file
  /// sees whole messages.
  virtual outcome<void> flush() = 0;

  /// Flushes and ends the file; the writer is of no use afterwards. Without
  /// it a compressed recording lacks its end mark.
  virtual outcome<void> close() = 0;

  /// Messages appended.
  [[nodiscard]] virtual uint64_t messages() const = 0;
};

} // namespace pumpscope::recording
