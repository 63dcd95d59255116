#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pumpscope::http {

/// A body that is made while it is sent, e.g. a stream of events. Whoever sends
/// it pulls: `next` until it gives nothing, then again when it is woken.
class body_source {
public:
  virtual ~body_source() = default;

  /// Appends what is there, about `bytes_max` bytes at most and one piece at
  /// least; nothing when there is nothing yet. False = the end of the body,
  /// behind what is appended. From one thread at a time.
  virtual bool
  next(std::vector<std::shared_ptr<const std::string>>& out, size_t bytes_max)
    = 0;

  /// Sets what is called, from any thread, when there is something again after
  /// `next` gave the last of it. It must not call back.
  virtual void on_wake(std::function<void()> wake) = 0;
};

} // namespace pumpscope::http
