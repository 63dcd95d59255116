#pragma once

#include "domain/pump_events.hpp"
#include "domain/transaction_decoder.hpp"
#include "domain/update.hpp"

#include <cstdint>
#include <variant>

namespace pumpscope::domain {

/// Why an event becomes no row.
using refusal = std::variant<ignored_reason, dead_letter_reason>;

/// A row, or why there is none.
using attributed_event
  = std::variant<trade, token_event, ignored_reason, dead_letter_reason>;

/// Virtual reserves beyond this, either way, are impossible: sums with them
/// then stay far from 128 bits.
inline constexpr i128 virtual_reserves_max = i128{1} << 96;

/// Turns an event into a row by the rules of domain.md sections 2 and 3.
///
/// `kind` is what the payload's discriminator says, `flags` are bits of
/// `trade_flag` that every row of the transaction gets. AMM events whose
/// owning instruction is unknown come back with `trade_flag::pool_unresolved`;
/// `assign_pool_mints` completes them. `trailing_bytes` gets the number of
/// bytes after the last known field. The row's block time is the event's time.
attributed_event attribute(const found_event& event, idl::event_id kind,
                           const transaction_view& transaction, uint16_t flags,
                           size_t& trailing_bytes);

/// Gives a trade with `trade_flag::pool_unresolved` its final form: coin,
/// quote, side and legs (inverted pools), and clears the flag.
///
/// Refuses with an `ignored_reason` when it is no coin trade, and with
/// `dead_letter_reason::impossible_value` when no price exists after it; the
/// trade is then unchanged.
tl::expected<void, refusal> assign_pool_mints(trade& x, const pubkey& base_mint,
                                              const pubkey& quote_mint);

/// Gives a token event with `trade_flag::pool_unresolved` its coin and quote
/// and clears the flag. A pool that is no coin pool is named by its base mint.
void assign_pool_mints(token_event& x, const pubkey& base_mint,
                       const pubkey& quote_mint);

} // namespace pumpscope::domain
