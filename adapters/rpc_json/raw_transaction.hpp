#pragma once

#include "domain/error.hpp"
#include "domain/wire_writer.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace pumpscope::rpc_json {

/// A transaction in Solana's own binary form, written as
/// `solana.storage.ConfirmedBlock.Transaction`.
struct raw_transaction {
  /// The first signature: it names the transaction.
  std::vector<uint8_t> signature = {};
  domain::wire_writer message = {};
};

/// Reads a legacy or version 0 transaction. Refuses with `errc::malformed`
/// what ends early, goes on behind the end, has no signature or another
/// version.
domain::result<raw_transaction>
parse_raw_transaction(std::span<const uint8_t> bytes);

} // namespace pumpscope::rpc_json
