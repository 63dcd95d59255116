#pragma once

#include "domain/error.hpp"
#include "domain/position.hpp"
#include "domain/token_ledger.hpp"
#include "domain/wallet.hpp"
#include "messages/rows.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::messages {

/// State that no store needs to query, as bytes for a `blob` column.
///
/// Layout: kind (1 byte), version (1 byte), CRC-32C of kind, version and
/// payload (4 bytes, little endian), payload (cereal portable binary). A blob
/// is empty where there is nothing beyond the columns. Blobs come out of our
/// own store only, never from the network; they are bounded all the same.
///
/// Decoders refuse with `errc::blob_corrupt` what fails its checksum, is of
/// another kind, ends early, has bytes left or exceeds a bound, and with
/// `errc::store_version` what a newer version wrote.
namespace blob_bounds {

/// Lots of one position.
inline constexpr size_t lots_max = 1'000'000;
/// Wallets of the open 5m bar of one series.
inline constexpr size_t series_wallets_max = 1'000'000;
/// Quote mints with volume off venue.
inline constexpr size_t off_venue_max = 64;
/// Bytes of name, symbol, uri.
inline constexpr size_t text_bytes_max = 1'024;
/// Bytes of a blob.
inline constexpr size_t bytes_max = 256U << 20U;

} // namespace blob_bounds

/// Returns the lots as a blob; empty for none.
std::string encode_lots(std::span<const domain::lot> lots);

/// Reverses `encode_lots`.
domain::result<std::vector<domain::lot>> decode_lots(std::string_view blob);

/// Returns the row of a position: all its numbers as they are, its lots as the
/// blob.
position_row to_row(const domain::pubkey& wallet, const domain::position& x);

/// Reverses `to_row`.
domain::result<domain::position> to_position(const position_row& x);

/// Returns the row of a wallet. All of the totals are numbers of the row, so
/// that the blob is empty today.
wallet_row to_row(const domain::pubkey& wallet, const domain::wallet_totals& x);

/// Reverses `to_row`: refuses a wallet row with a blob, which only a newer
/// version can have written.
domain::result<domain::wallet_totals> to_totals(const wallet_row& x);

/// Returns the whole fold of a token as a blob. Equal states give equal bytes.
std::string encode_token_state(const domain::token_state& x);

/// Reverses `encode_token_state`.
domain::result<domain::token_state> decode_token_state(std::string_view blob);

/// Returns a sketch (HyperLogLog registers) as a blob; empty for an empty one.
std::string encode_sketch(const domain::wallet_sketch& x);

/// Reverses `encode_sketch`.
domain::result<domain::wallet_sketch> decode_sketch(std::string_view blob);

} // namespace pumpscope::messages
