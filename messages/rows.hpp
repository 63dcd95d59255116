#pragma once

#include "domain/candle.hpp"
#include "domain/position.hpp"
#include "domain/token_event.hpp"
#include "domain/trade.hpp"
#include "domain/update.hpp"
#include "domain/wallet.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::messages {

/// Which projection a partition belongs to. Stored: append only.
enum class projection : uint8_t {
  wallet = 0,
  token = 1,
};

/// A sealed slot: a row of the chain that the journal covers. The counts are
/// those of the moment of sealing.
struct slot_row {
  uint64_t slot = 0;
  uint64_t parent = 0;
  int64_t block_time = 0;
  uint64_t executed_transactions = 0;
  uint32_t trades = 0;
  uint32_t token_events = 0;
  uint32_t ignored = 0;
  uint32_t dead_letters = 0;
  uint32_t failed_transactions = 0;

  friend bool operator==(const slot_row&, const slot_row&) = default;
};

/// A range of slots that we went past without having them, both ends
/// included. Stored: `state` only moves from open to filled.
struct gap_row {
  uint64_t from_slot = 0;
  uint64_t to_slot = 0;
  /// Chain time when it was opened, unix seconds; of a `reserve_break` the time
  /// that the chain had reached at its end, by what the break tells.
  int64_t opened_at = 0;
  /// "missing_parent", "out_of_range", "end_of_recording", or
  /// `reserve_break_reason`.
  std::string reason = {};
  bool filled = false;

  friend bool operator==(const gap_row&, const gap_row&) = default;
};

/// The reason of a gap whose slots are sealed, but lack a transaction, as
/// chains of reserves tell. It is filled once its blocks were compared.
inline constexpr auto reserve_break_reason = "reserve_break";

inline bool is_break_gap(const gap_row& x) {
  return x.reason == reserve_break_reason;
}

/// A key whose state must be folded again from the journal, because the row
/// `jpos` was inserted behind the key's last chain position.
struct repair_row {
  projection kind = projection::wallet;
  domain::pubkey key = {};
  uint64_t jpos = 0;

  friend auto operator<=>(const repair_row&, const repair_row&) = default;
};

/// The mints of an AMM pool.
struct pool_row {
  domain::pubkey pool = {};
  domain::pubkey base_mint = {};
  domain::pubkey quote_mint = {};

  friend bool operator==(const pool_row&, const pool_row&) = default;
};

/// The single row that says how far the journal goes.
struct head_row {
  /// Rises by one with each take-over; writers with a lower one are refused.
  uint64_t fence = 0;
  /// Dense number of the last committed epoch.
  uint64_t epoch = 0;
  /// Highest position of the journal; equals count(trade)+count(token_event).
  uint64_t jpos = 0;
  /// Highest block time of a sealed slot, unix seconds.
  int64_t chain_time = 0;
  /// Highest slot sealed in order, all of its rows journaled; 0 in a fresh
  /// store.
  uint64_t sealed_slot = 0;
  /// The slot that the journal begins with; 0 in a fresh store. Slots below it
  /// count as an implicit gap.
  uint64_t first_slot = 0;
  /// A slot of which an epoch holds the first rows but not yet the last, and
  /// the position of its first row; 0 = none.
  uint64_t open_slot = 0;
  uint64_t open_slot_jpos = 0;

  friend bool operator==(const head_row&, const head_row&) = default;
};

/// One commit of the journal: an immutable batch of rows in `jpos` order.
/// `trades` and `token_events` are each ascending by `jpos` and together dense.
struct epoch {
  /// The head before and after; `after.epoch == before.epoch + 1`, and both
  /// carry the writer's fence.
  head_row before = {};
  head_row after = {};
  std::vector<domain::trade> trades = {};
  std::vector<domain::token_event> token_events = {};
  std::vector<slot_row> slots = {};
  /// One that the store has already is left as it is: a source may repeat it.
  std::vector<domain::dead_letter> dead_letters = {};
  std::vector<gap_row> gaps_opened = {};
  /// Gaps that are whole now, named by their `from_slot` and `to_slot`.
  std::vector<gap_row> gaps_filled = {};
  std::vector<repair_row> repairs = {};
  std::vector<pool_row> pools = {};
  /// Dead letters that became rows in this epoch.
  std::vector<domain::chain_position> dead_letters_resolved = {};
  /// Slots that are not on the chain after all: their rows in `slot` and their
  /// dead letters are deleted. One that has journal rows also has a
  /// `token_event_kind::slot_voided` in `token_events`.
  std::vector<uint64_t> slots_voided = {};
};

/// Names a row of an epoch: an index into its trades, or with the highest bit
/// set into its token events.
using row_ref = uint32_t;

inline constexpr row_ref token_event_bit = 1U << 31;

/// Calls `f(row_ref, jpos)` for the rows of an epoch, ascending by jpos.
template <class F>
void for_each_row(const epoch& x, F f) {
  size_t trade = 0;
  size_t event = 0;
  while (trade < x.trades.size() || event < x.token_events.size())
    if (event == x.token_events.size()
        || (trade < x.trades.size()
            && x.trades[trade].jpos < x.token_events[event].jpos)) {
      f(static_cast<row_ref>(trade), x.trades[trade].jpos);
      ++trade;
    } else {
      f(static_cast<row_ref>(event) | token_event_bit,
        x.token_events[event].jpos);
      ++event;
    }
}

