#pragma once

#include "domain/pubkey.hpp"
#include "domain/trade.hpp"

#include <cstdint>

namespace pumpscope::domain {

/// Where a chain of reserves does not join: proof of a missing, doubled or
/// misordered event (domain.md section 8).
struct reserve_break {
  /// The pool; the default key for the curve.
  pubkey pool = {};
  /// What the events so far say.
  reserves expected = {};
  /// What this event says was there before it.
  reserves found = {};
  chain_position position = {};
  /// Slot of the event before this one: what is missing lies between the two,
  /// in their own slots too.
  uint64_t since_slot = 0;
  /// Of this event, unix seconds.
  int64_t block_time = 0;

  friend bool operator==(const reserve_break&, const reserve_break&) = default;
};

/// Where to look for what a break lacks: the part of it that a token keeps.
struct break_span {
  /// As in `reserve_break`.
  uint64_t since_slot = 0;
  chain_position position = {};
  int64_t block_time = 0;

  friend bool operator==(const break_span&, const break_span&) = default;
};

constexpr break_span span_of(const reserve_break& x) {
  return {x.since_slot, x.position, x.block_time};
}

} // namespace pumpscope::domain
