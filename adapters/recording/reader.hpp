#pragma once

#include "adapters/recording/byte_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pumpscope::recording {

/// Largest message of a recording: 64 MiB, as the stream allows.
inline constexpr size_t message_bytes_max = 64U << 20;

/// Reads a recording: `geyser.SubscribeUpdate` messages, each behind its
/// length as a varint; compressed with zstd when the name ends in `.zst` or
/// the file begins with a zstd frame. An empty file is an empty recording.
class reader {
public:
  /// Opens a file.
  static outcome<std::unique_ptr<reader>> open(const std::string& path);

  /// Reads from anything; `name` is for error texts.
  reader(std::unique_ptr<byte_source> source, std::string name);

  /// Returns the next message, valid until the next call; nothing at the end.
  /// Fails when the recording ends inside a message or cannot be read on;
  /// all messages before were given out, and each further call fails again.
  outcome<std::optional<std::span<const uint8_t>>> next();

  /// Offset of the next message in the (uncompressed) recording.
  [[nodiscard]] uint64_t offset() const {
    return offset_;
  }

  /// Messages given out.
  [[nodiscard]] uint64_t messages() const {
    return messages_;
  }

  /// For progress: bytes taken from the file and its size (0 = not known).
  [[nodiscard]] uint64_t bytes_read() const {
    return source_->bytes_read();
  }

  /// @copydoc bytes_read
  [[nodiscard]] uint64_t bytes_total() const {
    return source_->bytes_total();
  }

private:
  /// Makes at least `count` bytes available unless the source ends before.
  void fill(size_t count);
  tl::unexpected<failure> fail(domain::errc code, std::string reason);
  /// The recording is at its end too early: because of the source, or by
  /// itself.
  tl::unexpected<failure> fail_torn(std::string reason);

  [[nodiscard]] size_t available() const {
    return end_ - begin_;
  }

  std::unique_ptr<byte_source> source_;
  std::string name_;
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  /// Bytes of the message that was given out last.
  size_t consumed_ = 0;
  uint64_t offset_ = 0;
  uint64_t messages_ = 0;
  bool drained_ = false;
  /// Why the source gave nothing more; what came before is still good.
  std::optional<failure> source_failed_ = {};
  std::optional<failure> failed_ = {};
};

} // namespace pumpscope::recording
