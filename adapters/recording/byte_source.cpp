#include "adapters/recording/byte_source.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <vector>
#include <zstd.h>

namespace pumpscope::recording {

namespace {

class file_source : public byte_source {
public:
  file_source(int descriptor, std::string path, uint64_t bytes_total)
    : descriptor_{descriptor},
      path_{std::move(path)},
      bytes_total_{bytes_total} {
    // nop
  }

  file_source(const file_source&) = delete;
  file_source& operator=(const file_source&) = delete;

  ~file_source() override {
    ::close(descriptor_);
  }

  outcome<size_t> read(std::span<uint8_t> out) override {
    for (;;) {
      auto count = ::read(descriptor_, out.data(), out.size());
      if (count >= 0) {
        bytes_read_ += static_cast<uint64_t>(count);
        return static_cast<size_t>(count);
      }
      if (errno != EINTR)
        return tl::unexpected{failure{domain::errc::source_unavailable,
                                      "cannot read '" + path_ + "' at offset "
                                        + std::to_string(bytes_read_) + ": "
                                        + std::strerror(errno)}};
    }
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return bytes_read_;
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return bytes_total_;
  }

private:
  int descriptor_;
  std::string path_;
  uint64_t bytes_read_ = 0;
  uint64_t bytes_total_;
};

class span_source : public byte_source {
public:
  explicit span_source(std::span<const uint8_t> bytes) : bytes_{bytes} {
    // nop
  }

  outcome<size_t> read(std::span<uint8_t> out) override {
    auto count = std::min(out.size(), bytes_.size() - at_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), count,
                out.begin());
    at_ += count;
    return count;
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return at_;
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return bytes_.size();
  }

private:
  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
};

/// Ends the life of a zstd context.
struct stream_deleter {
  void operator()(ZSTD_DStream* x) const {
    ZSTD_freeDStream(x);
  }
};

class zstd_source : public byte_source {
public:
  zstd_source(std::unique_ptr<byte_source> compressed, std::string name,
              std::unique_ptr<ZSTD_DStream, stream_deleter> stream)
    : compressed_{std::move(compressed)},
      name_{std::move(name)},
      stream_{std::move(stream)},
      input_(ZSTD_DStreamInSize()) {
    // nop
  }

  outcome<size_t> read(std::span<uint8_t> out) override {
    ZSTD_outBuffer target{out.data(), out.size(), 0};
    while (target.pos == 0) {
      if (begin_ == end_ && !drained_) {
        auto count = compressed_->read(input_);
        if (!count)
          return count;
        begin_ = 0;
        end_ = *count;
        drained_ = *count == 0;
      }
      ZSTD_inBuffer source{input_.data(), end_, begin_};
      auto needed = ZSTD_decompressStream(stream_.get(), &target, &source);
      begin_ = source.pos;
      if (ZSTD_isError(needed) != 0)
        return fail(ZSTD_getErrorName(needed));
      if (target.pos == 0 && drained_)
        return inside_frame_ ? fail("the file ends inside of it")
                             : outcome<size_t>{0};
      inside_frame_ = needed != 0;
    }
    return target.pos;
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return compressed_->bytes_read();
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return compressed_->bytes_total();
  }

private:
  outcome<size_t> fail(const char* reason) {
    return tl::unexpected{
      failure{domain::errc::malformed,
              "the zstd frame in '" + name_ + "' is damaged near offset "
                + std::to_string(compressed_->bytes_read()) + ": " + reason}};
  }

  std::unique_ptr<byte_source> compressed_;
  std::string name_;
  std::unique_ptr<ZSTD_DStream, stream_deleter> stream_;
  std::vector<uint8_t> input_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool drained_ = false;
  bool inside_frame_ = false;
};

} // namespace

outcome<std::unique_ptr<byte_source>> open_file(const std::string& path) {
  auto fail = [&] {
    return tl::unexpected{
      failure{domain::errc::source_unavailable,
              "cannot open '" + path + "': " + std::strerror(errno)}};
  };
  auto descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return fail();
  struct stat info = {};
  if (::fstat(descriptor, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(descriptor);
    errno = EISDIR;
    return fail();
  }
  auto size = S_ISREG(info.st_mode) ? static_cast<uint64_t>(info.st_size) : 0;
  return std::make_unique<file_source>(descriptor, path, size);
}

std::unique_ptr<byte_source> memory_source(std::span<const uint8_t> bytes) {
  return std::make_unique<span_source>(bytes);
}

outcome<std::unique_ptr<byte_source>>
decompress(std::unique_ptr<byte_source> compressed, std::string name) {
  std::unique_ptr<ZSTD_DStream, stream_deleter> stream{ZSTD_createDStream()};
  // A frame may ask for a window of at most 128 MiB.
  if (!stream
      || ZSTD_isError(
        ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, 27)))
    return tl::unexpected{
      failure{domain::errc::internal, "cannot set up zstd for '" + name + "'"}};
  return std::make_unique<zstd_source>(std::move(compressed), std::move(name),
                                       std::move(stream));
}

} // namespace pumpscope::recording
