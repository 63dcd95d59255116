#pragma once

#include "adapters/sqlite/database.hpp"
#include "messages/packing.hpp"
#include "messages/row_codec.hpp"

#include <string_view>

namespace pumpscope::adapters::sqlite {

using messages::bytes_of;
using messages::day_of;
using messages::from_bytes;
using messages::from_mint_column;
using messages::ordered_to_i128;
using messages::ordered_to_u128;
using messages::pack_body;
using messages::pack_state;
using messages::packer;
using messages::saturated;
using messages::to_mint_column;
using messages::to_ordered;
using messages::unpack_body;
using messages::unpack_state;
using messages::unpacker;

/// Throws `errc::blob_corrupt` naming the row.
[[noreturn]] void fail_damaged(const database& db, std::string_view row);

} // namespace pumpscope::adapters::sqlite
