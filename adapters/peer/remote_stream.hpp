#pragma once

#include "adapters/http/body_source.hpp"
#include "adapters/peer/peer_messages.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace pumpscope::peer {

/// A body without an end that another node sends. What waits is bounded by the
/// credit that the client gives for it. Thread-safe.
class remote_stream : public http::body_source {
public:
  /// `owner` is told what is taken, and the end; it may be gone by then, with
  /// its actor system.
  remote_stream(uint64_t number, const local_client_actor& owner);

  ~remote_stream() override;

  remote_stream(const remote_stream&) = delete;
  remote_stream& operator=(const remote_stream&) = delete;

  /// Adds what came; `last` = no more comes.
  void append(std::string bytes, bool last);

  bool next(std::vector<std::shared_ptr<const std::string>>& out,
            size_t bytes_max) override;

  void on_wake(std::function<void()> wake) override;

private:
  template <class Message>
  void tell_owner(const Message& x);

  uint64_t number_;
  caf::weak_actor_ptr owner_;
  std::mutex mutex_;
  /// Guarded by the mutex.
  std::vector<std::shared_ptr<const std::string>> waiting_;
  bool ended_ = false;
  std::function<void()> wake_;
};

} // namespace pumpscope::peer
