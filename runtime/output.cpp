#include "runtime/output.hpp"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace pumpscope::runtime {

namespace {

constexpr size_t buffer_size = size_t{64} << 10;

/// Writes all of `text` or returns the error number.
int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    auto count = ::write(file, text.data(), text.size());
    if (count < 0) {
      if (errno == EINTR)
        continue;
      return errno;
    }
    text.remove_prefix(static_cast<size_t>(count));
  }
  return 0;
}

} // namespace

output::output() {
  buffer_.reserve(buffer_size);
}

output::~output() {
  flush();
}

void output::write(std::string_view text) {
  if (buffer_.size() + text.size() > buffer_size)
    flush();
  if (text.size() >= buffer_size) {
    if (error_ == 0)
      error_ = write_all(STDOUT_FILENO, text);
    return;
  }
  buffer_ += text;
}

outcome<void> output::finish() {
  flush();
  if (error_ != 0)
    return fail(std::string{"cannot write to standard output: "}
                + std::strerror(error_));
  return {};
}

void output::flush() {
  if (error_ == 0 && !buffer_.empty())
    error_ = write_all(STDOUT_FILENO, buffer_);
  buffer_.clear();
}

} // namespace pumpscope::runtime
