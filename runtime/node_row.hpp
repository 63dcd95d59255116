#pragma once

#include "messages/membership.hpp"

#include <string>

namespace pumpscope::runtime {

/// What a node of a cluster is: `sequencer`, `standby`, `draining` or `dead`.
std::string role_of(const messages::member_row& x, uint64_t sequencer);

/// A node as one JSON object, as `node list` and the console tell it.
std::string to_json(const messages::member_row& x, uint64_t sequencer);

} // namespace pumpscope::runtime
