#pragma once

#include "adapters/rpc_json/json_fields.hpp"
#include "domain/wire_writer.hpp"

#include <cstdint>
#include <vector>

namespace pumpscope::rpc_json {

/// A transaction of RPC JSON as the fields of
/// `geyser.SubscribeUpdateTransactionInfo`, all but its index in the block.
struct encoded_transaction {
  /// 64 bytes.
  std::vector<uint8_t> signature = {};
  domain::wire_writer info = {};
};

/// Encodes `{transaction, meta}` in any of the encodings json, jsonParsed,
/// base64 and base58.
///
/// Instructions that the RPC decoded (jsonParsed) keep their program and get
/// no accounts and no data: those of our programs are never decoded. The error
/// of a failed transaction becomes an empty one: only that it is there counts.
/// Problems name the member at fault; the result is then of no use.
encoded_transaction encode_transaction(const boost::json::object& x,
                                       problem& p);

} // namespace pumpscope::rpc_json
