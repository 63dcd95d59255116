#pragma once

#include <sys/mount.h>

#include <filesystem>
#include <string>

namespace pumpscope::test {

/// A file system in memory with little room, mounted for the length of a test.
/// Needs the right to mount; `mounted` tells.
class small_disk {
public:
  /// `size` as mount(8) knows it, such as "400k".
  small_disk(std::filesystem::path folder, const std::string& size)
    : folder_(std::move(folder)) {
    std::filesystem::create_directory(folder_);
    mounted_ = mount("tmpfs", folder_.c_str(), "tmpfs", 0,
                     ("size=" + size).c_str())
               == 0;
  }

  ~small_disk() {
    if (mounted_)
      umount2(folder_.c_str(), MNT_DETACH);
  }

  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  [[nodiscard]] bool mounted() const {
    return mounted_;
  }

  /// Gives it another size, or makes it read-only.
  bool remount(const std::string& size, bool read_only = false) {
    auto flags = static_cast<unsigned long>(read_only ? MS_REMOUNT | MS_RDONLY
                                                      : MS_REMOUNT);
    return mount("tmpfs", folder_.c_str(), "tmpfs", flags,
                 ("size=" + size).c_str())
           == 0;
  }

private:
  std::filesystem::path folder_;
  bool mounted_ = false;
};

} // namespace pumpscope::test
