#pragma once

#include "adapters/peer/credentials.hpp"
#include "config/options.hpp"
#include "messages/store.hpp"

#include <tl/expected.hpp>

#include <string>

namespace pumpscope::runtime {

/// What proves to other nodes who we are: the configured files. Without (the
/// configuration is refused where other machines reach us) files in memory by
/// an authority that each node derives from the seed of the store: whoever
/// reads the store can make them, nobody else. Fails with a text for people.
tl::expected<peer::credentials, std::string>
node_credentials(const config::cluster_options& options,
                 const messages::store_identity& store);

} // namespace pumpscope::runtime
