#include "adapters/tls/memory_file.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace pumpscope::tls {

namespace {

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    auto count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

} // namespace

tl::expected<memory_file, std::string>
memory_file::make(const std::string& bytes) {
  auto result = memory_file{::memfd_create("pumpscope", MFD_CLOEXEC)};
  if (result.descriptor_ < 0 || !write_all(result.descriptor_, bytes))
    return tl::unexpected{std::string{"cannot make a file in memory: "}
                          + std::strerror(errno)};
  return result;
}

memory_file::memory_file(memory_file&& other) noexcept
  : descriptor_{std::exchange(other.descriptor_, -1)} {
}

memory_file& memory_file::operator=(memory_file&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

memory_file::~memory_file() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

std::string memory_file::path() const {
  return "/proc/self/fd/" + std::to_string(descriptor_);
}

} // namespace pumpscope::tls
