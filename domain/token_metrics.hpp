#pragma once

#include "domain/int128.hpp"
#include "domain/token_ledger.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace pumpscope::domain {

/// Supply of a pump coin in base units where no event carries one.
inline constexpr uint64_t default_supply_units = 1'000'000'000'000'000;

/// Real token reserves that a SOL-quoted curve starts with.
inline constexpr uint64_t default_initial_real_token = 793'100'000'000'000;

/// What `liquidity` is made of.
enum class liquidity_basis : uint8_t {
  /// Nothing is known yet.
  none = 0,
  /// Real quote reserve of the curve.
  curve_real_quote = 1,
  /// Twice the money side of the pool, without virtual reserves.
  pool_twice_money = 2,
};

/// Returns "none", "curve_real_quote" or "pool_twice_money".
std::string_view to_string(liquidity_basis x);

/// An amount in quote base units and what it is made of.
struct liquidity {
  i128 quote_units = 0;
  liquidity_basis basis = liquidity_basis::none;

  friend bool operator==(const liquidity&, const liquidity&) = default;
};

/// Returns spot * supply in quote base units, floored; nullopt before a priced
/// trade. Supply is 1e15 unless the newest trade carried `base_supply`.
std::optional<i128> market_cap(const token_state& x);

/// Returns the liquidity of the leading venue after its last event.
liquidity liquidity_of(const token_state& x);

/// Returns `1 - real_token / initial_real_token` clamped to 0..1; 1 once the
/// curve is complete; nullopt where the start is not known (no CreateEvent on
/// a mayhem or non-SOL curve, or no curve seen at all).
std::optional<double> progress(const token_state& x);

/// A price change as a ratio, 0.1 = ten percent up.
struct price_change {
  double ratio = 0.0;
  /// The token is younger than the window: measured from its first price.
  bool since_launch = false;

  friend bool operator==(const price_change&, const price_change&) = default;
};

/// Returns `last / reference - 1`; 0 where the reference is 0 or empty.
double change_ratio(const price& last, const price& reference);

/// Returns what the leading venue pays now for `units` of the coin after fees
/// (constant product on its last known reserves, fee rate of its last trade),
/// floored, in quote base units; nullopt before a trade, and where a curve does
/// not tell its real reserves. Pre: `units >= 0`.
std::optional<i128> exit_value(const token_state& x, i128 units);

/// Returns `units * spot` in quote base units, floored; nullopt before a
/// priced trade. `mark = mark_value - cost_basis`. Pre: `units >= 0`.
std::optional<i128> mark_value(const token_state& x, i128 units);

} // namespace pumpscope::domain
