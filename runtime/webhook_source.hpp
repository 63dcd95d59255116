#pragma once

#include "messages/source.hpp"

#include <memory>

namespace pumpscope::runtime {

/// A stream of nothing that ends when it is cancelled: where webhooks are all
/// there is.
std::unique_ptr<messages::source> make_webhook_source();

} // namespace pumpscope::runtime
