#include "adapters/tls/identity_files.hpp"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace pumpscope::tls {

namespace {

constexpr auto file_bytes_max = size_t{64} << 10;

/// `error` is a value of errno.
tl::unexpected<std::string> failed(const std::filesystem::path& path,
                                   int error) {
  return tl::unexpected{path.string() + ": " + std::strerror(error)};
}

/// An open file; closed at the end.
class descriptor {
public:
  explicit descriptor(int number) : number_(number) {
    // nop
  }

  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }

  [[nodiscard]] int number() const {
    return number_;
  }

  /// Closes now; returns 0 or the error.
  int close() {
    return ::close(std::exchange(number_, -1)) == 0 ? 0 : errno;
  }

private:
  int number_;
};

/// A file that was not there before; gone again unless it is kept.
class new_file {
public:
  explicit new_file(std::filesystem::path path) : path_(std::move(path)) {
    // nop
  }

  new_file(const new_file&) = delete;
  new_file& operator=(const new_file&) = delete;

  ~new_file() {
    if (made_)
      ::unlink(path_.c_str());
  }

  tl::expected<void, std::string> write(std::string_view text, mode_t mode) {
    // O_EXCL neither opens a file of another one nor follows a link to it.
    auto file = descriptor{
      ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
    if (file.number() < 0) {
      if (errno == EEXIST)
        return tl::unexpected{path_.string()
                              + " is there already: name another folder, or "
                                "remove it"};
      return failed(path_, errno);
    }
    made_ = true;
    // The umask may have taken too much.
    if (::fchmod(file.number(), mode) != 0)
      return failed(path_, errno);
    while (!text.empty()) {
      auto count = ::write(file.number(), text.data(), text.size());
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return failed(path_, errno);
      text.remove_prefix(static_cast<size_t>(count));
    }
    if (::fsync(file.number()) != 0)
      return failed(path_, errno);
    if (auto error = file.close(); error != 0)
      return failed(path_, error);
    return {};
  }

  void keep() {
    made_ = false;
  }

private:
  std::filesystem::path path_;
  bool made_ = false;
};

tl::expected<std::string, std::string>
read_text(const std::filesystem::path& path) {
  // A pipe must not make us wait.
  auto file
    = descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number() < 0)
    return failed(path, errno);
  auto result = std::string{};
  auto buffer = std::array<char, 4'096>{};
  while (true) {
    auto count = ::read(file.number(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return failed(path, errno);
    if (count == 0)
      return result;
    result.append(buffer.data(), static_cast<size_t>(count));
    if (result.size() > file_bytes_max)
      return failed(path, EFBIG);
  }
}

} // namespace

tl::expected<identity, std::string> read_identity(const identity_files& files) {
  auto certificate = read_text(files.certificate);
  if (!certificate)
    return tl::unexpected{std::move(certificate.error())};
  auto key = read_text(files.key);
  if (!key)
    return tl::unexpected{std::move(key.error())};
  return identity{std::move(*certificate), std::move(*key)};
}

tl::expected<void, std::string> write_identity(const identity_files& files,
                                               const identity& x) {
  auto folder = files.key.parent_path();
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return failed(folder, errno);
  auto key = new_file{files.key};
  auto certificate = new_file{files.certificate};
  if (auto written = key.write(x.key, 0600); !written)
    return written;
  if (auto written = certificate.write(x.certificate, 0644); !written)
    return written;
  key.keep();
  certificate.keep();
  return {};
}

} // namespace pumpscope::tls
