#pragma once

#include "messages/audit.hpp"
#include "messages/inbox.hpp"
#include "messages/rows.hpp"
#include "messages/store_queries.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::messages {

/// Why a store could not do what was asked: a code to branch on and a text
/// that names the thing (file, option, constraint) for people.
struct store_error {
  domain::errc code = domain::errc::store_unavailable;
  std::string what = {};
};

template <class T>
using store_result = tl::expected<T, store_error>;

/// The same as an exception: stores throw it within, never to their callers.
struct store_failure {
  store_error error = {};
};

/// What became of a compare-and-set write.
enum class commit_outcome : uint8_t {
  /// Durable.
  committed,
  /// Our fence is not the head's: another owner took over. Exit.
  fenced,
  /// Our fence holds but `before` is not the stored head or cursor.
  stale,
  /// The connection broke; read the head or cursor to learn the outcome.
  unknown,
};

/// What is fixed when a store is created.
struct store_identity {
  /// Seed of `domain::key_hash`.
  uint64_t hash_seed = 0;
  /// Partitions per kind: a power of two in [1, 64].
  uint32_t partitions = 64;
  /// Schema version.
  uint32_t version = 1;
};

/// Totals for `replay --json`, `inspect` and tests. Trades and events count
/// dropped ones too.
struct store_counts {
  uint64_t trades = 0;
  uint64_t token_events = 0;
  uint64_t max_jpos = 0;
  uint64_t slots = 0;
  uint64_t open_gaps = 0;
  uint64_t dead_letters = 0;
  uint64_t repairs = 0;
};

/// The history of one key on its way out of a store, page by page. Lives no
/// longer than its store, in the same thread.
class history {
public:
  virtual ~history() = default;

  /// The state that the rows go on from.
  [[nodiscard]] virtual const history_start& start() const;

  /// The next rows in chain order, at most `rows_max` (at least 1); none = the
  /// end.
  virtual store_result<journal_rows> next(size_t rows_max) = 0;
};

/// What every store does (design.md sections 3 and 5). Synchronous: a store
/// lives inside a detached actor or a command; one object is used by one
/// thread at a time. `reader()` opens a second, read-only view for another.
class store {
public:
  virtual ~store() = default;

  /// Returns what was fixed at creation.
  [[nodiscard]] virtual store_identity identity() const = 0;

  /// Raises the fence by one and returns the head with it: from here on every
  /// earlier writer is refused. Who had a fence before and starts again names
  /// it in `held`, and is refused (`errc::fenced`) when another owner came
  /// meanwhile: a process that slept must not take the store back. 0 = none.
  virtual store_result<head_row> take_over(uint64_t held) = 0;

  /// Takes over from whoever was there.
  store_result<head_row> take_over() {
    return take_over(0);
  }

  virtual store_result<head_row> read_head() = 0;

  /// Appends one epoch in one transaction: checks the fence, moves the head by
  /// compare-and-set from `before` to `after`, inserts all rows. A key that
  /// exists already is an error (`errc::internal`), never skipped.
  virtual store_result<commit_outcome> commit_epoch(const epoch& x) = 0;

  /// Writes one partition's states in one transaction, compare-and-set on the
  /// cursor. A row that is named twice is an error (`errc::internal`).
  virtual store_result<commit_outcome> commit_checkpoint(const checkpoint& x)
    = 0;

  /// Several checkpoints, each as atomic as `commit_checkpoint`, for stores
  /// where a shared transaction is cheaper. With an error some may be durable.
  virtual store_result<std::vector<commit_outcome>>
  commit_checkpoints(std::span<const checkpoint_ptr> xs) = 0;

  /// One cursor per partition of both kinds; a missing one is at 0.
  virtual store_result<std::vector<cursor_row>> read_cursors() = 0;

  /// Journal rows with `after < jpos <= up_to` whose key (wallet or mint, by
  /// `kind`) is in `partition`, ascending by jpos; at most `rows_max` rows.
  /// Token partitions get trades and token events, wallet partitions trades;
  /// rows of voided slots are among them, but not the rows that void.
  virtual store_result<journal_rows>
  load_tail(projection kind, uint32_t partition, uint64_t after, uint64_t up_to,
            size_t rows_max)
    = 0;

