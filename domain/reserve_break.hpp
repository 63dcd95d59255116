#pragma once

#include "domain/pubkey.hpp"
#include "domain/trade.hpp"

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

  friend bool operator==(const reserve_break&, const reserve_break&) = default;
};

} // namespace pumpscope::domain
