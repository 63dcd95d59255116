#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace pumpscope::hub {

/// Bytes that several clients share.
using text_ptr = std::shared_ptr<const std::string>;

/// What waits for one subscriber. Thread-safe.
///
/// Bound: `bytes_max`; above it only the newest state of each of its channels
/// stays, and rows go: the `prev` of later messages tells of them. States that
/// are the newest of their channel always stay, their bytes are shared.
class client {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// What becomes of a text when the client is slow.
  enum class keep : uint8_t {
    /// It stays.
    always,
    /// It stays while it is the newest of its channel.
    newest,
    /// It goes.
    never,
  };

  client(size_t bytes_max, time_point now)
    : bytes_max_{bytes_max}, progress_at_{now}, heartbeat_at_{now} {
    // nop
  }

  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Puts a text in line; `slot` numbers the channels of this client. Tells
  /// whether it must be woken.
  bool push(text_ptr text, uint32_t slot, keep how);

  /// Puts `heartbeat` in line when one is due, and ends a client that took
  /// nothing for `stalled_max` although something waited. Tells whether it must
  /// be woken.
  bool tick(time_point now, const text_ptr& heartbeat,
            std::chrono::milliseconds heartbeat_period,
            std::chrono::milliseconds stalled_max);

  /// Ends it, behind what waits. Tells whether it must be woken.
  bool end();

  /// See `http::body_source`.
  bool next(std::vector<text_ptr>& out, size_t bytes_max);
  void on_wake(std::function<void()> wake);

  /// Calls what `on_wake` set; without a lock.
  void wake() const;

  /// Texts that went because it was slow.
  [[nodiscard]] uint64_t left_out() const;

  /// It was ended because it took nothing.
  [[nodiscard]] bool is_stalled() const;

private:
  struct item {
    text_ptr text = {};
    uint32_t slot = 0;
    keep how = keep::always;
  };

  void conflate();
  bool take_arming();

  mutable std::mutex mutex_ = {};
  size_t bytes_max_;
  size_t bytes_ = 0;
  /// Those before `head_` are taken.
  std::vector<item> items_ = {};
  size_t head_ = 0;
  /// The reader has all and wants to hear when there is more.
  bool armed_ = false;
  bool ended_ = false;
  bool stalled_ = false;
  /// Something was taken since the last tick.
  bool moved_ = false;
  time_point progress_at_;
  time_point heartbeat_at_;
  std::shared_ptr<const std::function<void()>> wake_ = {};
  uint64_t left_out_ = 0;
};

} // namespace pumpscope::hub
