#include "adapters/recording/reader.hpp"

#include <algorithm>
#include <cstring>

namespace pumpscope::recording {

namespace {

constexpr size_t buffer_bytes = 256U << 10;

/// Longest varint of a length that is within the bound.
constexpr size_t length_bytes_max = 10;

constexpr uint8_t zstd_magic[] = {0x28, 0xB5, 0x2F, 0xFD};

/// A source whose first bytes were read already.
class prefixed_source : public byte_source {
public:
  prefixed_source(std::vector<uint8_t> prefix,
                  std::unique_ptr<byte_source> rest)
    : prefix_{std::move(prefix)}, rest_{std::move(rest)} {
    // nop
  }

  outcome<size_t> read(std::span<uint8_t> out) override {
    if (at_ == prefix_.size())
      return rest_->read(out);
    auto count = std::min(out.size(), prefix_.size() - at_);
    std::memcpy(out.data(), prefix_.data() + at_, count);
    at_ += count;
    return count;
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return rest_->bytes_read();
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return rest_->bytes_total();
  }

private:
  std::vector<uint8_t> prefix_;
  size_t at_ = 0;
  std::unique_ptr<byte_source> rest_;
};

/// Reads the first bytes, as many as the mark of a zstd frame has.
outcome<std::vector<uint8_t>> read_prefix(byte_source& source) {
  std::vector<uint8_t> result(sizeof(zstd_magic));
  size_t count = 0;
  while (count < result.size()) {
    auto more = source.read(std::span{result}.subspan(count));
    if (!more)
      return tl::unexpected{more.error()};
    if (*more == 0)
      break;
    count += *more;
  }
  result.resize(count);
  return result;
}

} // namespace

outcome<std::unique_ptr<reader>> reader::open(const std::string& path) {
  auto file = open_file(path);
  if (!file)
    return tl::unexpected{file.error()};
  auto prefix = read_prefix(**file);
  if (!prefix)
    return tl::unexpected{prefix.error()};
  auto compressed = path.ends_with(".zst")
                    || std::ranges::equal(*prefix, zstd_magic);
  std::unique_ptr<byte_source> source
    = std::make_unique<prefixed_source>(std::move(*prefix), std::move(*file));
  if (compressed) {
    auto plain = decompress(std::move(source), path);
    if (!plain)
      return tl::unexpected{plain.error()};
    source = std::move(*plain);
  }
  return std::make_unique<reader>(std::move(source), path);
}

reader::reader(std::unique_ptr<byte_source> source, std::string name)
  : source_{std::move(source)}, name_{std::move(name)}, buffer_(buffer_bytes) {
  // nop
}

tl::unexpected<failure> reader::fail(domain::errc code, std::string reason) {
  failed_ = failure{code, "recording '" + name_ + "' at offset "
                            + std::to_string(offset_) + " (message "
                            + std::to_string(messages_ + 1)
                            + "): " + std::move(reason)};
  return tl::unexpected{*failed_};
}

tl::unexpected<failure> reader::fail_torn(std::string reason) {
  if (source_failed_)
    return fail(source_failed_->code, source_failed_->text);
  return fail(domain::errc::malformed, std::move(reason));
}

void reader::fill(size_t count) {
  if (available() >= count)
    return;
  if (begin_ + count > buffer_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, available());
    end_ -= begin_;
    begin_ = 0;
    if (count > buffer_.size())
      buffer_.resize(std::max(count, 2 * buffer_.size()));
  }
  while (available() < count && !drained_) {
    auto more = source_->read(std::span{buffer_}.subspan(end_));
    if (!more)
      source_failed_ = more.error();
    drained_ = !more || *more == 0;
    end_ += more.value_or(0);
  }
}

outcome<std::optional<std::span<const uint8_t>>> reader::next() {
  if (failed_)
    return tl::unexpected{*failed_};
  begin_ += consumed_;
  offset_ += consumed_;
  consumed_ = 0;
  fill(length_bytes_max);
  if (available() == 0) {
    if (source_failed_)
      return fail_torn({});
    return std::nullopt;
  }
  uint64_t length = 0;
  size_t length_bytes = 0;
  for (auto more = true; more; ++length_bytes) {
    if (length_bytes == available())
      return fail_torn("the file ends inside a length");
    if (length_bytes == length_bytes_max)
      return fail(domain::errc::malformed, "this is no length");
    auto byte = buffer_[begin_ + length_bytes];
    length |= static_cast<uint64_t>(byte & 0x7F) << (7 * length_bytes);
    more = (byte & 0x80) != 0;
  }
  if (length > message_bytes_max)
    return fail(domain::errc::limit_exceeded,
                "a message of " + std::to_string(length)
                  + " bytes is above the limit of "
                  + std::to_string(message_bytes_max));
  auto total = length_bytes + static_cast<size_t>(length);
  fill(total);
  if (available() < total)
    return fail_torn("the file ends inside a message: "
                     + std::to_string(available() - length_bytes) + " of "
                     + std::to_string(length) + " bytes are there");
  consumed_ = total;
  ++messages_;
  return std::span<const uint8_t>{buffer_}.subspan(begin_ + length_bytes,
                                                   static_cast<size_t>(length));
}

} // namespace pumpscope::recording
