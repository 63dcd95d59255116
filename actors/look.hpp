#pragma once

#include "messages/console.hpp"

#include <caf/error.hpp>
#include <caf/settings.hpp>

#include <string_view>
#include <vector>

namespace pumpscope::actors {

/// Takes over what an actor told of itself.
void read_status(messages::actor_look& x, const caf::settings& status);

/// Says why an actor told nothing.
void note_silence(messages::actor_look& x, const caf::error& why);

/// A number or text that an actor told; 0, or an empty one, when it did not.
uint64_t number_of(const messages::actor_look& x, std::string_view name);
std::string text_of(const messages::actor_look& x, std::string_view name);

/// Sums of a look, from its actors (with their rates): roles, partitions,
/// streams and the overview but for rates of trades and updates.
void summarize(messages::console_look& x);

} // namespace pumpscope::actors
