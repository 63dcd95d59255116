#pragma once

#include "domain/error.hpp"
#include "domain/pubkey.hpp"
#include "domain/update.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace pumpscope::domain {

/// Bytes of an update that somebody else owns.
using byte_view = std::span<const uint8_t>;

/// Bounds of one transaction. The chain itself allows 64 instructions of all
/// kinds and 256 keys; more than these is refused as `errc::limit_exceeded`.
inline constexpr size_t outer_instructions_max = 512;
inline constexpr size_t inner_instructions_max = 1024;
inline constexpr size_t account_keys_max = 256;
inline constexpr size_t token_balances_max = 512;
inline constexpr size_t log_lines_max = 16'384;

/// A list with a fixed bound that never initialises what it does not hold.
template <class T, size_t Max>
class bounded_list {
public:
  /// Appends a value; false when the list is full.
  [[nodiscard]] bool push(const T& x) {
    if (size_ == Max)
      return false;
    items_[size_++] = x;
    return true;
  }

  void clear() {
    size_ = 0;
  }

  [[nodiscard]] size_t size() const {
    return size_;
  }

  [[nodiscard]] bool empty() const {
    return size_ == 0;
  }

  /// Pre: `i < size()`.
  T& operator[](size_t i) {
    return items_[i];
  }

  /// @copydoc operator[]
  const T& operator[](size_t i) const {
    return items_[i];
  }

  const T* begin() const {
    return items_;
  }

  const T* end() const {
    return items_ + size_;
  }

private:
  size_t size_ = 0;
  T items_[Max];
};

/// An instruction of the message or one that a program invoked.
struct instruction_view {
  /// Index of the program in the account keys.
  uint32_t program_index;
  /// The outer instruction that this one is or belongs to.
  uint32_t outer_index;
  /// Position among the inner instructions of `outer_index`; of no meaning for
  /// an outer instruction.
  uint32_t inner_index;
  /// 1 = outer, 2 = invoked by it, ...; 0 = not recorded.
  uint32_t stack_height;
  /// One account index a byte.
  byte_view accounts;
  byte_view data;
};

/// A balance of a token account; pre and post balances are one list.
struct token_balance_view {
  uint32_t account_index;
  uint32_t decimals;
  /// Base58 text as the wire carries it.
  std::string_view mint;
};

/// What the decoder needs of one transaction: views into the update's bytes.
/// About 100 KB, so keep one and use it again.
struct transaction_view {
  uint64_t slot = 0;
  /// Index in the block.
  uint64_t index = 0;
  /// 64 bytes.
  byte_view signature = {};
  bool is_vote = false;
  /// The update carries a status part (fee, inner instructions, logs).
  bool has_meta = false;
  /// `meta.err` is set.
  bool failed = false;
  /// The node did not record inner instructions.
  bool inner_instructions_none = false;
  bool log_messages_none = false;
  uint64_t fee = 0;
  /// The first so many keys signed; the first of them pays the fee.
  uint32_t signers = 0;
  /// Keys of the message, then loaded writable, then loaded read-only ones.
  bounded_list<const uint8_t*, account_keys_max> message_keys;
  bounded_list<const uint8_t*, account_keys_max> loaded_writable;
  bounded_list<const uint8_t*, account_keys_max> loaded_readonly;
  bounded_list<instruction_view, outer_instructions_max> outer;
  /// Ascending by (outer index, inner index) as the chain recorded them.
  bounded_list<instruction_view, inner_instructions_max> inner;
  bounded_list<token_balance_view, token_balances_max> token_balances;
  /// The encoded status parts; logs are walked only when they are asked for.
  bounded_list<byte_view, 4> meta_parts;

  void clear();

  /// Number of keys in the index space of the instructions.
  [[nodiscard]] size_t key_count() const {
    return message_keys.size() + loaded_writable.size()
           + loaded_readonly.size();
  }

  /// Returns the 32 bytes of a key or null when there is no such index.
  [[nodiscard]] const uint8_t* key(size_t i) const;

  /// Tells whether the key at `i` is `x`.
  [[nodiscard]] bool key_is(size_t i, const pubkey& x) const;

  /// Tells whether `x` signed the transaction.
  [[nodiscard]] bool signed_by(const pubkey& x) const;
};

/// The lines of a transaction's log, in order.
using log_lines = bounded_list<std::string_view, log_lines_max>;

/// Collects the log lines; false when there are more than the bound.
[[nodiscard]] bool collect_logs(const transaction_view& x, log_lines& lines);

/// What kind of update it is.
enum class update_kind : uint8_t {
  /// No payload, or one that we have no use for (accounts, blocks, entries).
  other,
  transaction,
  slot,
  block_meta,
  ping,
  pong,
};

/// Filter names that our own sources put on an update to tell what the wire
/// format has no field for.
namespace update_mark {

/// The index in the block was assumed from input order.
inline constexpr std::string_view index_assumed = "pumpscope:index_assumed";
/// The index in the block is not known; `index` is 0.
inline constexpr std::string_view index_unknown = "pumpscope:index_unknown";
/// The slot is not known; `slot` is 0, and so the index is of no meaning.
inline constexpr std::string_view slot_unknown = "pumpscope:slot_unknown";

} // namespace update_mark

/// One walked update. Only the member that `kind` names has a meaning.
struct update_view {
  update_kind kind = update_kind::other;
  bool index_assumed = false;
  bool index_unknown = false;
  bool slot_unknown = false;
  slot_update slot = {};
  domain::block_meta block_meta = {};
  int32_t pong_id = 0;
  transaction_view transaction;

  void clear();
};

/// Walks the bytes of one `geyser.SubscribeUpdate`, taking what the decoder
/// needs, the way a protobuf parser would read them: fields in any order,
/// unknown ones and wrong wire types skipped, repeated parts merged.
///
/// Fails with `errc::malformed` (bytes end inside a field, keys or signatures
/// of a wrong length) or `errc::limit_exceeded`; `out` then holds what was
/// read so far. Never reads outside of `update`, whose bytes must outlive
/// `out`.
result<void> walk_update(byte_view update, update_view& out);

} // namespace pumpscope::domain
