#pragma once

#include "adapters/simulator/model.hpp"
#include "adapters/simulator/transaction_encoder.hpp"

#include <string>

namespace pumpscope::simulator {

/// Returns the result of getBlock for a block: encoding base64, full
/// transaction details, no rewards. Where the market has no transaction at an
/// index there is one of somebody else, as the places in a block are the
/// indices. `encoder` has the seed of the market.
std::string block_json(const slot_plan& block, uint64_t seed,
                       transaction_encoder& encoder);

} // namespace pumpscope::simulator
