#pragma once

#include "domain/token_event.hpp"
#include "domain/trade.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::domain {

/// Status of a slot as the stream reports it (numbers of the wire).
enum class slot_status : uint8_t {
  processed = 0,
  confirmed = 1,
  finalized = 2,
  first_shred_received = 3,
  completed = 4,
  created_bank = 5,
  dead = 6,
};

/// A slot changed its status.
struct slot_update {
  uint64_t slot = 0;
  std::optional<uint64_t> parent = {};
  slot_status status = slot_status::processed;
};

/// The header of a block: arrives after (most of) its transactions.
struct block_meta {
  uint64_t slot = 0;
  uint64_t parent_slot = 0;
  /// Unix seconds, when the block carries a time.
  std::optional<int64_t> block_time = {};
  uint64_t executed_transaction_count = 0;
};

/// Why a trade-like event could not become a row. Stored: append only.
enum class dead_letter_reason : uint8_t {
  /// The payload ends inside a field, or a bool is above 1.
  malformed_payload = 0,
  /// Fewer fields than the oldest published layout.
  unknown_layout = 1,
  /// A value that the program cannot have produced (negative reserves).
  impossible_value = 2,
  /// An AMM event whose pool's mints are not known.
  unknown_pool = 3,
  /// The index of the transaction in its block is not known.
  no_index = 4,
  /// The transaction itself is damaged, so its events cannot be found.
  malformed_transaction = 5,
  /// A row of a part of the chain that the journal has dropped: it can be no
  /// row any more. Carries no raw bytes.
  below_retention = 6,
  /// A webhook told of it, and its slot did not come.
  slot_not_sealed = 7,
};

/// @relates dead_letter_reason
std::string to_string(dead_letter_reason x);

/// A trade-like event that we could not decode, kept raw so that a later
/// decoder can. `raw` is the whole update, at most `raw_bytes_max`.
struct dead_letter {
  static constexpr size_t raw_bytes_max = 65'536;

  chain_position position = {};
  domain::signature signature = {};
  int64_t block_time = 0;
  domain::program program = program::pump;
  dead_letter_reason reason = dead_letter_reason::malformed_payload;
  /// Version of the decoder that gave up.
  uint32_t decoder_version = 0;
  std::string raw = {};

  friend bool operator==(const dead_letter&, const dead_letter&) = default;
};

/// Why an event of our programs is no row. Counted per slot.
enum class ignored_reason : uint8_t {
  /// AMM trade between two coins.
  no_money_side = 0,
  /// AMM trade between two kinds of money.
  both_sides_money = 1,
  /// Event that is no trade and not part of the token's life.
  not_tracked = 2,
};

/// The events of one transaction, ready to be ordered and sealed. Rows carry
/// their final position, no block time and no jpos. A trade of an AMM whose
/// mints are unknown has `trade_flag::pool_unresolved`.
struct parsed_transaction {
  uint64_t slot = 0;
  uint32_t tx_index = 0;
  domain::signature signature = {};
  bool failed = false;
  /// The source does not tell the index in the block (or even the slot, which
  /// is 0 then): `tx_index` only tells transactions apart, and all events are
  /// dead letters.
  bool index_unknown = false;
  std::vector<trade> trades = {};
  std::vector<token_event> token_events = {};
  std::vector<dead_letter> dead_letters = {};
  /// Trades that are journaled by count only (no money side, two of them).
  uint32_t ignored_trades = 0;
  /// The whole update (at most `dead_letter::raw_bytes_max`), kept only when a
  /// trade has `trade_flag::pool_unresolved`, or all is a hint, and may become
  /// a dead letter.
  std::string raw = {};
  /// Told beside the stream, as confirmed.
  bool hint = false;
};

} // namespace pumpscope::domain
