#pragma once

#include "actors/partition_host.hpp"
#include "adapters/http/message.hpp"
#include "adapters/http/route.hpp"
#include "messages/hosting.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace pumpscope::runtime {

/// What this node hosts for the one with the sequencer, while it has none
/// itself. Answers the requests of `peer_host_link`. Thread-safe; one thread of
/// its own begins and ends what is hosted, because that waits for the store.
class partition_hosting
  : public std::enable_shared_from_this<partition_hosting> {
public:
  /// `parts` has the stores, of which nobody else makes use while it is open;
  /// `on_change` is told how many partitions are hosted now.
  partition_hosting(actors::partition_host_config config,
                    actors::partition_host_parts parts, size_t threads,
                    std::function<void(size_t)> on_change);

  ~partition_hosting();

  partition_hosting(const partition_hosting&) = delete;
  partition_hosting& operator=(const partition_hosting&) = delete;

  /// Answers `/hosting/…`.
  void answer(http::request x, const http::reply& done);

  /// From here on we may be asked to host.
  void open();

  /// Ends what is hosted, and waits for the end.
  void close();

  /// Whoever asks us to host now is answered at once.
  [[nodiscard]] bool is_ready() const;

  /// Partitions that are hosted now, of one kind.
  [[nodiscard]] size_t partitions() const;

private:
  /// One hosting: its own actor system, and the stream of its events.
  struct session;
  class events;

  struct command {
    /// Empty = end.
    std::shared_ptr<const messages::host_begin> begin = {};
    http::reply done = {};
    /// What is to be ended: this one, 0 = whatever there is.
    uint64_t number = 0;
  };

  void begin(const std::string& body, const http::reply& done);
  void pass(messages::hosting_id id, const std::string& body,
            const http::reply& done);
  void ask(messages::hosting_id id, const std::string& body,
           const http::reply& done);
  /// Notes that the session has so many partitions more, or fewer.
  void count(const std::shared_ptr<session>& of, int64_t more);
  void end_later(uint64_t number);

  void run(const std::stop_token& stop);
  void handle(command x);
  void end_session();
  /// The session that was begun as this one; null = there is none.
  [[nodiscard]] std::shared_ptr<session> of(messages::hosting_id id) const;

  actors::partition_host_config config_;
  actors::partition_host_parts parts_;
  size_t threads_;
  std::function<void(size_t)> on_change_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  /// Guarded by the mutex.
  bool open_ = false;
  bool working_ = false;
  std::deque<command> commands_;
  std::shared_ptr<session> session_;
  messages::hosting_id newest_ = {};
  uint64_t sessions_ = 0;
  /// Ends first.
  std::jthread thread_;
};

} // namespace pumpscope::runtime
