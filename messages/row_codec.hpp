#pragma once

#include "messages/packing.hpp"
#include "messages/store.hpp"

#include <string_view>

namespace pumpscope::messages {

// What goes into the packed columns `body` and `state`, field by field. The
// readers return false for bytes that the writers cannot have written. The
// columns beside them are set by the callers. All stores share them: a store
// may be copied into another one byte for byte.

/// Packs all of a trade but the columns of `journal`.
void pack_body(packer& out, const domain::trade& x);
bool unpack_body(std::string_view body, domain::trade& x);

/// Packs all of an event but the columns of `journal`.
void pack_body(packer& out, const domain::token_event& x);
bool unpack_body(std::string_view body, domain::token_event& x);

/// Packs all of a position but key, units, realized and lots.
void pack_state(packer& out, const domain::position& x);
bool unpack_state(std::string_view state, domain::position& x);

/// Packs all totals but realized.
void pack_state(packer& out, const domain::wallet_totals& x);
bool unpack_state(std::string_view state, domain::wallet_totals& x);

/// Packs all of a bucket but its key.
void pack_state(packer& out, const domain::wallet_bucket& x);
bool unpack_state(std::string_view state, domain::wallet_bucket& x);

/// Packs all of a candle but its time.
void pack_state(packer& out, const domain::candle& x);
bool unpack_state(std::string_view state, domain::candle& x);

/// Returns the `day` of a candle: whole days since 1970, floored, of any time.
constexpr int64_t day_of(int64_t time) {
  constexpr auto day_seconds = int64_t{86'400};
  return time / day_seconds - (time % day_seconds < 0 ? 1 : 0);
}

} // namespace pumpscope::messages
