#pragma once

#include "domain/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::rpc_json {

/// What a server of JSON-RPC says to a question about slots.
enum class answer_kind : uint8_t {
  /// The result is there.
  result,
  /// The slot has no block, as far as this server knows (-32007, -32009). It
  /// may only be unable to tell: the parent of a later block is the proof.
  skipped,
  /// Not yet (-32004, -32014, a null result): ask again a little later.
  not_yet,
  /// The server no longer has it (-32001): another one may.
  gone,
  /// The server is in trouble (-32005, -32016, -32603, -32429): ask again.
  busy,
  /// The server does not know the method (-32601).
  no_method,
  /// The server refuses the question: asking again changes nothing.
  refused,
  /// No answer of JSON-RPC, or not to this question: the text tells why.
  malformed,
};

/// An answer without its result.
struct answer_head {
  answer_kind kind = answer_kind::malformed;
  /// The code of an error object, else 0.
  int64_t code = 0;
  /// For people: printable and at most `answer_text_max` bytes long, whatever
  /// the server sent. Empty with a result.
  std::string text = {};
};

inline constexpr size_t answer_text_max = 200;

/// An answer to getBlock.
struct block_answer {
  answer_head head = {};
  /// With a result: the block's parent, below its slot.
  uint64_t parent = 0;
  uint64_t transactions = 0;
  /// With a result: the updates that a stream would have sent (see
  /// `converter`), back to back, and the end of each.
  std::vector<uint8_t> bytes = {};
  std::vector<uint32_t> ends = {};
};

/// An answer to getBlocks.
struct slots_answer {
  answer_head head = {};
  /// With a result: ascending, distinct, inside the range asked for.
  std::vector<uint64_t> slots = {};
};

/// The question for a whole block, in the encoding that is cheapest to read.
std::string block_question(uint64_t id, uint64_t slot);

/// The question which slots of a range, ends included, have blocks.
std::string slots_question(uint64_t id, uint64_t from, uint64_t to);

/// Reads the answer to `block_question`. The caller bounds `body`; any bytes
/// are taken.
block_answer read_block_answer(std::string_view body, uint64_t id,
                               uint64_t slot);

/// Reads the answer to `slots_question`. Slots outside the range, doubled or
/// out of order make it malformed.
slots_answer read_slots_answer(std::string_view body, uint64_t id,
                               uint64_t from, uint64_t to);

/// Returns what may be shown of a text that came from outside: printable ASCII
/// and at most `answer_text_max` bytes.
std::string shown_text(std::string_view text);

} // namespace pumpscope::rpc_json
