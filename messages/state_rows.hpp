#pragma once

#include "domain/position.hpp"
#include "domain/token_ledger.hpp"
#include "domain/wallet_ledger.hpp"
#include "messages/rows.hpp"

namespace pumpscope::messages {

/// Returns what is stored of a position: columns and blob.
position_row make_position_row(const domain::pubkey& wallet,
                               const domain::position& x);

/// Returns the position that `row` was made of.
/// Refuses with `errc::blob_corrupt` or `errc::store_version`.
domain::result<domain::position> restore_position(const position_row& row);

/// Returns the ledger that `rows` were made of, one of its own when there are
/// none. Nothing in it is dirty.
/// Refuses with `errc::blob_corrupt` or `errc::store_version`.
domain::result<domain::wallet_ledger>
restore_wallet(const domain::pubkey& wallet, const wallet_state_rows& rows);

/// Returns the ledger that the rows of a history go on from, all of it dirty.
/// Refuses as above.
domain::result<domain::wallet_ledger> start_wallet(const domain::pubkey& wallet,
                                                   const history_start& x);

/// Returns the ledger that the rows of a history go on from, in re-fold mode.
/// Refuses as above.
domain::result<domain::token_ledger> start_token(const domain::pubkey& mint,
                                                 const history_start& x);

/// Returns what is stored of a token: columns and blob.
token_row make_token_row(const domain::token_ledger& x);

/// Returns the ledger that `row` was made of.
/// Refuses with `errc::blob_corrupt` or `errc::store_version`.
domain::result<domain::token_ledger> restore_token(const token_row& row);

} // namespace pumpscope::messages
