#include "messages/registration.hpp"

#include "messages/hosting.hpp"
#include "messages/type_ids.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/deep_to_string.hpp>

namespace pumpscope::messages {

void register_all(caf::actor_system_config& cfg) {
  cfg.add_message_types<caf::id_block::pumpscope_messages>();
  cfg.add_message_types<caf::id_block::pumpscope_hosting>();
  // The overload that takes only the enum type does not compile in CAF 0.17.6.
  cfg.add_error_category(
    caf::atom("pumpscope"),
    [](uint8_t code, caf::atom_value, const caf::message& context) {
      auto result = to_string(static_cast<domain::errc>(code));
      if (!context.empty())
        result += caf::deep_to_string(context);
      return result;
    });
}

} // namespace pumpscope::messages
