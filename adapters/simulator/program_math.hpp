#pragma once

#include "domain/int128.hpp"

#include <algorithm>
#include <cstdint>

namespace pumpscope::simulator::program_math {

using domain::u128;

/// floor(a * b / d). Pre: `d > 0` and the quotient fits.
constexpr uint64_t mul_div(uint64_t a, uint64_t b, uint64_t d) {
  return static_cast<uint64_t>(static_cast<u128>(a) * b / d);
}

/// ceil(a * b / d). Pre: as `mul_div`.
constexpr uint64_t mul_div_up(uint64_t a, uint64_t b, uint64_t d) {
  return static_cast<uint64_t>((static_cast<u128>(a) * b + d - 1) / d);
}

/// A fee: ceil(amount * bps / 10000).
constexpr uint64_t fee(uint64_t amount, uint64_t bps) {
  return mul_div_up(amount, bps, 10'000);
}

/// What the curve asks for `tokens`, fees apart. Pre: `tokens < virtual_token`.
constexpr uint64_t curve_buy_cost(uint64_t tokens, uint64_t virtual_quote,
                                  uint64_t virtual_token) {
  return mul_div(tokens, virtual_quote, virtual_token - tokens) + 1;
}

/// What the curve gives for `quote`, fees apart.
constexpr uint64_t curve_buy_tokens(uint64_t quote, uint64_t virtual_quote,
                                    uint64_t virtual_token) {
  return static_cast<uint64_t>(static_cast<u128>(quote) * virtual_token
                               / (static_cast<u128>(virtual_quote) + quote));
}

/// What the curve pays for `tokens`, fees apart.
constexpr uint64_t curve_sell_quote(uint64_t tokens, uint64_t virtual_quote,
                                    uint64_t virtual_token) {
  return static_cast<uint64_t>(static_cast<u128>(tokens) * virtual_quote
                               / (static_cast<u128>(virtual_token) + tokens));
}

/// What the pool asks for `base_out`, fees apart. `quote` is the effective
/// reserve, virtual part included. Pre: `base_out < base`.
constexpr uint64_t pool_buy_cost(uint64_t base_out, uint64_t base,
                                 uint64_t quote) {
  return mul_div_up(quote, base_out, base - base_out);
}

/// What the pool gives for `net` quote.
constexpr uint64_t pool_buy_base(uint64_t net, uint64_t base, uint64_t quote) {
  return static_cast<uint64_t>(static_cast<u128>(base) * net
                               / (static_cast<u128>(quote) + net));
}

/// What the pool pays for `base_in`, fees apart.
constexpr uint64_t pool_sell_quote(uint64_t base_in, uint64_t base,
                                   uint64_t quote) {
  return static_cast<uint64_t>(static_cast<u128>(quote) * base_in
                               / (static_cast<u128>(base) + base_in));
}

/// floor(sqrt(x)).
constexpr uint64_t square_root(u128 x) {
  if (x == 0)
    return 0;
  auto result = static_cast<u128>(1) << 64;
  while (true) {
    auto next = (result + x / result) / 2;
    if (next >= result)
      return static_cast<uint64_t>(std::min<u128>(result, ~uint64_t{0}));
    result = next;
  }
}

} // namespace pumpscope::simulator::program_math
