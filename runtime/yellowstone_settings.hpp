#pragma once

#include "adapters/yellowstone/client.hpp"
#include "config/options.hpp"
#include "runtime/outcome.hpp"

#include <cstddef>

namespace pumpscope::runtime {

/// Translates the options of a source into the settings of the client of its
/// n-th endpoint; reads the file of authorities. Pre: there are so many.
outcome<yellowstone::client_settings>
yellowstone_settings(const config::source_options& x, size_t endpoint = 0);

/// Translates the options of a source into its backoff.
domain::backoff_settings backoff_of(const config::source_options& x);

} // namespace pumpscope::runtime
