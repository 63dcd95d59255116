#pragma once

#include "domain/error.hpp"

#include <boost/json/stream_parser.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::rpc_json {

/// Why a file cannot be converted.
struct failure {
  domain::errc code = domain::errc::none;
  /// For people: names the file, the document and the member at fault.
  std::string text = {};
};

/// The outcome of a conversion step.
template <class T>
using outcome = tl::expected<T, failure>;

/// Bounds of a conversion.
struct converter_limits {
  /// Text of one document, white space included.
  size_t document_bytes_max = 256U << 20;
  /// Loose transactions that are held until their slots can be numbered.
  size_t loose_bytes_max = 512U << 20;
};

/// What a converter did.
struct converter_counters {
  uint64_t documents = 0;
  uint64_t blocks = 0;
  uint64_t transactions = 0;
  /// Answers without a transaction: `"result": null`.
  uint64_t empty_answers = 0;
  /// The same transaction again in the same slot.
  uint64_t duplicates = 0;
  /// Transactions whose index in the block is their order in the input.
  uint64_t indices_assumed = 0;
  /// Blocks whose slot is their parent's plus one: getBlock does not say it.
  uint64_t slots_assumed = 0;
  /// Transactions that name no slot.
  uint64_t slots_unknown = 0;
};

/// Takes the bytes of one `geyser.SubscribeUpdate`.
using update_sink = std::function<void(std::span<const uint8_t>)>;

/// Turns RPC JSON into the updates that a stream would have sent, so that one
/// decoder serves both.
///
/// Takes results of getTransaction and getBlock with or without their
/// JSON-RPC envelope, and notifications of blockSubscribe and
/// transactionSubscribe; one, an array of them, or many one after the other
/// (JSON lines); encodings json, jsonParsed, base64, base58.
///
/// For each slot it emits: slot (processed), the transactions, block meta,
/// slot (confirmed); the slot before is the parent where the input names none.
/// Whole blocks are emitted as they come. Loose transactions are held until
/// `finish` and then emitted slot by slot; without an index of their own they
/// are numbered by their order in the input, within their slot, and marked
/// `update_mark::index_assumed`. So are those of notifications, which may be
/// filtered. A transaction without a slot is emitted at once with slot 0,
/// marked `update_mark::slot_unknown`.
///
/// One converter takes all files of one run, or the numbers would repeat.
class converter {
public:
  explicit converter(update_sink sink, converter_limits limits = {});

  /// Takes the next piece of a file's text; documents may span pieces.
  outcome<void> add(std::string_view text);

  /// Takes one block as getBlock gives it, without its envelope. `slot` is that
  /// of the question: the answer does not tell it.
  outcome<void> add_block(const boost::json::object& block, uint64_t slot);

  /// Ends a file: a document that is not whole is refused.
  outcome<void> end_file();

  /// Emits what was held back. Only `counters` may follow.
  void finish();

  /// Reads a whole file: `add` and `end_file`, with the file's name in errors.
  outcome<void> add_file(const std::string& path);

  [[nodiscard]] const converter_counters& counters() const {
    return counters_;
  }

private:
  struct loose_transaction {
    /// Encoded SubscribeUpdateTransactionInfo without its index.
    std::vector<uint8_t> info = {};
    std::optional<uint64_t> index = {};
  };

  struct loose_slot {
    std::optional<int64_t> block_time = {};
    std::vector<loose_transaction> transactions = {};
    std::set<std::vector<uint8_t>> signatures = {};
  };

  struct block_context {
    std::optional<uint64_t> slot = {};
    /// The block may lack transactions that a filter left out.
    bool filtered = false;
  };

  outcome<void> take(const boost::json::value& document);
  outcome<void> take_object(const boost::json::object& x);
  outcome<void> take_notification(const boost::json::object& result);
  outcome<void> take_block(const boost::json::object& x,
                           const block_context& context);
  outcome<void> take_transaction(const boost::json::object& x,
                                 std::optional<uint64_t> slot);
  void emit_transaction(std::optional<uint64_t> slot,
                        std::span<const uint8_t> info, uint64_t index,
                        std::string_view mark);
  void emit_slot(uint64_t slot, uint64_t parent, uint64_t status);
  void emit_block_meta(uint64_t slot, uint64_t parent,
                       std::optional<int64_t> block_time,
                       uint64_t transactions);
  void emit_loose(uint64_t slot, loose_slot& x);
  tl::unexpected<failure> fail(domain::errc code, std::string reason) const;

  update_sink sink_;
  converter_limits limits_;
  converter_counters counters_ = {};
  boost::json::stream_parser parser_;
  /// A document has begun.
  bool inside_ = false;
  size_t document_bytes_ = 0;
  std::map<uint64_t, loose_slot> loose_ = {};
  size_t loose_bytes_ = 0;
};

} // namespace pumpscope::rpc_json
