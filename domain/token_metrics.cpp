#include "domain/token_metrics.hpp"

#include "domain/known_keys.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace pumpscope::domain {

namespace {

int bits(u128 x) {
  auto high = static_cast<uint64_t>(x >> 64);
  auto width = high != 0 ? 64 + std::bit_width(high)
                         : std::bit_width(static_cast<uint64_t>(x));
  return static_cast<int>(width);
}

/// Returns floor(units * price), or nullopt where it cannot fit.
std::optional<i128> scale(i128 units, const price& x) {
  assert(units >= 0);
  if (x.token == 0
      || bits(static_cast<u128>(units)) + bits(x.quote) - bits(x.token) > 125)
    return std::nullopt;
  return mul_div_floor(units, static_cast<i128>(x.quote),
                       static_cast<i128>(x.token));
}

price last_price(const token_state& x) {
  for (const auto& series : x.series)
    if (x.trades_on_venue > 0 && series.quote_mint == x.last_quote_mint)
      return series.last_price;
  return {};
}

bool is_inverted(const token_state& x) {
  return (x.last_flags & trade_flag::inverted) != 0;
}

} // namespace

std::string_view to_string(liquidity_basis x) {
  switch (x) {
    case liquidity_basis::none:
      return "none";
    case liquidity_basis::curve_real_quote:
      return "curve_real_quote";
    case liquidity_basis::pool_twice_money:
      return "pool_twice_money";
  }
  return "unknown";
}

std::optional<i128> market_cap(const token_state& x) {
  auto supply = x.base_supply > 0 ? x.base_supply : default_supply_units;
  return scale(static_cast<i128>(supply), last_price(x));
}

liquidity liquidity_of(const token_state& x) {
  if (x.trades_on_venue > 0 && x.last_program == program::pump_amm) {
    auto money = is_inverted(x) ? x.last_reserves.base : x.last_reserves.quote;
    return {2 * money, liquidity_basis::pool_twice_money};
  }
  if (!x.curve_real_known)
    return {};
  return {static_cast<i128>(x.real_quote_reserves),
          liquidity_basis::curve_real_quote};
}

std::optional<double> progress(const token_state& x) {
  if (x.curve_complete)
    return 1.0;
  if (!x.curve_real_known)
    return std::nullopt;
  auto initial = x.initial_real_token_reserves;
  if (initial == 0 && !x.mayhem_mode
      && x.curve_quote_mint == known_keys::wsol_mint)
    initial = default_initial_real_token;
  if (initial == 0)
    return std::nullopt;
  auto left = static_cast<double>(x.real_token_reserves)
              / static_cast<double>(initial);
  return std::clamp(1.0 - left, 0.0, 1.0);
}

double change_ratio(const price& last, const price& reference) {
  if (last.token == 0 || reference.token == 0 || reference.quote == 0)
    return 0.0;
  return to_double(last) / to_double(reference) - 1.0;
}

std::optional<i128> exit_value(const token_state& x, i128 units) {
  assert(units >= 0);
  if (x.trades_on_venue == 0)
    return std::nullopt;
  auto coin = x.last_reserves.base;
  auto money = x.last_reserves.quote + x.last_virtual_quote;
  auto payable = x.last_reserves.quote;
  if (x.last_program == program::pump) {
    if (!x.curve_real_known)
      return std::nullopt;
    payable = static_cast<i128>(x.real_quote_reserves);
  } else if (is_inverted(x)) {
    coin = x.last_reserves.quote + x.last_virtual_quote;
    money = x.last_reserves.base;
    payable = money;
  }
  if (coin <= 0 || money <= 0 || units > i128_max - coin)
    return std::nullopt;
  auto gross = std::min(mul_div_floor(money, units, coin + units), payable);
  // Fees are rounded up on chain.
  auto fee = -mul_div_floor(-gross, static_cast<i128>(x.last_fee_basis_points),
                            10'000);
  return std::max(gross - fee, static_cast<i128>(0));
}

std::optional<i128> mark_value(const token_state& x, i128 units) {
  return scale(units, last_price(x));
}

} // namespace pumpscope::domain
