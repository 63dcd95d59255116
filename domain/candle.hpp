#pragma once

#include "domain/int128.hpp"
#include "domain/pubkey.hpp"
#include "domain/trade.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pumpscope::domain {

/// Length of a candle in seconds.
enum class interval : uint32_t {
  s1 = 1,
  m1 = 60,
  m5 = 300,
  m15 = 900,
  h1 = 3'600,
  h24 = 86'400,
};

/// All intervals, by length.
inline constexpr auto all_intervals = std::array{interval::s1, interval::m1,
                                                 interval::m5, interval::m15,
                                                 interval::h1, interval::h24};

/// The intervals of the canonical dump, by length.
inline constexpr auto dumped_intervals = std::array{
  interval::m1, interval::m5, interval::m15, interval::h1, interval::h24};

/// Returns the start of the bucket that `time` (unix seconds) belongs to;
/// floors, also before 1970.
constexpr int64_t open_time(int64_t time, interval length) {
  auto step = static_cast<int64_t>(length);
  auto rest = time % step;
  return time - (rest < 0 ? rest + step : rest);
}

/// OHLCV of one bucket of a (mint, quote mint) series of the leading venue.
/// Invariant: `low <= open, close <= high`.
///
/// A trade whose reserves allow no spot price counts in volumes and counters
/// only; a bucket of nothing else has empty prices (`token == 0`).
struct candle {
  int64_t open_time = 0;
  price open = {};
  price high = {};
  price low = {};
  price close = {};
  i128 volume_quote = 0;
  i128 volume_token = 0;
  i128 buy_volume_quote = 0;
  i128 sell_volume_quote = 0;
  uint64_t trades = 0;
  uint64_t buys = 0;
  uint64_t sells = 0;
  /// Distinct wallets; exact up to 5m.
  uint64_t wallets = 0;

  /// Chain positions of the priced trades that gave `open` and `close`: with
  /// them `merge` is exact although block times are not monotone.
  chain_position first = {};
  chain_position last = {};
  /// Spot price before the first trade, of the series' trade before it in
  /// chain order; empty for the first bucket of a series. The reference of a
  /// price change (domain.md section 6).
  price previous_close = {};

  friend bool operator==(const candle&, const candle&) = default;
};

/// Folds a trade into a candle; the trade is the newest one in chain order.
/// `spot` is its spot price, empty where there is none, `previous_close` the
/// spot price before it. Leaves `open_time` and `wallets` alone.
void apply(candle& bar, const trade& x, const price& spot,
           const price& previous_close);

/// Merges a candle of the same series into one that covers its time, in any
/// order; `into.open_time` stays. `wallets` become 0: distinct counts do not
/// add up.
void merge(candle& into, const candle& x);

/// Returns the candles of `length` that 1m candles (ascending by time) merge
/// into. Pre: `length` is a multiple of 1m.
std::vector<candle> merge_all(std::span<const candle> minutes, interval length);

/// Tells whether the invariant holds.
bool is_valid(const candle& x);

} // namespace pumpscope::domain
