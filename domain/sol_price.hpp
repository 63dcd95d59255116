#pragma once

#include "domain/int128.hpp"
#include "domain/pubkey.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

namespace pumpscope::domain {

/// Highest rate that is believed: a million USD per SOL, in millionths.
inline constexpr uint64_t sol_usd_micros_max = 1'000'000'000'000;

/// Reads a decimal number of USD per SOL, such as `151.25`, into millionths,
/// rounded to the nearest; nothing when it is not above 0, above
/// `sol_usd_micros_max` or no number.
std::optional<uint64_t> parse_usd_micros(std::string_view text);

/// What SOL was worth when: the last rates that were told. Pure.
class sol_price_history {
public:
  /// Rates kept; older ones are forgotten.
  static constexpr size_t samples_max = 4'096;

  /// @param stale_seconds How long a rate holds for block times behind it.
  explicit sol_price_history(int64_t stale_seconds)
    : stale_seconds_(stale_seconds) {
  }

  /// Adds what was told at a time, unix seconds. A time before that of the last
  /// one is taken for it: a clock that was set back rewrites nothing.
  void add(int64_t at, uint64_t usd_micros);

  /// Returns the rate that was known at a block time, in millionths of a USD:
  /// the last one told at or before it, but none that was stale by then; 0 =
  /// unknown.
  [[nodiscard]] uint64_t known_at(int64_t block_time) const;

private:
  struct sample {
    int64_t at = 0;
    uint64_t usd_micros = 0;
  };

  int64_t stale_seconds_ = 0;
  /// Ascending by time.
  std::deque<sample> samples_ = {};
};

/// Returns what base units of a quote mint are worth in USD: SOL by the rate,
/// USDC and USDT at their face value; nothing for other mints, and for SOL
/// when the rate is 0 (unknown).
std::optional<double> usd_value(const pubkey& quote_mint, i128 units,
                                uint64_t sol_usd_micros);

} // namespace pumpscope::domain
