#include "domain/trade.hpp"

namespace pumpscope::domain {

namespace {

/// What the wallet did seen from the pool: an inverted pool swaps the sides.
bool buys_base(const trade& x) {
  auto buy = x.side == trade_side::buy;
  return has_flag(x, trade_flag::inverted) ? !buy : buy;
}

} // namespace

reserves reserves_after(const trade& x) {
  auto base = static_cast<i128>(x.event_base_reserves);
  auto quote = static_cast<i128>(x.event_quote_reserves);
  if (x.program == program::pump)
    return {base, quote};
  auto base_units = static_cast<i128>(x.pool_base_units);
  auto quote_units = static_cast<i128>(x.pool_quote_units);
  auto lp_fee = static_cast<i128>(x.lp_fee_units);
  if (buys_base(x))
    return {base - base_units, quote + quote_units + lp_fee};
  return {base + base_units, quote - quote_units + lp_fee};
}

reserves reserves_before(const trade& x) {
  auto base = static_cast<i128>(x.event_base_reserves);
  auto quote = static_cast<i128>(x.event_quote_reserves);
  if (x.program == program::pump_amm)
    return {base, quote};
  auto base_units = static_cast<i128>(x.pool_base_units);
  auto quote_units = static_cast<i128>(x.pool_quote_units);
  if (buys_base(x))
    return {base + base_units, quote - quote_units};
  return {base - base_units, quote + quote_units};
}

price spot_price(const trade& x) {
  auto after = reserves_after(x);
  auto effective_quote = after.quote;
  // A pool may claim any number of virtual reserves.
  if (!checked_add(effective_quote, x.virtual_quote_reserves) || after.base < 0
      || effective_quote < 0)
    return {};
  auto base = static_cast<u128>(after.base);
  auto quote = static_cast<u128>(effective_quote);
  if (has_flag(x, trade_flag::inverted))
    return quote == 0 ? price{} : price{base, quote};
  return base == 0 ? price{} : price{quote, base};
}

} // namespace pumpscope::domain
