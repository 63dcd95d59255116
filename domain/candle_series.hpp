#pragma once

#include "domain/candle.hpp"
#include "domain/trade.hpp"
#include "domain/wallet_sketch.hpp"

#include <boost/container/static_vector.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace pumpscope::domain {

/// A bar that a trade closed, or that changed.
struct candle_change {
  pubkey quote_mint = {};
  domain::interval interval = interval::m1;
  domain::candle candle = {};

  friend bool operator==(const candle_change&, const candle_change&) = default;
};

/// Bars that one trade closed: at most one per interval, without allocation.
using closed_candles = boost::container::static_vector<candle_change, 6>;

/// The bars of one (mint, quote mint) series that are open, and what the next
/// trade needs to know.
struct candle_series {
  pubkey quote_mint = {};
  /// Number of on-venue trades of the series.
  uint64_t trades = 0;
  /// By index of `all_intervals`; `trades == 0` where none is open.
  std::array<candle, 6> open = {};
  /// Wallets of the open 5m bar with the last 1s and 1m bar they were seen in.
  wallet_set wallets = {};
  /// Sketches of the open 15m, 1h and 24h bars.
  std::array<wallet_sketch, 3> sketches = {};
  /// Spot price after the last priced trade; empty before it.
  price last_price = {};
  /// Spot price after the first priced trade (`since_launch`).
  price first_price = {};

  friend bool operator==(const candle_series&, const candle_series&) = default;
};

/// Tells whether a trade belongs to a 1m bar that is older than the open one.
bool is_older_than_open(const candle_series& series, int64_t block_time);

/// Folds the next on-venue trade in chain order into the open bars and adds
/// those that it closed. Pre: not `is_older_than_open`. A 1s bar that is older
/// than the open one is left out: closed 1s bars are re-folded when read.
void apply(candle_series& series, const trade& x, const price& spot,
           closed_candles& closed);

/// Returns an open bar, above 5m with its estimate of `wallets`; nullopt when
/// there is none.
std::optional<candle> open_candle(const candle_series& series, interval length);

/// Every 1m and 5m bar of a mint, for a re-fold of its whole history: trades
/// come in chain order, their block times in any order.
///
/// Memory: two bars and their wallets per minute of history.
class candle_history {
public:
  candle_history();
  ~candle_history();
  candle_history(candle_history&&) noexcept;
  candle_history& operator=(candle_history&&) noexcept;

  /// Begins with the open bars of a series; those that it closed are gone.
  void start(const candle_series& series);

  /// Folds the next on-venue trade in chain order.
  void apply(candle_series& series, const trade& x, const price& spot);

  /// Puts the newest bars and their wallets into a series, as if it had seen
  /// the trades itself.
  void finish(candle_series& series) const;

  /// Returns all bars by interval, quote mint and time.
  [[nodiscard]] std::vector<candle_change> bars() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace pumpscope::domain