/// Epochs travel by reference inside a node.
using epoch_ptr = std::shared_ptr<const epoch>;

/// State of a position as stored. The lots (and all else that is not a
/// column) travel in `blob` (messages/state_blob.hpp).
struct position_row {
  domain::pubkey wallet = {};
  /// `position.lots` is empty here; `blob` has it.
  domain::position position = {};
  std::string blob = {};
};

/// State of a wallet as stored.
struct wallet_row {
  domain::pubkey wallet = {};
  domain::wallet_totals totals = {};
  std::string blob = {};
};

/// State of a token as stored: what boards and lists ask for as columns, the
/// whole fold in `blob`.
struct token_row {
  domain::pubkey mint = {};
  /// Quote mint of the leading venue's series.
  domain::pubkey quote_mint = {};
  /// Texts are as `domain::clean_utf8` leaves them: databases take no others.
  std::string name = {};
  std::string symbol = {};
  std::string uri = {};
  domain::pubkey creator = {};
  int64_t created_at = 0;
  domain::price last_price = {};
  int64_t last_trade_at = 0;
  bool graduated = false;
  /// Spot * supply in quote base units, where a price is known.
  std::optional<domain::i128> market_cap = {};
  /// Chains of reserves that did not join, over the whole history.
  uint64_t reserve_breaks = 0;
  std::string blob = {};
};

/// A stored candle, 1m or 5m; the longer ones are merges of 1m (their
/// `wallets` are estimates that nobody stores).
struct candle_row {
  domain::pubkey mint = {};
  domain::pubkey quote_mint = {};
  domain::interval interval = domain::interval::m1;
  domain::candle candle = {};
};

/// How far one partition's stored states go.
struct cursor_row {
  projection kind = projection::wallet;
  uint32_t partition = 0;
  /// All rows up to and including this position are in the states.
  uint64_t jpos = 0;
  /// The chain time that its window sums were advanced to.
  int64_t chain_time = 0;
  /// Last position that the sink acknowledged.
  uint64_t published_jpos = 0;

  friend bool operator==(const cursor_row&, const cursor_row&) = default;
};

/// One commit of projection state for one partition: compare-and-set on the
/// cursor, refused when the fence is not the head's.
struct checkpoint {
  uint64_t fence = 0;
  /// Cursor before and after; `after.jpos <= head.jpos`.
  cursor_row before = {};
  cursor_row after = {};
  std::vector<wallet_row> wallets = {};
  std::vector<position_row> positions = {};
  /// Buckets with new sums; one with no trades and no realizations is deleted.
  std::vector<domain::wallet_bucket> wallet_buckets = {};
  /// Wallets whose stored positions and buckets are replaced as a whole by the
  /// ones in this checkpoint (repair).
  std::vector<domain::pubkey> wallets_replaced = {};
  std::vector<token_row> tokens = {};
  std::vector<candle_row> candles = {};
  /// Mints whose stored candles are replaced as a whole (repair).
  std::vector<domain::pubkey> tokens_replaced = {};
  /// Repairs that these states make undone no longer: deleted here.
  std::vector<repair_row> repairs_done = {};
  /// Buckets that start before these times may be deleted, by length 300 and
  /// 3600; 0 = keep all.
  int64_t buckets_5m_before = 0;
  int64_t buckets_1h_before = 0;
};

using checkpoint_ptr = std::shared_ptr<const checkpoint>;

/// Everything that a store has of one wallet.
struct wallet_state_rows {
  std::optional<wallet_row> wallet = {};
  std::vector<position_row> positions = {};
};

/// How many wallets of one partition hold a coin, or by how many more.
struct holders_row {
  domain::pubkey mint = {};
  int64_t wallets = 0;

  friend bool operator==(const holders_row&, const holders_row&) = default;
};

/// Rows of the journal that one key or one partition needs, by `jpos`.
struct journal_rows {
  std::vector<domain::trade> trades = {};
  std::vector<domain::token_event> token_events = {};
};

/// What a history begins with: the state that rows made of a key which the
/// journal has dropped. Without any it begins with nothing.
struct history_start {
  wallet_state_rows wallet = {};
  std::optional<token_row> token = {};
};

/// Where the journal begins since it dropped old rows. States of all keys that
/// they touched are kept as a baseline: what folds history starts there.
struct retention_row {
  /// Number of the last drop; 0 = nothing was dropped, and all else is 0.
  uint64_t pass = 0;
  /// Slots below have no rows any more, and never will again.
  uint64_t start_slot = 0;
  /// Begin of a minute: no trade that is left, or comes, is older. So no bar
  /// that closed with a dropped row ever changes.
  int64_t start_time = 0;
  uint64_t dropped_trades = 0;
  uint64_t dropped_token_events = 0;
  /// The highest journal position of them.
  uint64_t dropped_jpos = 0;

  friend bool operator==(const retention_row&, const retention_row&) = default;
};

/// A part of the history of one key.
struct history_page {
  /// What it begins with; of the first page only.
  history_start start = {};
  journal_rows rows = {};
  /// The history begins here: forget what was folded.
  bool first = true;
  /// The history ends here.
  bool last = true;
};

} // namespace pumpscope::messages
