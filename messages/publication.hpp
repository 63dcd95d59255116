#pragma once

#include "domain/candle_series.hpp"
#include "domain/token_summary.hpp"
#include "messages/pipeline.hpp"
#include "messages/ticket.hpp"
#include "messages/work.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace pumpscope::messages {

// -- what partitions tell -----------------------------------------------------

/// A bar that changed since it was told last.
struct bar_change {
  domain::candle_change bar = {};
  /// Position of the last row that the token had folded by then.
  uint64_t seq = 0;
  /// A later bar is open.
  bool closed = false;
};

/// A token that changed since it was told last.
struct token_change {
  domain::token_summary token = {};
  /// Position of the last row that it folded; 0 = before this run.
  uint64_t seq = 0;
  /// Oldest first within an interval; at most `bars_max` closed ones.
  static constexpr size_t bars_max = 64;
  std::vector<bar_change> bars = {};
  /// Rows up to this position may have changed bars that are not in `bars`;
  /// 0 = none.
  uint64_t bars_lost = 0;
  /// Epoch in which its history was folded again; 0 = never in this run.
  uint64_t refolded = 0;
};

/// A wallet that changed since it was told last.
struct wallet_change {
  domain::pubkey wallet = {};
  domain::wallet_totals totals = {};
  /// Positions that changed, without their lots; at most `positions_max`.
  static constexpr size_t positions_max = 100;
  std::vector<domain::position> positions = {};
  /// As in `token_change`, and the slot of that row.
  uint64_t seq = 0;
  uint64_t slot = 0;
};

/// What changed in one partition. The states are those of `epoch`.
template <class Change>
struct partition_changes {
  uint32_t partition = 0;
  uint64_t epoch = 0;
  uint64_t jpos = 0;
  int64_t chain_time = 0;
  /// Changes up to this position may have been left out; 0 = none.
  uint64_t lost = 0;
  /// There are more than were asked for.
  bool more = false;
  std::vector<Change> changes = {};
  /// Wallet partitions: by how many their holders of coins grew since the
  /// answer before, those of before this run included in the first one.
  std::vector<holders_row> holders = {};
  /// Number of this answer; see `get_changes::holders_taken`.
  uint64_t holders_number = 0;
};

using token_changes = partition_changes<token_change>;
using wallet_changes = partition_changes<wallet_change>;
using token_changes_ptr = std::shared_ptr<const token_changes>;
using wallet_changes_ptr = std::shared_ptr<const wallet_changes>;

/// Request: what changed since the last such request.
struct get_changes {
  /// 0 = none: only what an answer has beside them.
  uint32_t keys_max = 512;
  /// Tell of every token that traded in the last 24 hours, too.
  bool resync = false;
  /// All rows, and all changes of this partition, up to this position are
  /// delivered.
  uint64_t delivered_jpos = 0;
  /// Number of the last answer whose `holders` are counted: what a later one
  /// told got lost, and is told again.
  uint64_t holders_taken = 0;
  /// Tell of these, too, although they did not change.
  std::vector<domain::pubkey> again = {};
};

using token_collection = snapshot_work<token_change>;
using wallet_collection = snapshot_work<wallet_change>;

/// Command: add what changed of you. Like `fold_wallet`, the answer is the
/// ticket.
struct collect_token {
  ticket<token_collection> work = {};
};

/// @copydoc collect_token
struct collect_wallet {
  ticket<wallet_collection> work = {};
};

// -- what goes out ------------------------------------------------------------

/// The numbers of a durable message (design.md section 3.4).
struct publication_stamp {
  /// Position of the last row that counts in it; boards and market: the epoch.
  uint64_t seq = 0;
  /// Rises with every change that has no new row; 0 for trades.
  uint64_t rev = 0;
  /// `seq` of the message before on the same channel, or a higher number when
  /// messages in between may be missing.
  uint64_t prev = 0;
  uint64_t slot = 0;
};

/// A row of the journal: a trade.
struct trade_publication {
  epoch_ptr epoch = {};
  uint32_t index = 0;
  publication_stamp stamp = {};

  [[nodiscard]] const domain::trade& trade() const {
    return epoch->trades[index];
  }
};

/// A row of the journal: a token that was born or graduated.
struct lifecycle_publication {
  epoch_ptr epoch = {};
  uint32_t index = 0;
  publication_stamp stamp = {};

  [[nodiscard]] const domain::token_event& event() const {
    return epoch->token_events[index];
  }
};

struct candle_publication {
  domain::pubkey mint = {};
  int16_t decimals = -1;
  domain::candle_change bar = {};
  bool closed = false;
  /// False while a gap lies in its time.
  bool complete = true;
  publication_stamp stamp = {};
};

struct token_publication {
  domain::token_summary token = {};
  int64_t chain_time = 0;
  uint64_t refolded = 0;
  /// Wallets with more than 0 units in our ledgers, after every row that the
  /// token folded or a later one.
  uint64_t holders = 0;
  publication_stamp stamp = {};
};

struct wallet_publication {
  wallet_change wallet = {};
  publication_stamp stamp = {};
};

struct board_publication {
  domain::board_window window = domain::board_window::h24;
  board_ptr net = {};
  board_ptr losses = {};
  /// Of the wallets in both, those that could be asked in time; null = none.
  totals_by_wallet_ptr totals = {};
  publication_stamp stamp = {};
};

struct market_publication {
  /// By `market_list`.
  std::array<market_ptr, 5> lists = {};
  publication_stamp stamp = {};
};

using publication
  = std::variant<trade_publication, lifecycle_publication, candle_publication,
                 token_publication, wallet_publication, board_publication,
                 market_publication>;

/// Messages in the order in which they go out.
struct publication_batch {
  uint64_t number = 0;
  uint64_t fence = 0;
  std::vector<publication> items = {};
};

using publication_batch_ptr = std::shared_ptr<const publication_batch>;

/// How many tick batches are on their way to a sink. Shared by threads.
using tick_counter = std::atomic<uint32_t>;

/// Trades that were decoded and not sealed: they may still turn out to be on
/// no chain. The first thing to be shed.
struct tick_batch {
  explicit tick_batch(std::shared_ptr<tick_counter> counter)
    : in_flight{std::move(counter)} {
    in_flight->fetch_add(1, std::memory_order_relaxed);
  }

  ~tick_batch() {
    in_flight->fetch_sub(1, std::memory_order_relaxed);
  }

  tick_batch(const tick_batch&) = delete;
  tick_batch& operator=(const tick_batch&) = delete;

  std::shared_ptr<tick_counter> in_flight;
  std::vector<domain::trade> trades = {};
};

using tick_batch_ptr = std::shared_ptr<const tick_batch>;

/// Event: a sink delivered a batch.
struct batch_delivered {
  uint64_t number = 0;
};

/// Event: a sink can deliver, or cannot any more. One that comes back may have
/// lost what it held: all of it must be told again.
struct sink_changed {
  bool ready = false;
};

/// Request: rows of the journal, of all keys.
struct load_rows {
  uint64_t after = 0;
  uint64_t up_to = 0;
};

} // namespace pumpscope::messages
