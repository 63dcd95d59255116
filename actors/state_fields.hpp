#pragma once

#include "messages/console.hpp"

#include <optional>
#include <vector>

namespace pumpscope::actors {

/// Puts a wallet's live and stored state side by side: totals, then the
/// positions that traded last, at most `found_entity::positions_max`. Either
/// may be missing.
std::vector<messages::field_look>
wallet_fields(const messages::wallet_view* live,
              const messages::wallet_state_rows* stored);

/// The same for a token. A stored state that cannot be read tells so in a field
/// of its own.
std::vector<messages::field_look>
token_fields(const messages::token_view* live,
             const std::optional<messages::token_row>& stored);

} // namespace pumpscope::actors
