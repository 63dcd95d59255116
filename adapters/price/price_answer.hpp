#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pumpscope::adapters {

/// Reads the price of SOL in millionths of a USD from what a price endpoint
/// answered: `{"MINT":{"usdPrice":151.2}}` (Jupiter v3) or
/// `{"data":{"MINT":{"price":"151.2"}}}` (v2), MINT being wrapped SOL; numbers
/// may be texts. Nothing for anything else, however hostile.
std::optional<uint64_t> read_price_answer(std::string_view json);

} // namespace pumpscope::adapters
