#pragma once

#include <chrono>

namespace pumpscope::domain {

/// What a node knows when it decides whether to claim what one node has at a
/// time. Times are those of its own steady clock, where nothing else is said.
struct election_facts {
  /// Another node has it.
  bool owned_by_other = false;
  /// The age of that one's last beat, by the store's clock; one that the store
  /// does not know is silent for ever.
  std::chrono::milliseconds owner_silent_for = std::chrono::milliseconds::max();
  /// A connection to it was refused since that beat: no process listens there.
  bool owner_refuses = false;
  /// This node gives all away.
  bool draining = false;
  /// How long this node has been seeing the store without a break.
  std::chrono::milliseconds seen_for = {};
  /// How long ago somebody took it from this node who is no node; negative =
  /// never.
  std::chrono::milliseconds lost_for = std::chrono::milliseconds{-1};
};

struct election_limits {
  /// Silence after which a node counts as dead.
  std::chrono::milliseconds ttl = {};
  /// The same for one that refuses connections; longer than two beats are
  /// apart, so that one that lives behind a firewall keeps what it has.
  std::chrono::milliseconds ttl_refusing = {};
};

/// Returns the silence of the owner that suffices to claim what it has.
std::chrono::milliseconds sufficient_silence(const election_facts& x,
                                             const election_limits& limits);

/// Tells whether to claim.
///
/// - What nobody has is claimed at once.
/// - A dead owner is believed only by a node that has seen the store for as
///   long as the owner must be silent: after a pause of the store itself all
///   nodes look dead, until they had time for a beat.
/// - After a tool took the store over (`dlq retry`, `gaps fill`) it has a
///   `ttl` for its work.
bool may_claim(const election_facts& x, const election_limits& limits);

} // namespace pumpscope::domain
