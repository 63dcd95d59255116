#pragma once

#include "domain/position.hpp"
#include "domain/token_ledger.hpp"
#include "messages/rows.hpp"

namespace pumpscope::messages {

/// Returns what is stored of a position: columns and blob.
position_row make_position_row(const domain::pubkey& wallet,
                               const domain::position& x);

/// Returns the position that `row` was made of.
/// Refuses with `errc::blob_corrupt` or `errc::store_version`.
domain::result<domain::position> restore_position(const position_row& row);

/// Returns what is stored of a token: columns and blob.
token_row make_token_row(const domain::token_ledger& x);

/// Returns the ledger that `row` was made of.
/// Refuses with `errc::blob_corrupt` or `errc::store_version`.
domain::result<domain::token_ledger> restore_token(const token_row& row);

} // namespace pumpscope::messages
