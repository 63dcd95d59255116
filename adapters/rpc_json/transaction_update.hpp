#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace pumpscope::rpc_json {

/// Wraps `encoded_transaction::info` into one `geyser.SubscribeUpdate`. Without
/// a slot it is 0. `mark` is one of `domain::update_mark`, or empty.
std::vector<uint8_t> transaction_update(std::optional<uint64_t> slot,
                                        std::span<const uint8_t> info,
                                        uint64_t index, std::string_view mark);

} // namespace pumpscope::rpc_json
