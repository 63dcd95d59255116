#include "domain/int128.hpp"

#include <boost/multiprecision/cpp_int.hpp>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

namespace pumpscope::domain {

namespace {

using wide = boost::multiprecision::int512_t;

/// Converts without relying on the optional __int128 interop of Boost.
wide to_wide(u128 x) {
  auto result = wide{static_cast<uint64_t>(x >> 64)};
  result <<= 64;
  result |= static_cast<uint64_t>(x);
  return result;
}

u128 magnitude(i128 x) {
  return x < 0 ? -static_cast<u128>(x) : static_cast<u128>(x);
}

bool fits_64(u128 x) {
  return (x >> 64) == 0;
}

/// Returns the correctly rounded double of a fraction of 64-bit numbers by one
/// division with 64 bits of precision, where the machine has it; nothing in the
/// rare case that it cannot tell. Rounding twice goes wrong only from the very
/// middle between two doubles.
std::optional<double> divide_long(uint64_t n, uint64_t d) {
  using wide_float = long double;
  if constexpr (std::numeric_limits<wide_float>::digits == 64
                && std::endian::native == std::endian::little) {
    auto quotient = static_cast<wide_float>(n) / static_cast<wide_float>(d);
    uint64_t significand = 0;
    std::memcpy(&significand, &quotient, sizeof(significand));
    constexpr auto dropped = (uint64_t{1} << 11) - 1;
    constexpr auto middle = uint64_t{1} << 10;
    if ((significand & dropped) != middle)
      return static_cast<double>(quotient);
  }
  return std::nullopt;
}

} // namespace

std::string to_string(u128 x) {
  if (x == 0)
    return "0";
  auto result = std::string{};
  for (; x != 0; x /= 10)
    result.push_back(static_cast<char>('0' + static_cast<int>(x % 10)));
  std::reverse(result.begin(), result.end());
  return result;
}

std::string to_string(i128 x) {
  auto digits = to_string(magnitude(x));
  return x < 0 ? "-" + digits : digits;
}

result<i128> parse_i128(std::string_view text) {
  auto negative = text.starts_with('-');
  if (negative)
    text.remove_prefix(1);
  if (text.empty() || text.size() > 39)
    return tl::make_unexpected(errc::invalid_text);
  u128 value = 0;
  for (auto c : text) {
    if (c < '0' || c > '9')
      return tl::make_unexpected(errc::invalid_text);
    u128 next = 0;
    if (__builtin_mul_overflow(value, static_cast<u128>(10), &next)
        || __builtin_add_overflow(next, static_cast<u128>(c - '0'), &value))
      return tl::make_unexpected(errc::invalid_text);
  }
  auto limit = static_cast<u128>(i128_max) + (negative ? 1 : 0);
  if (value > limit)
    return tl::make_unexpected(errc::invalid_text);
  return negative ? static_cast<i128>(-value) : static_cast<i128>(value);
}

i128 mul_div_floor(i128 a, i128 b, i128 d) {
  assert(b >= 0);
  assert(d > 0);
  auto negative = a < 0;
  auto x = magnitude(a);
  auto y = static_cast<u128>(b);
  auto z = static_cast<u128>(d);
  u128 quotient = 0;
  bool exact = false;
  u128 product = 0;
  if (!__builtin_mul_overflow(x, y, &product)) {
    quotient = product / z;
    // Cheaper than a second division.
    exact = quotient * z == product;
  } else {
    auto wide_product = to_wide(x) * to_wide(y);
    auto wide_quotient = wide{wide_product / to_wide(z)};
    exact = wide{wide_product % to_wide(z)} == 0;
    quotient = static_cast<u128>(static_cast<uint64_t>(wide_quotient >> 64))
                 << 64
               | static_cast<uint64_t>(wide_quotient
                                       & wide{~static_cast<uint64_t>(0)});
  }
  if (!negative)
    return static_cast<i128>(quotient);
  return -static_cast<i128>(quotient) - (exact ? 0 : 1);
}

int compare_fractions(u128 an, u128 ad, u128 bn, u128 bd) {
  if (fits_64(an) && fits_64(ad) && fits_64(bn) && fits_64(bd)) {
    auto left = an * bd;
    auto right = bn * ad;
    return left < right ? -1 : left > right ? 1 : 0;
  }
  auto left = wide{to_wide(an) * to_wide(bd)};
  auto right = wide{to_wide(bn) * to_wide(ad)};
  return left < right ? -1 : left > right ? 1 : 0;
}

double fraction_to_double(u128 n, u128 d) {
  assert(d > 0);
  if (n == 0)
    return 0.0;
  // Both sides exact in a double: one IEEE division rounds correctly.
  constexpr auto exact_max = static_cast<u128>(1) << 53;
  if (n <= exact_max && d <= exact_max)
    return static_cast<double>(n) / static_cast<double>(d);
  if (fits_64(n) && fits_64(d))
    if (auto quotient = divide_long(static_cast<uint64_t>(n),
                                    static_cast<uint64_t>(d)))
      return *quotient;
  // Scale so that the quotient has 55 or 56 bits, keep a sticky bit, and let
  // the conversion of a 64-bit integer round to nearest even.
  auto wide_n = to_wide(n);
  auto wide_d = to_wide(d);
  auto shift = 55
               - (static_cast<int>(boost::multiprecision::msb(wide_n))
                  - static_cast<int>(boost::multiprecision::msb(wide_d)));
  if (shift >= 0)
    wide_n <<= shift;
  else
    wide_d <<= -shift;
  auto quotient = wide{wide_n / wide_d};
  auto sticky = wide{wide_n % wide_d} != 0;
  auto bits = static_cast<uint64_t>(quotient) << 1 | (sticky ? 1U : 0U);
  return std::ldexp(static_cast<double>(bits), -shift - 1);
}

} // namespace pumpscope::domain
