#pragma once

#include "config/options.hpp"
#include "messages/block_fetcher.hpp"
#include "runtime/outcome.hpp"

#include <memory>

namespace pumpscope::runtime {

/// Makes the fetcher that the options describe. Nothing is asked yet.
/// Pre: `options.rpc` is set.
std::shared_ptr<messages::block_fetcher>
make_rpc_fetcher(const config::source_options& options);

} // namespace pumpscope::runtime
