#pragma once

#include "domain/int128.hpp"
#include "domain/pubkey.hpp"
#include "domain/trade.hpp"

#include <cstdint>

namespace pumpscope::domain {

/// Totals of a wallet over its SOL-quoted positions (domain.md section 4).
struct wallet_totals {
  uint64_t trades = 0;
  i128 realized = 0;
  i128 realized_gross = 0;
  i128 realized_fifo = 0;
  i128 invested = 0;
  i128 proceeds = 0;
  uint64_t realizations = 0;
  uint64_t wins = 0;
  /// Longest run of realizations with a negative PnL.
  uint64_t loss_streak_max = 0;
  /// Largest |sum| over such runs, positive.
  i128 loss_streak_worst = 0;
  /// SOL positions ever opened, closed ones included.
  uint64_t tokens = 0;

  /// The run that is going on: its length and its sum (negative).
  uint64_t loss_streak = 0;
  i128 loss_streak_sum = 0;
  /// Sum of the costs that sells took out: ROI = realized / cost_out.
  i128 cost_out = 0;
  i128 sold_units_matched = 0;
  i128 sold_units = 0;
  /// Sum of |gross legs|.
  i128 volume = 0;
  int64_t first_trade_at = 0;
  int64_t last_trade_at = 0;
  /// Inputs of the documented risk score (domain/score.hpp).
  i128 buy_size_last = 0;
  uint64_t buys_after_loss = 0;
  uint64_t buys_grown_after_loss = 0;
  /// Inputs of the boards of window `all`: sum of the negative realizations
  /// (negative), how many they are, and the last one; slot 0 = none.
  i128 losses = 0;
  uint64_t losing_realizations = 0;
  chain_position last_loss = {};
  int64_t last_loss_at = 0;

  friend bool operator==(const wallet_totals&, const wallet_totals&) = default;
};

/// What one wallet did within one bucket of a rolling window: a stored row.
/// SOL-quoted trades only; amounts are lamports of the net leg.
struct wallet_bucket {
  pubkey wallet = {};
  /// Length of the bucket in seconds: 300 (for 24h) or 3600 (for 7d).
  uint32_t length = 0;
  /// Unix seconds, a multiple of `length`.
  int64_t start = 0;
  /// Sum of realized PnL.
  i128 net = 0;
  /// Sum of the negative realizations.
  i128 losses = 0;
  uint64_t realizations = 0;
  uint64_t losing_realizations = 0;
  uint64_t trades = 0;
  /// Position and time of the last negative realization; slot 0 = none.
  chain_position last_loss = {};
  int64_t last_loss_at = 0;

  friend bool operator==(const wallet_bucket&, const wallet_bucket&) = default;
};

} // namespace pumpscope::domain
