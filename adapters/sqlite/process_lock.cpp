#include "adapters/sqlite/process_lock.hpp"

#include "adapters/sqlite/database.hpp"

#include <sys/file.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace pumpscope::adapters::sqlite {

namespace {

/// Returns ", process 123" when the owner left its id in the file.
std::string owner_of(int file) {
  auto text = std::array<char, 24>{};
  auto size = ::pread(file, text.data(), text.size() - 1, 0);
  auto digits = std::string{};
  for (auto i = 0; i < size && text[static_cast<size_t>(i)] >= '0'
                   && text[static_cast<size_t>(i)] <= '9';
       ++i)
    digits.push_back(text[static_cast<size_t>(i)]);
  return digits.empty() ? digits : ", process " + digits;
}

} // namespace

process_lock::process_lock(const std::string& store_path) {
  auto path = store_path + "-lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0)
    throw failure{{domain::errc::store_unavailable,
                   "cannot open " + path + ": " + std::strerror(errno)}};
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    auto busy = errno == EWOULDBLOCK;
    auto text = busy
                  ? store_path + " is in use by another owner" + owner_of(file_)
                  : "cannot lock " + path + ": " + std::strerror(errno);
    ::close(file_);
    throw failure{
      {busy ? domain::errc::store_locked : domain::errc::store_unavailable,
       text}};
  }
  // For people and for the message above; a full disk must not stop us here.
  auto id = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file_, 0) == 0)
    (void)!::pwrite(file_, id.data(), id.size(), 0);
}

process_lock::~process_lock() {
  // The file stays: removing it would race with the next owner.
  ::close(file_);
}

} // namespace pumpscope::adapters::sqlite
