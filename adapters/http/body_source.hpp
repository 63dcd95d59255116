#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pumpscope::http {

/// The body of an answer that has no end, e.g. server-sent events. All but
/// `on_wake` is called by the server's thread, which also drops the source when
/// the connection is gone.
class body_source {
public:
  virtual ~body_source() = default;

  /// Appends the next pieces, about `bytes_max` at most. None = there is
  /// nothing now: the source calls the wake function once there is more.
  /// Returns false at the end: the connection closes behind the pieces.
  virtual bool
  next(std::vector<std::shared_ptr<const std::string>>& out, size_t bytes_max)
    = 0;

  /// Takes the wake function, before the first `next`. Any thread may call it,
  /// also when the connection is gone; it costs about as much as copying a
  /// `shared_ptr`.
  virtual void on_wake(std::function<void()> wake) = 0;
};

} // namespace pumpscope::http
