#pragma once

#include "messages/source.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace pumpscope::endpoints {

/// Makes a source that nobody has cancelled yet.
using source_factory = std::function<std::shared_ptr<messages::source>()>;

/// What one read of an endpoint gave.
struct delivery {
  messages::read_status status = messages::read_status::ok;
  messages::raw_batch batch = {};
  /// Why the status is not ok.
  std::string error = {};
  /// `source::oldest_available` after out_of_range.
  uint64_t oldest_available = 0;
};

struct lane_settings {
  /// Batches that are read ahead, of up to 256 updates or 4 MiB.
  size_t batches_max = 8;
  /// false = no thread: `take` reads itself, for tests that repeat exactly.
  bool threaded = true;
};

/// One endpoint with a thread of its own, which reads it ahead into a bounded
/// queue: a reader of many endpoints waits for none of them. All functions but
/// `cancel` belong to the reader's thread.
class lane {
public:
  /// @param name Tells the endpoint from others, before it is asked.
  /// @param make Called for each `start`.
  /// @param on_news Called from the lane's thread when there is a delivery.
  lane(std::string name, source_factory make, lane_settings x,
       std::function<void()> on_news);

  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;

  /// Stops and waits for the thread.
  ~lane();

  /// Begins to read from `slot` (see `source::resume_from`). Pre: stopped.
  void start(uint64_t slot);

  /// Takes the oldest delivery; nothing when none is there. Behind `end` and
  /// `failed` no other follows until the next start.
  std::optional<delivery> take();

  /// Ends a running read and waits for the thread; drops what was read ahead.
  void stop();

  /// Ends a running read soon and for good. Thread-safe.
  void cancel();

  [[nodiscard]] bool running() const {
    return source_ != nullptr;
  }

  [[nodiscard]] const std::string& name() const {
    return name_;
  }

private:
  void work(const std::stop_token& stop, messages::source& from);
  static delivery read_one(messages::source& from);

  const std::string name_;
  const source_factory make_;
  const lane_settings settings_;
  const std::function<void()> on_news_;
  /// Guards the queue, and the source against `cancel`.
  std::mutex mutex_;
  std::condition_variable_any room_;
  std::deque<delivery> queue_ = {};
  std::shared_ptr<messages::source> source_ = {};
  bool cancelled_ = false;
  std::jthread thread_ = {};
};

} // namespace pumpscope::endpoints
