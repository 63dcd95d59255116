#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pumpscope::adapters {

/// Reads the price of SOL in millionths of a USD from what a price endpoint
/// answered: `{"MINT":{"usdPrice":151.2}}` (Jupiter v3) or
/// `{"data":{"MINT":{"price":"151.2"}}}` (v2), MINT being wrapped SOL; numbers
/// may be texts. Nothing for anything else, however hostile.
std::optional<uint64_t> read_price_answer(std::string_view json);

/// Reads the same from the value of a key: a decimal number such as `151.25`,
/// white space around it, or JSON: a number or text, an object with `usdPrice`
/// or `price`, or all of what a price endpoint answers. Nothing for anything
/// else, and for what is longer than `price_value_bytes_max`.
std::optional<uint64_t> read_price_value(std::string_view text);

/// Longest value that is looked at.
inline constexpr size_t price_value_bytes_max = size_t{64} << 10;

} // namespace pumpscope::adapters
