#pragma once

#include "messages/store.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace pumpscope::runtime {

struct read_pool_settings {
  /// Reads that wait; further ones are refused.
  size_t waiting_max = 1'024;
  /// A read that waited for longer is dropped: who asked has gone.
  std::chrono::milliseconds wait_max = std::chrono::seconds{5};
};

struct read_pool_counters {
  uint64_t reads = 0;
  uint64_t refused = 0;
  uint64_t dropped = 0;
  uint64_t waiting = 0;
};

/// Threads that read history, each with a view of the store of its own: stores
/// block.
class read_pool {
public:
  using read = std::function<void(messages::store&)>;

  /// One thread per view.
  read_pool(std::vector<std::unique_ptr<messages::store>> views,
            read_pool_settings settings = {});

  /// Drops what waits, and waits for what runs.
  ~read_pool();

  read_pool(const read_pool&) = delete;
  read_pool& operator=(const read_pool&) = delete;

  /// Has a read run; `dropped` is called in its place when it waited for too
  /// long or the pool ends. False = too many wait: neither is ever called. For
  /// any thread.
  bool add(read run, std::function<void()> dropped);

  [[nodiscard]] read_pool_counters counters() const;

private:
  using clock = std::chrono::steady_clock;

  struct job {
    read run = {};
    std::function<void()> dropped = {};
    clock::time_point since = {};
  };

  void work(messages::store& view);

  read_pool_settings settings_;
  std::vector<std::unique_ptr<messages::store>> views_;
  mutable std::mutex mutex_ = {};
  std::condition_variable changed_ = {};
  /// Guarded by the mutex.
  std::deque<job> line_ = {};
  read_pool_counters counters_ = {};
  bool ending_ = false;
  std::vector<std::jthread> threads_ = {};
};

} // namespace pumpscope::runtime
