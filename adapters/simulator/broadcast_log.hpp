#pragma once

#include "adapters/simulator/generator.hpp"

#include <grpcpp/support/slice.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace pumpscope::simulator {

/// One served update: its body is shared by all clients, never copied.
struct broadcast_message {
  uint64_t sequence = 0;
  update_kind kind = update_kind::slot;
  uint64_t slot = 0;
  uint8_t status = 0;
  bool failed = false;
  bool names_pump = false;
  bool names_pump_amm = false;
  grpc::Slice body = {};
};

using broadcast_message_ptr = std::shared_ptr<const broadcast_message>;

/// A block as the unary calls tell of it.
struct block_facts {
  uint64_t slot = 0;
  uint64_t height = 0;
  std::string hash = {};
};

/// The bounded window of the stream that all clients read from, each with a
/// cursor of its own: the window is every client's queue. A client that falls
/// behind its start is told so and ends; nobody else waits for it, unless the
/// writer asks to (`wait_for_readers`). Thread-safe.
class broadcast_log {
public:
  /// Commitment levels, by their wire number.
  static constexpr size_t commitments = 3;

  broadcast_log(uint64_t slots_max, size_t bytes_max);

  /// Appends an update and wakes the readers that wait.
  void append(const generated_update& x);

  /// Says that nothing more comes; wakes everybody.
  void close();

  /// Outcome of `pull`.
  enum class state : uint8_t {
    /// There are messages.
    ready,
    /// Nothing new: `wake` will be called once.
    waiting,
    /// The reader's place is no longer in the window.
    lagged,
    /// The stream is over and the reader has all of it.
    ended,
  };

  /// A reader of the log.
  struct cursor {
    uint64_t next = 0;
    /// Updates of older slots are left out.
    uint64_t from_slot = 0;
    /// 0 processed, 1 confirmed, 2 finalized: transactions and metas of a slot
    /// wait until it has that status.
    uint8_t commitment = 0;
  };

  /// Moves up to `count` messages to `out`. When there are none, `wake` is
  /// kept and called once, from the writer's thread and without the lock.
  state pull(cursor& x, size_t count, std::vector<broadcast_message_ptr>& out,
             std::function<void()> wake);

  /// A cursor at the end of the stream.
  [[nodiscard]] cursor live() const;

  /// A cursor at the start of the window, for a replay.
  [[nodiscard]] cursor replay(uint64_t from_slot) const;

  /// The oldest slot that is in the window as a whole; absent while empty.
  [[nodiscard]] std::optional<uint64_t> first_available() const;

  /// The newest slot of any update.
  [[nodiscard]] uint64_t tip() const;

  /// The newest block with a commitment; absent while there is none.
  [[nodiscard]] std::optional<block_facts> newest(uint8_t commitment) const;

  /// Whether `hash` is one of the newest 150 blocks of a commitment.
  [[nodiscard]] bool valid(const std::string& hash, uint8_t commitment) const;

  /// Registers a reader for `wait_for_readers`; the id names it.
  uint64_t add_reader();
  void reader_at(uint64_t id, uint64_t sequence);
  void remove_reader(uint64_t id);
  [[nodiscard]] size_t readers() const;

  /// Blocks until there is a reader and none is more than `lead_max` messages
  /// or `bytes_max` behind; false when asked to stop.
  bool wait_for_readers(uint64_t lead_max, std::stop_token stop);

  /// Blocks until every reader has taken everything, for at most `patience`.
  void drain(std::chrono::milliseconds patience, std::stop_token stop);

private:
  /// Where the parts of a slot are in the window.
  struct slot_index {
    std::vector<uint64_t> contents = {};
    /// Sequence of the status by commitment; 0 = not yet.
    std::array<uint64_t, commitments> reached = {};
  };

  void index(const broadcast_message& x);
  void trim();
  [[nodiscard]] broadcast_message_ptr at(uint64_t sequence) const;
  void deliver(const broadcast_message_ptr& x, const cursor& place,
               std::vector<broadcast_message_ptr>& out) const;
  void note_block(const generated_update& x);
  [[nodiscard]] uint64_t slowest() const;

  const uint64_t slots_max_;
  const size_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable_any moved_;
  std::deque<broadcast_message_ptr> window_ = {};
  /// Sequence of the first message of the window; sequences start at 1.
  uint64_t first_ = 1;
  size_t bytes_ = 0;
  bool closed_ = false;
  uint64_t tip_ = 0;
  std::map<uint64_t, slot_index> slots_ = {};
  /// Where the blocks of the window begin: sequence and slot.
  std::deque<std::pair<uint64_t, uint64_t>> starts_ = {};
  std::deque<block_facts> blocks_ = {};
  std::array<uint64_t, commitments> newest_slot_ = {};
  std::vector<std::function<void()>> waiting_ = {};
  std::map<uint64_t, uint64_t> readers_ = {};
  uint64_t reader_ids_ = 0;
};

} // namespace pumpscope::simulator
