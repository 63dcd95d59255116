#pragma once

#include <chrono>

namespace pumpscope::domain {

/// What a node knows when it decides whether to claim what one node has at a
/// time. Times are those of its own steady clock.
struct election_facts {
  /// Another node has it.
  bool owned_by_other = false;
  /// That one lives, by the store's clock.
  bool owner_alive = false;
  /// This node gives all away.
  bool draining = false;
  /// How long this node has been seeing the store without a break.
  std::chrono::milliseconds seen_for = {};
  /// How long ago somebody took it from this node who is no node; negative =
  /// never.
  std::chrono::milliseconds lost_for = std::chrono::milliseconds{-1};
};

/// Tells whether to claim. `ttl` is the time after which a silent node counts
/// as dead.
///
/// - What nobody has is claimed at once.
/// - A dead owner is believed only by a node that has seen the store for a
///   whole `ttl`: after a pause of the store itself all nodes look dead, until
///   they had time for a beat.
/// - After a tool took the store over (`dlq retry`, `gaps fill`) it has a
///   `ttl` for its work.
bool may_claim(const election_facts& x, std::chrono::milliseconds ttl);

} // namespace pumpscope::domain