  /// All journal rows of one key up to `up_to`, ascending by chain position
  /// (NOT by jpos), behind the baseline that belongs to them: what a repair
  /// folds. Rows of slots that are voided at or
  /// below `up_to` are left out.
  virtual store_result<std::unique_ptr<history>>
  open_history(projection kind, const domain::pubkey& key, uint64_t up_to) = 0;

  /// The rows in one piece, for tools: memory grows with the history.
  store_result<journal_rows>
  load_history(projection kind, const domain::pubkey& key, uint64_t up_to);

  /// The journal rows of one slot, ascending by chain position, without the
  /// row that voids it.
  virtual store_result<journal_rows> load_slot(uint64_t slot) = 0;

  /// All journal rows with `after < jpos <= up_to`, at most `rows_max`,
  /// ascending by jpos.
  virtual store_result<journal_rows>
  load_journal(uint64_t after, uint64_t up_to, size_t rows_max) = 0;

  /// Visits the whole journal in chain order (verify, dump trades). A
  /// `slot_voided` comes behind the rows that it voids.
  virtual store_result<void>
  visit_journal(const std::function<void(const domain::trade&)>& on_trade,
                const std::function<void(const domain::token_event&)>& on_event)
    = 0;

  /// States of wallets, in the order asked; a wallet that is not stored gives
  /// an empty entry.
  virtual store_result<std::vector<wallet_state_rows>>
  load_wallets(std::span<const domain::pubkey> wallets) = 0;

  /// States of tokens, in the order asked; unknown ones are nullopt.
  virtual store_result<std::vector<std::optional<token_row>>>
  load_tokens(std::span<const domain::pubkey> mints) = 0;

  /// Visits stored states of one partition (takeover of windows and boards,
  /// dumps). `partition` in [0, partitions); order by key.
  virtual store_result<void>
  visit_wallets(uint32_t partition,
                const std::function<void(const wallet_row&)>& f)
    = 0;
  virtual store_result<void>
  visit_positions(uint32_t partition,
                  const std::function<void(const position_row&)>& f)
    = 0;
  /// Visits each coin that stored wallets of the partition hold (more than 0
  /// units over all quote mints) with how many these are; order by mint.
  virtual store_result<void>
  visit_holders(uint32_t partition,
                const std::function<void(const holders_row&)>& f)
    = 0;
  virtual store_result<void> visit_wallet_buckets(
    uint32_t partition,
    const std::function<void(const domain::wallet_bucket&)>& f)
    = 0;
  virtual store_result<void>
  visit_tokens(uint32_t partition,
               const std::function<void(const token_row&)>& f)
    = 0;
  /// Candles with `open_time >= since`, ordered by mint, quote, interval, time.
  virtual store_result<void>
  visit_candles(uint32_t partition, int64_t since,
                const std::function<void(const candle_row&)>& f)
    = 0;

  /// Which of these keys are in the journal: one answer per key, in order.
  virtual store_result<std::vector<bool>>
  contains(std::span<const domain::chain_position> keys) = 0;

  /// Sealed slots with `from <= slot <= to`, ascending.
  virtual store_result<std::vector<slot_row>>
  load_slots(uint64_t from, uint64_t to) = 0;

  /// The last `count` sealed slots, ascending, with the keys of their rows.
  virtual store_result<std::vector<slot_row>> load_last_slots(size_t count) = 0;

  virtual store_result<std::vector<pool_row>> load_pools() = 0;
  virtual store_result<std::vector<gap_row>> load_gaps(bool open_only) = 0;
  /// Open repairs of one kind.
  virtual store_result<std::vector<repair_row>> load_repairs(projection kind)
    = 0;
  /// Dead letters behind `after`, by chain position, at most `count`.
  virtual store_result<std::vector<domain::dead_letter>>
  load_dead_letters(std::optional<domain::chain_position> after, size_t count)
    = 0;

