#pragma once

#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <vector>

namespace pumpscope::actors {

struct leaderboard_config {
  /// How long the partitions may take to answer.
  std::chrono::milliseconds timeout = std::chrono::milliseconds{10'000};
};

struct leaderboard_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "leaderboard";

  caf::typed_response_promise<messages::board_ptr>
  handle(const messages::get_board& x);

  [[nodiscard]] caf::settings status() const;

  messages::leaderboard_actor::pointer self = nullptr;
  leaderboard_config config = {};
  std::vector<messages::wallet_partition_actor> partitions = {};
  uint64_t requests_total = 0;
  messages::handler_clock handlers = {};
};

/// Merges the boards of the wallet partitions on request.
///
/// One exists. It keeps no state: the sums live in the partitions, so nothing
/// is lost when it dies.
messages::leaderboard_actor::behavior_type leaderboard(
  messages::leaderboard_actor::stateful_pointer<leaderboard_state> self,
  leaderboard_config config,
  std::vector<messages::wallet_partition_actor> partitions);

} // namespace pumpscope::actors
