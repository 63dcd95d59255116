#pragma once

#include "adapters/yellowstone/client.hpp"
#include "config/options.hpp"
#include "runtime/outcome.hpp"

namespace pumpscope::runtime {

/// Translates the options of a source into the settings of its client; reads
/// the file of authorities. Pre: an endpoint is configured.
outcome<yellowstone::client_settings>
yellowstone_settings(const config::source_options& x);

/// Translates the options of a source into its backoff.
domain::backoff_settings backoff_of(const config::source_options& x);

} // namespace pumpscope::runtime
