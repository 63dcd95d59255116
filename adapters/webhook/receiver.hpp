#pragma once

#include "messages/inbox.hpp"
#include "messages/store.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pumpscope::webhook {

struct receiver_settings {
  /// What the header `Authorization` must be; empty = anybody may post.
  std::string secret = {};
  messages::inbox_limits limits = {};
  /// Payloads that wait for the store, and their bytes; more are refused.
  size_t waiting_max = 256;
  size_t waiting_bytes_max = size_t{64} << 20;
};

/// What became of a payload.
enum class verdict : uint8_t {
  /// Durable, or there was nothing in it.
  stored,
  /// It holds no transaction.
  malformed,
  /// The inbox has no room: later it will.
  full,
  /// Too many payloads wait for the store.
  busy,
  /// The store did not take it.
  failed,
};

struct receipt {
  verdict outcome = verdict::failed;
  /// Entries that are transactions, and those that are none.
  size_t accepted = 0;
  size_t malformed = 0;
  /// What is wrong, for people; empty when nothing is.
  std::string problem = {};
};

/// What a receiver did.
struct receiver_counters {
  uint64_t stored = 0;
  uint64_t malformed = 0;
  uint64_t malformed_entries = 0;
  uint64_t full = 0;
  uint64_t busy = 0;
  uint64_t failed = 0;
};

/// Takes payloads and puts them into the inbox of the store, several at a time,
/// on a thread of its own. All functions may be called by any thread.
class receiver {
public:
  using reply = std::function<void(receipt)>;

  /// `view` comes from `store::open_inbox`.
  receiver(std::unique_ptr<messages::store> view, receiver_settings settings);

  /// What waits is answered with `failed`.
  ~receiver();

  receiver(const receiver&) = delete;
  receiver& operator=(const receiver&) = delete;

  /// Compares with the secret; takes the same time for every header of one
  /// length.
  [[nodiscard]] bool authorized(std::string_view header) const;

  /// Calls `done` once, from this or another thread: with `stored` only when
  /// the payload is durable.
  void take(std::string payload, reply done);

  [[nodiscard]] receiver_counters counters() const;

private:
  struct waiting {
    std::string payload = {};
    reply done = {};
    receipt result = {};
  };

  void work();
  void judge(std::vector<waiting>& xs) const;
  void append(std::vector<waiting>& xs);
  void append_one(waiting& x);
  void answer(std::vector<waiting>& xs);

  receiver_settings settings_;
  std::unique_ptr<messages::store> view_;
  mutable std::mutex mutex_ = {};
  std::condition_variable wake_ = {};
  /// All guarded by the mutex.
  std::deque<waiting> queue_ = {};
  size_t queued_bytes_ = 0;
  bool stopping_ = false;
  receiver_counters counters_ = {};
  std::jthread thread_ = {};
};

} // namespace pumpscope::webhook
