#pragma once

#include "adapters/simulator/broadcast_log.hpp"
#include "adapters/simulator/subscription_filter.hpp"

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace geyser {
class SubscribeRequest;
} // namespace geyser

namespace pumpscope::simulator {

class session_reactor;

/// Slots that are still replayed when replays are refused: without them a
/// client could not even go on where the refusal tells it to.
inline constexpr uint64_t replay_slack = 8;

/// One stream of one client. Writes one message at a time; what is to be sent
/// next comes from the log, so nothing is queued here but pongs (at most 64)
/// and one pulled batch. Thread-safe.
class session : public std::enable_shared_from_this<session> {
public:
  /// `refuse_replay`: every from_slot more than 8 slots old is out of range.
  session(broadcast_log& log, bool refuse_replay);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// The gRPC side of it, owned by gRPC from now on.
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* attach();

  /// Sends a ping as soon as possible.
  void ping();

  /// Ends the stream; later calls change nothing.
  void finish(const grpc::Status& status);

  /// When the stream began.
  [[nodiscard]] std::chrono::steady_clock::time_point began() const {
    return began_;
  }

  /// Whether gRPC has let go of it.
  [[nodiscard]] bool done() const;

private:
  friend class session_reactor;

  void on_read(bool ok);
  void on_write_done(bool ok);
  void on_done();
  void on_request(const geyser::SubscribeRequest& request);
  void subscribe(const geyser::SubscribeRequest& request);
  void pump();
  bool pull();
  void on_news();
  void write(grpc::ByteBuffer bytes, bool more);
  void finish_locked(const grpc::Status& status);

  static constexpr size_t pongs_max = 64;
  static constexpr size_t batch = 256;

  broadcast_log& log_;
  const bool refuse_replay_;
  const std::chrono::steady_clock::time_point began_;
  uint64_t reader_ = 0;
  mutable std::recursive_mutex mutex_;
  session_reactor* reactor_ = nullptr;
  grpc::ByteBuffer incoming_ = {};
  grpc::ByteBuffer outgoing_ = {};
  subscription_filter filter_ = {};
  broadcast_log::cursor cursor_ = {};
  bool subscribed_ = false;
  bool writing_ = false;
  bool finished_ = false;
  bool done_ = false;
  bool ping_due_ = false;
  /// The log will call back.
  bool parked_ = false;
  std::deque<int32_t> pongs_ = {};
  std::vector<broadcast_message_ptr> pulled_ = {};
  /// What of it the client wants, with the bytes of its filter keys.
  std::vector<std::pair<std::string, broadcast_message_ptr>> wanted_ = {};
  size_t next_wanted_ = 0;
};

} // namespace pumpscope::simulator