  /// The first dead letters.
  store_result<std::vector<domain::dead_letter>>
  load_dead_letters(size_t count) {
    return load_dead_letters(std::nullopt, count);
  }

  /// Keeps an incident; of those that are kept, the oldest goes above
  /// `audit_rows_max`. Asks for no fence: it is no part of the journal.
  virtual store_result<void> record_audit(const audit_row& x) = 0;

  /// The last `count` incidents, newest first.
  virtual store_result<std::vector<audit_row>> load_audit(size_t count) = 0;

  /// Appends payloads of webhooks in one transaction; durable when it returns
  /// the id of the last one. Nothing = they do not fit the limits, and none was
  /// appended. Asks for no fence: any node may take a payload. What was
  /// appended by a call with an unknown outcome may be there twice.
  virtual store_result<std::optional<uint64_t>>
  append_inbox(std::span<const std::string> payloads,
               const inbox_limits& limits)
    = 0;

  /// Payloads behind `after`, by id: at most `rows_max`, and no further one
  /// once they have `bytes_max` together.
  virtual store_result<std::vector<inbox_row>>
  load_inbox(uint64_t after, size_t rows_max, size_t bytes_max) = 0;

  /// Removes the payloads up to this id.
  virtual store_result<void> remove_inbox(uint64_t up_to) = 0;

  virtual store_result<inbox_size> read_inbox_size() = 0;

  /// Opens a view of the same store for another thread that may change the
  /// inbox and nothing else. It does not wait for a server that is gone.
  virtual store_result<std::unique_ptr<store>> open_inbox() = 0;

  // Lists for people. A query outside of its bounds is refused with
  // `errc::limit_exceeded`, a text that is none with `errc::invalid_text`.

  /// Trades of the journal, the newest in it first (that is not chain order
  /// where rows came late), without those of voided slots: of a mint, a wallet,
  /// a wallet in a mint, or all. Rows that were dropped are not there.
  virtual store_result<trade_list> load_trades(const trade_query& x) = 0;

  /// Stored candles, ascending by time: the newest `rows_max` of the range.
  /// `errc::limit_exceeded` for an interval that is not stored.
  virtual store_result<std::vector<candle_row>>
  load_candles(const candle_query& x) = 0;

  /// Positions in a coin with more than 0 units, most units first, then by
  /// wallet and quote mint; blobs are empty. A wallet that bought for two
  /// moneys has two.
  virtual store_result<std::vector<position_row>>
  load_holders(const holders_query& x) = 0;

  /// Tokens by name, symbol or mint; blobs are empty. Best first: the text is
  /// the symbol or the whole mint, the symbol begins with it, the name begins
  /// with it, it is elsewhere in them or begins the mint; among equals the one
  /// that was traded last, then by mint. A mint is searched for from
  /// `address_prefix_min` characters on. Where a text matches many thousands of
  /// tokens, not all of them are looked at.
  virtual store_result<std::vector<token_row>>
  search_tokens(const token_search& x) = 0;

  /// Stored wallets whose address begins with a text of at least
  /// `address_prefix_min` characters, by address; `rows_max` as in the others.
  virtual store_result<std::vector<domain::pubkey>>
  search_wallets(std::string_view address_prefix, size_t rows_max) = 0;

  virtual store_result<store_counts> counts() = 0;

  /// Where the journal begins. A store that never drops rows needs no own
  /// answer.
  virtual store_result<retention_row> read_retention();

  /// Visits the baseline: each wallet with its positions, then each token. By
  /// itself it is no snapshot together with `visit_journal`: whoever needs both
  /// reads `read_retention` before and after.
  virtual store_result<void>
  visit_baseline(const std::function<void(const wallet_state_rows&)>& on_wallet,
                 const std::function<void(const token_row&)>& on_token);

  /// Opens a read-only view of the same store for another thread.
  virtual store_result<std::unique_ptr<store>> reader() = 0;
};

} // namespace pumpscope::messages
