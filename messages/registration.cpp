#include "messages/registration.hpp"

#include <caf/actor_system_config.hpp>

namespace pumpscope::messages {

void register_all(caf::actor_system_config&) {
}

} // namespace pumpscope::messages
