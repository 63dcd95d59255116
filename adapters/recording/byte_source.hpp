#pragma once

#include "adapters/recording/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace pumpscope::recording {

/// Bytes in order, from a file or from memory.
class byte_source {
public:
  virtual ~byte_source() = default;

  /// Reads at least one byte into `out` and returns how many; 0 at the end.
  virtual outcome<size_t> read(std::span<uint8_t> out) = 0;

  /// Bytes taken from the file so far, compressed ones where it is.
  [[nodiscard]] virtual uint64_t bytes_read() const = 0;

  /// Size of the file; 0 when it is not known.
  [[nodiscard]] virtual uint64_t bytes_total() const = 0;
};

/// Opens a file for reading.
outcome<std::unique_ptr<byte_source>> open_file(const std::string& path);

/// Reads from memory that outlives the source.
std::unique_ptr<byte_source> memory_source(std::span<const uint8_t> bytes);

/// Decompresses `compressed`, a sequence of zstd frames. A frame that is cut
/// or damaged fails after everything before it was given out. `name` is for
/// error texts.
outcome<std::unique_ptr<byte_source>>
decompress(std::unique_ptr<byte_source> compressed, std::string name);

} // namespace pumpscope::recording
