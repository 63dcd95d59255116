#pragma once

#include "domain/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pumpscope::domain {

/// Sums of amounts. One event carries u64; sums and signed results take 128
/// bits.
__extension__ using u128 = unsigned __int128;

/// @copydoc u128
__extension__ using i128 = __int128;

inline constexpr i128 i128_max
  = static_cast<i128>((~static_cast<u128>(0)) >> 1);
inline constexpr i128 i128_min = -i128_max - 1;

/// Returns `x` in decimal.
std::string to_string(i128 x);

/// @copydoc to_string
std::string to_string(u128 x);

/// Reads a decimal integer, with `-` where it is negative.
/// Refuses with `errc::invalid_text` what is not one or does not fit.
result<i128> parse_i128(std::string_view text);

/// Adds `y` to `x` or throws nothing and returns false when the sum does not
/// fit; `x` is then unchanged.
[[nodiscard]] inline bool checked_add(i128& x, i128 y) {
  i128 sum = 0;
  if (__builtin_add_overflow(x, y, &sum))
    return false;
  x = sum;
  return true;
}

/// Returns floor(a * b / d) exactly, also where a * b needs 256 bits.
/// Division floors for negative `a` too. Pre: `b >= 0` and `d > 0`, and the
/// quotient fits (it does whenever `b <= d`).
i128 mul_div_floor(i128 a, i128 b, i128 d);

/// Compares the fractions an/ad and bn/bd by cross multiplication.
/// Pre: denominators are positive. Returns <0, 0 or >0.
int compare_fractions(u128 an, u128 ad, u128 bn, u128 bd);

/// Returns the correctly rounded double of n / d. Pre: `d > 0`.
double fraction_to_double(u128 n, u128 d);

} // namespace pumpscope::domain
