#pragma once

#include "adapters/sqlite/database.hpp"
#include "messages/rows.hpp"

namespace pumpscope::adapters::sqlite {

// Each reads all columns of its table in the order of the schema; who wants no
// blob selects x'' in its place. They throw what `fail_damaged` throws.

messages::wallet_row read_wallet(const database& db, const statement& from);
messages::position_row read_position(const database& db, const statement& from);
messages::token_row read_token(const database& db, const statement& from);
messages::candle_row read_candle(const database& db, const statement& from);

} // namespace pumpscope::adapters::sqlite
