#pragma once

#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"

#include <caf/error.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <deque>
#include <vector>

namespace pumpscope::actors {

struct router_config {
  /// Partitions per kind.
  uint32_t partitions = 64;

  /// Seed of the store's key hash.
  uint64_t hash_seed = 0;
};

/// Sorts the rows of an epoch to their partitions; rows named by a repair are
/// left out of the lanes of the kind that repairs them.
messages::routed_epoch_ptr route(const messages::epoch_ptr& x,
                                 const router_config& config);

struct router_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "router";

  /// An epoch that partitions are folding: acknowledgements missing.
  struct folding_epoch {
    uint64_t number = 0;
    /// Of partitions of this node.
    size_t missing_here = 0;
    size_t missing_hosts = 0;
  };

  void handle(const messages::epoch_committed& x);

  void handle(const messages::epoch_applied& x);
  void handle(const messages::host_applied& x);

  /// The epoch of this number; null = nobody folds it.
  folding_epoch* find(uint64_t number);

  /// Tells of the epochs at the front that all folded.
  void complete_epochs();

  caf::typed_response_promise<messages::head_row>
  handle_leave(const messages::served_partitions& x);

  messages::head_row handle_join(const messages::served_partitions& x);

  /// Passes on to the sequencer.
  template <class Message>
  void pass_on(const Message& x) {
    if (sequencer)
      self->send(sequencer, x);
  }

  [[nodiscard]] caf::settings status() const;

  messages::router_actor::pointer self = nullptr;
  router_config config = {};
  messages::sequencer_actor sequencer = {};
  std::vector<messages::wallet_partition_actor> wallets = {};
  std::vector<messages::token_partition_actor> tokens = {};
  std::vector<messages::epoch_folder_actor> hosts = {};
  /// Ascending.
  std::deque<folding_epoch> folding = {};
  uint64_t epochs_total = 0;
  uint64_t completed_epoch = 0;
  /// Whoever waits until all that was passed on to some is folded.
  struct leaving {
    messages::head_row head = {};
    caf::typed_response_promise<messages::head_row> promise = {};
  };
  std::vector<leaving> leavings = {};
  messages::publisher_actor publisher = {};
  /// That of the last epoch that was passed on.
  messages::head_row head = {};
  messages::tracer tracer = {};
  messages::handler_clock handlers = {};
};

/// Hands durable epochs to the partitions and counts their acknowledgements;
/// a completed epoch is credit for the sequencer.
///
/// One exists. It holds nothing but the numbers of epochs in flight, bounded by
/// the sequencer's credit, and who waits for them; when it dies the pipeline
/// restarts as a whole.
messages::router_actor::behavior_type
router(messages::router_actor::stateful_pointer<router_state> self,
       router_config config);

} // namespace pumpscope::actors
