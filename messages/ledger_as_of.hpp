#pragma once

#include "domain/wallet_ledger.hpp"
#include "messages/store.hpp"

#include <cstddef>
#include <cstdint>

namespace pumpscope::messages {

/// Trades that `load_ledger_as_of` folds at most.
inline constexpr size_t as_of_trades_max = 5'000'000;

/// Folds a wallet's history up to and including a slot: the ledger of a node
/// that had read the chain so far and no further, late rows and voided slots of
/// later known. A slot that is not there yet gives the ledger of now.
///
/// `rows` is a fresh history of the wallet; what is behind the slot is not
/// read. `retention` was read AFTER the history was opened, so that the
/// baseline in it is not newer. Memory: the ledger and a page of rows.
///
/// Refuses with `errc::below_retention` when the rows behind the slot's ledger
/// are dropped, `errc::limit_exceeded` for more than `trades_max` trades, and
/// what the store or a damaged baseline refuses with.
store_result<domain::wallet_ledger>
fold_as_of(history& rows, const retention_row& retention,
           const domain::pubkey& wallet, uint64_t slot,
           size_t trades_max = as_of_trades_max);

/// Opens what `fold_as_of` needs, up to the head of the journal, and folds it.
store_result<domain::wallet_ledger>
load_ledger_as_of(store& from, const domain::pubkey& wallet, uint64_t slot,
                  size_t trades_max = as_of_trades_max);

} // namespace pumpscope::messages
