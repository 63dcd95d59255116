#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pumpscope::webhook {

/// Bounds of one payload; its length is bounded by who reads it.
inline constexpr size_t payload_depth_max = 64;
inline constexpr size_t payload_entries_max = 10'000;

/// What a payload holds.
struct payload_report {
  /// Entries that are transactions, and those that are none.
  size_t accepted = 0;
  size_t malformed = 0;
  /// What is wrong with the payload, or with the first entry that is no
  /// transaction; printable. Empty when nothing is.
  std::string problem = {};

  /// Nothing of it is of any use.
  [[nodiscard]] bool useless() const {
    return accepted == 0 && !problem.empty();
  }
};

/// Takes the bytes of one `geyser.SubscribeUpdate`.
using update_sink = std::function<void(std::span<const uint8_t>)>;

/// Turns a payload of a Helius webhook into the updates that a stream would
/// have sent: an array of transactions, or one alone. Any bytes are taken.
///
/// A raw transaction is `{transaction, meta, slot, blockTime,
/// indexWithinBlock}`, its parts as in RPC JSON. An enhanced one is
/// `{signature, slot, timestamp, feePayer, instructions: [{programId, accounts,
/// data, innerInstructions}], transactionError}`; it tells neither its place in
/// the block nor who signed beside the payer, so it is always marked
/// `update_mark::index_unknown`, and so is a raw one without its index.
///
/// Before a transaction comes a block meta with its block time, where it tells
/// one.
///
/// An entry that is no transaction harms no other. If it tells its slot and
/// signature and names one of our programs, it becomes an update that every
/// decoder finds damaged, with the entry's text in it: a dead letter.
payload_report read_payload(std::string_view text, const update_sink& sink);

} // namespace pumpscope::webhook
