#pragma once

#include "adapters/price/price_poller.hpp"
#include "adapters/redis/settings.hpp"

#include <memory>
#include <string>

namespace pumpscope::runtime {

/// The value of a key of Redis, by a connection of its own that is kept, and
/// made anew when it broke. A question takes up to twice the timeout of the
/// settings, and cannot be ended sooner.
std::unique_ptr<adapters::price_source> redis_price(redis::settings settings,
                                                    std::string key);

} // namespace pumpscope::runtime
