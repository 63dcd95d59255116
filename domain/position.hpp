#pragma once

#include "domain/int128.hpp"
#include "domain/pubkey.hpp"
#include "domain/trade.hpp"

#include <compare>
#include <cstdint>
#include <vector>

namespace pumpscope::domain {

/// Names a position of a wallet.
struct position_key {
  pubkey mint = {};
  pubkey quote_mint = {};

  friend auto operator<=>(const position_key&, const position_key&) = default;
};

/// What is left of one buy: first in, first out.
struct lot {
  i128 units = 0;
  i128 cost = 0;
  /// Unix seconds of the buy.
  int64_t bought_at = 0;

  friend bool operator==(const lot&, const lot&) = default;
};

/// What one wallet holds and made of one coin against one quote mint. Terms
/// and formulas: domain.md section 4. All amounts in base units.
///
/// Invariants: `invested == cost_out + cost_basis`,
/// `bought_units == matched_units + units`, the lots' units sum up to `units`.
struct position {
  position_key key = {};

  i128 units = 0;
  i128 cost_basis = 0;
  i128 bought_units = 0;
  i128 sold_units = 0;
  i128 invested = 0;
  i128 proceeds = 0;
  i128 realized = 0;
  i128 realized_gross = 0;
  i128 realized_fifo = 0;
  i128 unmatched_units = 0;
  i128 unmatched_proceeds = 0;
  uint64_t buys = 0;
  uint64_t sells = 0;
  uint64_t realizations = 0;
  uint64_t wins = 0;

  /// Cost basis of the same fold over the gross leg.
  i128 cost_basis_gross = 0;
  /// Sum of the costs that sells took out.
  i128 cost_out = 0;
  i128 matched_units = 0;
  /// Sum over sold FIFO units of units * seconds held; saturates.
  i128 held_unit_seconds = 0;
  int64_t first_trade_at = 0;
  int64_t last_trade_at = 0;
  /// Oldest first.
  std::vector<lot> lots = {};

  friend bool operator==(const position&, const position&) = default;
};

} // namespace pumpscope::domain
