#pragma once

#include "actors/partition.hpp"
#include "actors/store_reader.hpp"
#include "actors/store_writer.hpp"
#include "messages/hosting.hpp"

#include <caf/error.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pumpscope::actors {

struct partition_host_config {
  store_writer_config writer = {};
  store_reader_config reader = {};
  /// As in `pipeline_config`.
  partition_config partition = {};
  size_t tokens_live_max = 0;
  bool detached = true;

  /// How long a partition may take to answer.
  std::chrono::milliseconds timeout = std::chrono::milliseconds{60'000};

  /// How long an entity may take to tell of itself: less than whoever asks
  /// waits, so that it hears of the others.
  std::chrono::milliseconds entity_timeout = std::chrono::milliseconds{500};
};

/// What a host works with. The stores are used by one thread each.
struct partition_host_parts {
  std::shared_ptr<messages::store> writer_store = {};
  std::shared_ptr<messages::store> reader_store = {};
  /// Told each event, as `messages::to_frame` makes it; from the host's thread.
  std::function<void(std::string frame)> tell = {};
};

struct partition_host_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "partition-host";

  using promise_type = caf::typed_response_promise<messages::host_answer_ptr>;

  /// What changed in a partition is told once: the last answer is kept, in case
  /// that it got lost on its way.
  struct told_changes {
    /// Of the question.
    uint64_t number = 0;
    /// Null = it is not there yet.
    messages::host_answer_ptr answer = {};
    std::vector<promise_type> waiting = {};
  };

  /// Tells that it is over, whatever ended it.
  ~partition_host_state();

  /// Spawns all partitions and what they need.
  void start(const messages::host_begin& x);

  /// Spawns partitions, to which all epochs behind this head come.
  void spawn(const std::vector<uint32_t>& partitions,
             const messages::head_row& head, bool holders_known);

  void handle(const messages::host_order_ptr& x);

  void handle(const messages::host_epoch& x);

  void handle(const messages::partitions_left& x);

  void handle(const messages::partitions_joined& x);

  void handle(const messages::partitions_dropped& x);

  void handle(const messages::epoch_applied& x);

  /// Acknowledges the epochs at the front that all partitions folded.
  void tell_folded();

  caf::typed_response_promise<messages::host_answer_ptr>
  ask(const messages::host_question_ptr& x);

  /// Asks a partition what changed, or tells again what it answered.
  template <class Changes, class Partition>
  void ask_changes(const Partition& partition, const messages::host_question& x,
                   const messages::get_changes& what, promise_type promise);

  /// Has each of these entities tell of itself.
  void ask_entities(const messages::entity_handles& found,
                    promise_type promise);

  void tell(const messages::host_event& x);

  void fail(const caf::error& err);

  [[nodiscard]] caf::settings status() const;

  messages::partition_host_actor::pointer self = nullptr;
  partition_host_config config = {};
  partition_host_parts parts = {};
  messages::host_begin hosting = {};
  /// Number of the last order.
  uint64_t orders_total = 0;
  /// Number of the epoch that has to come next.
  uint64_t next_epoch = 0;
  messages::store_writer_actor writer = {};
  messages::store_reader_actor reader = {};
  std::map<uint32_t, messages::wallet_partition_actor> wallets = {};
  std::map<uint32_t, messages::token_partition_actor> tokens = {};
  /// Those that only answer, until nobody asks them any more.
  std::map<uint32_t, messages::wallet_partition_actor> left_wallets = {};
  std::map<uint32_t, messages::token_partition_actor> left_tokens = {};
  /// Epochs that partitions are folding: number and acknowledgements missing.
  std::deque<std::pair<uint64_t, size_t>> folding = {};
  /// By kind and partition.
  std::map<std::pair<messages::projection, uint32_t>, told_changes> changes
    = {};
  bool failed = false;
  uint64_t epochs_total = 0;
  uint64_t questions_total = 0;
};

/// Parent of the partitions that this node hosts for the one with the
/// sequencer: folds the epochs that come from there, and writes checkpoints
/// with its fence.
///
/// One exists per hosting. Bounded by the sequencer's credit for epochs. When a
/// child dies it tells so and ends: the sequencer begins anew. Partitions come
/// and go while it folds; those that left answer on until they are dropped.
/// @param begin What to host; the store has the journal up to its head.
messages::partition_host_actor::behavior_type partition_host(
  messages::partition_host_actor::stateful_pointer<partition_host_state> self,
  partition_host_config config, partition_host_parts parts,
  const messages::host_begin& begin);

} // namespace pumpscope::actors
