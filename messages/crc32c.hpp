#pragma once

#include <cstdint>
#include <string_view>

namespace pumpscope::messages {

/// Returns the CRC-32C (Castagnoli) of `bytes`; chain calls by passing the sum
/// of what came before. Finds every burst of up to 32 wrong bits.
uint32_t crc32c(std::string_view bytes, uint32_t before = 0);

} // namespace pumpscope::messages
