#pragma once

#include "config/options.hpp"
#include "messages/source.hpp"
#include "runtime/outcome.hpp"

#include <memory>

namespace pumpscope::runtime {

/// Returns the configured Yellowstone servers as one source: resumes by slot,
/// reconnects with full jitter, and tells when no server has what we want any
/// more. A read of a single server waits for the next update, however long that
/// takes; `cancel` ends it. Pre: an endpoint is configured.
outcome<std::shared_ptr<messages::source>>
make_yellowstone_source(const config::source_options& options);

} // namespace pumpscope::runtime
