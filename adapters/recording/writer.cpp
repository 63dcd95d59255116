#include "adapters/recording/writer.hpp"

#include "adapters/recording/reader.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <vector>
#include <zstd.h>

namespace pumpscope::recording {

namespace {

constexpr size_t buffer_bytes = 1U << 20;

/// Fast, and a third of the size on real streams.
constexpr int compression_level = 3;

/// Ends the life of a zstd context.
struct stream_deleter {
  void operator()(ZSTD_CCtx* x) const {
    ZSTD_freeCCtx(x);
  }
};

using zstd_stream = std::unique_ptr<ZSTD_CCtx, stream_deleter>;

class file_writer : public writer {
public:
  file_writer(int descriptor, std::string path, zstd_stream stream)
    : descriptor_{descriptor},
      path_{std::move(path)},
      stream_{std::move(stream)} {
    buffer_.reserve(buffer_bytes);
  }

  file_writer(const file_writer&) = delete;
  file_writer& operator=(const file_writer&) = delete;

  ~file_writer() override {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }

  outcome<void> append(std::span<const uint8_t> message) override {
    if (message.size() > message_bytes_max)
      return tl::unexpected{
        failure{domain::errc::limit_exceeded,
                "a message of " + std::to_string(message.size())
                  + " bytes is too long for '" + path_ + "'"}};
    for (uint64_t rest = message.size();;) {
      auto more = rest >= 0x80;
      buffer_.push_back(
        static_cast<uint8_t>((rest & 0x7F) | (more ? 0x80 : 0)));
      rest >>= 7;
      if (!more)
        break;
    }
    buffer_.insert(buffer_.end(), message.begin(), message.end());
    ++messages_;
    return buffer_.size() >= buffer_bytes ? drain(ZSTD_e_continue)
                                          : outcome<void>{};
  }

  outcome<void> flush() override {
    return drain(ZSTD_e_flush);
  }

  outcome<void> close() override {
    if (auto done = drain(ZSTD_e_end); !done)
      return done;
    auto status = ::close(descriptor_);
    descriptor_ = -1;
    if (status != 0)
      return fail();
    return {};
  }

  [[nodiscard]] uint64_t messages() const override {
    return messages_;
  }

private:
  tl::unexpected<failure> fail() {
    return tl::unexpected{
      failure{domain::errc::source_unavailable,
              "cannot write '" + path_ + "': " + std::strerror(errno)}};
  }

  outcome<void> drain(ZSTD_EndDirective directive) {
    auto done = stream_ ? compress(directive) : write(buffer_);
    buffer_.clear();
    return done;
  }

  outcome<void> compress(ZSTD_EndDirective directive) {
    compressed_.resize(ZSTD_CStreamOutSize());
    ZSTD_inBuffer source{buffer_.data(), buffer_.size(), 0};
    for (;;) {
      ZSTD_outBuffer target{compressed_.data(), compressed_.size(), 0};
      auto rest = ZSTD_compressStream2(stream_.get(), &target, &source,
                                       directive);
      if (ZSTD_isError(rest) != 0)
        return tl::unexpected{
          failure{domain::errc::internal, "cannot compress '" + path_
                                            + "': " + ZSTD_getErrorName(rest)}};
      auto written = write(std::span{compressed_}.first(target.pos));
      if (!written)
        return written;
      auto done = directive == ZSTD_e_continue ? source.pos == source.size
                                               : rest == 0;
      if (done)
        return {};
    }
  }

  outcome<void> write(std::span<const uint8_t> bytes) {
    while (!bytes.empty()) {
      auto count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return fail();
      bytes = bytes.subspan(static_cast<size_t>(count));
    }
    return {};
  }

  int descriptor_;
  std::string path_;
  zstd_stream stream_;
  std::vector<uint8_t> buffer_ = {};
  std::vector<uint8_t> compressed_ = {};
  uint64_t messages_ = 0;
};

} // namespace

outcome<std::unique_ptr<writer>> writer::create(const std::string& path) {
  zstd_stream stream;
  if (path.ends_with(".zst")) {
    stream.reset(ZSTD_createCCtx());
    if (!stream
        || ZSTD_isError(ZSTD_CCtx_setParameter(
          stream.get(), ZSTD_c_compressionLevel, compression_level)))
      return tl::unexpected{failure{domain::errc::internal,
                                    "cannot set up zstd for '" + path + "'"}};
  }
  auto descriptor = ::open(path.c_str(),
                           O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return tl::unexpected{
      failure{domain::errc::source_unavailable,
              "cannot create '" + path + "': " + std::strerror(errno)}};
  return std::make_unique<file_writer>(descriptor, path, std::move(stream));
}

} // namespace pumpscope::recording
