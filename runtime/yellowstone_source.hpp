#pragma once

#include "config/options.hpp"
#include "messages/source.hpp"
#include "runtime/outcome.hpp"

#include <memory>

namespace pumpscope::runtime {

/// Returns a Yellowstone server as a source: resumes by slot, reconnects with
/// full jitter, and tells when the server no longer has what we want. A read
/// waits for the next update, however long that takes; `cancel` ends it.
/// Pre: an endpoint is configured.
outcome<std::unique_ptr<messages::source>>
make_yellowstone_source(const config::source_options& options);

} // namespace pumpscope::runtime
