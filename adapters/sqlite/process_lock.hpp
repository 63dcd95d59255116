#pragma once

#include <string>

namespace pumpscope::adapters::sqlite {

/// The exclusive lock of a store: held by the kernel for an open file, so that
/// it ends with the process however that ends.
class process_lock {
public:
  /// Locks `store_path + "-lock"` or throws `errc::store_locked` naming the
  /// store and the process that has it.
  explicit process_lock(const std::string& store_path);
  process_lock(const process_lock&) = delete;
  process_lock& operator=(const process_lock&) = delete;
  ~process_lock();

private:
  int file_ = -1;
};

} // namespace pumpscope::adapters::sqlite
