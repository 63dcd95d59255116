#pragma once

#include "domain/int128.hpp"
#include "domain/pubkey.hpp"
#include "domain/trade.hpp"

#include <array>
#include <cstdint>

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

  friend bool operator==(const candle&, const candle&) = default;
};

} // namespace pumpscope::domain
