#pragma once

#include "adapters/postgres/columns.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace pumpscope::adapters::postgres {

/// The columns of `journal`, of a trade and of a token event.
inline constexpr auto trade_columns
  = "SELECT jpos, 0 AS kind, slot, tx_index, ix_path, block_time, wallet, "
    "mint, signature, body FROM trade ";
inline constexpr auto event_columns
  = "SELECT jpos, kind + 1, slot, tx_index, ix_path, block_time, wallet, mint, "
    "signature, body FROM token_event ";

/// How the server keeps `slot_voided`.
inline constexpr auto voided_kind
  = static_cast<int>(domain::token_event_kind::slot_voided);

/// Returns the query for rows that histories fold, without an order: of the
/// keys that `keys` (what follows the column) chooses, up to a position and
/// without those of slots that are voided there. `limits` adds conditions.
std::string history_sql(messages::projection kind, const std::string& keys,
                        const std::string& limits, uint64_t up_to);

/// Reads where the journal begins.
messages::retention_row read_retention(pqxx::transaction_base& tx);

/// Loads what histories begin with, in the order of the keys.
std::vector<messages::history_start>
load_starts(pqxx::transaction_base& tx, messages::projection kind,
            std::span<const domain::pubkey> keys);

/// Visits the baseline by key, a thousand keys in memory at a time.
void visit_baseline(
  pqxx::transaction_base& tx,
  const std::function<void(const messages::wallet_state_rows&)>& on_wallet,
  const std::function<void(const messages::token_row&)>& on_token);

} // namespace pumpscope::adapters::postgres
