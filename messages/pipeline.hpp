#pragma once

#include "domain/known_keys.hpp"
#include "domain/leaderboard.hpp"
#include "domain/token_ledger.hpp"
#include "domain/token_summary.hpp"
#include "domain/token_windows.hpp"
#include "domain/update_decoder.hpp"
#include "domain/wallet_ledger.hpp"
#include "messages/block_fetcher.hpp"
#include "messages/rows.hpp"
#include "messages/source.hpp"
#include "messages/store.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::messages {

/// The decoded updates of one raw batch, in order.
struct parsed_batch {
  uint64_t number = 0;
  bool last = false;
  std::vector<domain::parsed_update> updates = {};
  std::chrono::steady_clock::time_point arrived_at = {};
  /// See `raw_batch`.
  bool backfill = false;
  std::vector<fetched_range> ranges = {};
  bool inbox = false;
  uint64_t payloads_up_to = 0;
};

using parsed_batch_ptr = std::shared_ptr<parsed_batch>;

/// Event: the store has this epoch.
struct epoch_committed {
  epoch_ptr epoch = {};
};

/// Event: one partition folded an epoch.
struct epoch_applied {
  projection kind = projection::wallet;
  uint32_t partition = 0;
  uint64_t epoch = 0;
};

/// Event: another node folded its share of an epoch.
struct host_applied {
  uint64_t epoch = 0;
};

/// Event: all partitions of the node with the sequencer folded an epoch.
struct epoch_folded_here {
  uint64_t epoch = 0;
};

/// Command: the rows of these partitions, of both kinds, belong to another
/// owner from the next epoch on. They answer what they are asked, as of now.
struct partitions_left {
  /// Ascending.
  std::vector<uint32_t> partitions = {};
};

/// Command: the rows of these partitions belong to you from the next epoch on;
/// all before them are in the journal.
struct partitions_joined {
  /// That of the last epoch.
  head_row head = {};
  /// Ascending.
  std::vector<uint32_t> partitions = {};
};

/// Command: nobody asks these partitions, which have left, any more.
struct partitions_dropped {
  std::vector<uint32_t> partitions = {};
};

/// Event: all owners of partitions folded all epochs up to this one.
struct epoch_completed {
  uint64_t epoch = 0;
};

/// Event: a stream cannot go on.
struct source_failed {
  std::string source = {};
  std::string what = {};
};

/// What a pipeline needs of the store to start.
struct journal_boot {
  head_row head = {};
  store_identity identity = {};
  std::vector<pool_row> pools = {};
  std::vector<gap_row> open_gaps = {};
  /// All gaps that are filled.
  std::vector<gap_row> filled_gaps = {};
  /// Sealed slots inside open gaps, but for break gaps, and before the first
  /// slot.
  std::vector<slot_row> late_slots = {};
  /// The journaled rows of `head.open_slot`.
  journal_rows open_rows = {};
  /// The last sealed slot that is on the chain: below `head.sealed_slot` when
  /// that one was voided.
  uint64_t last_slot = 0;
  /// All rows up to this position are published, as far as is known.
  uint64_t published_jpos = 0;
  /// Where the journal begins.
  retention_row retention = {};
};

using journal_boot_ptr = std::shared_ptr<const journal_boot>;

/// What a partition needs of the store to start.
struct partition_boot {
  cursor_row cursor = {};
  /// Wallet partitions: totals of all wallets (blobs left out) and the buckets
  /// of the running windows.
  std::vector<wallet_row> wallets = {};
  std::vector<domain::wallet_bucket> buckets = {};
  /// The same, where they are asked for: who holds what, counted.
  std::vector<holders_row> holders = {};
  /// Token partitions: all tokens (blobs left out), and the 1m candles of the
  /// last 24 hours.
  std::vector<token_row> tokens = {};
  std::vector<candle_row> candles = {};
  /// Token partitions: when the graduated ones of `tokens` did, by mint.
  std::map<domain::pubkey, int64_t> graduated_at = {};
  /// Token partitions: where the chains of reserves of `tokens` do not join.
  std::map<domain::pubkey, std::vector<domain::break_span>> breaks = {};
  /// Open repairs of this partition.
  std::vector<repair_row> repairs = {};
};

using partition_boot_ptr = std::shared_ptr<const partition_boot>;

/// Request: everything to start a partition.
struct load_partition {
  projection kind = projection::wallet;
  uint32_t partition = 0;
  /// Wallet partitions: count holders, too.
  bool holders = false;
};

/// Request: rows of the journal that a partition has not folded yet.
struct load_tail {
  projection kind = projection::wallet;
  uint32_t partition = 0;
  uint64_t after = 0;
  uint64_t up_to = 0;
};

/// Rows that are read at once from the journal for one who asks.
inline constexpr size_t tail_rows_max = 20'000;

/// A key to fold again from the journal.
struct history_request {
  domain::pubkey key = {};
  /// From its beginning; else from where the last page ended.
  bool first = true;
};

/// Request: stored states of entities and pages of histories, in one go.
struct load_entities {
  projection kind = projection::wallet;
  std::vector<domain::pubkey> keys = {};
  std::vector<history_request> histories = {};
  /// Position up to which histories go.
  uint64_t up_to = 0;
  /// Rows of all pages in the answer; at least 1.
  size_t rows_max = 20'000;
};

/// Answer to `load_entities`, in the order asked. Pages of histories for which
/// there was no room are empty, and not their last.
struct loaded_entities {
  std::vector<wallet_state_rows> wallets = {};
  std::vector<std::optional<token_row>> tokens = {};
  std::vector<std::shared_ptr<const history_page>> histories = {};
};

using loaded_entities_ptr = std::shared_ptr<const loaded_entities>;
using journal_rows_ptr = std::shared_ptr<const journal_rows>;

/// Answer to `load_tail`: all rows of the partition above `after` and up to a
/// position. Where that is not the one asked for, the rest is asked for again.
struct tail_rows {
  journal_rows rows = {};
  uint64_t up_to = 0;
};

using tail_rows_ptr = std::shared_ptr<const tail_rows>;

/// Request: which of these keys are journaled, which slots sealed, and what
/// the journal has of slots that turned out to be dead.
struct look_up {
  std::vector<domain::chain_position> keys = {};
  /// Distinct, ascending.
  std::vector<uint64_t> slots = {};
  std::vector<uint64_t> voided = {};
};

/// Answer to `look_up`: one flag per key, the sealed ones of the slots, and
/// for each voided slot its rows (none when they are void already), or nothing
/// when it is not sealed (any more).
struct looked_up {
  std::vector<bool> known = {};
  std::vector<slot_row> slots = {};
  std::vector<std::optional<journal_rows>> voided = {};
  /// Where the journal began right after the other answers: a key below is
  /// not known because it was dropped.
  retention_row retention = {};
};

using looked_up_ptr = std::shared_ptr<const looked_up>;

/// Request: the first rows of a board.
struct get_board {
  domain::board_window window = domain::board_window::h24;
  domain::board_by by = domain::board_by::net;
  domain::board_side side = domain::board_side::losers;
  uint32_t rows = 100;
};

/// A board, whole or of one partition.
struct board {
  /// Chain time that the windows stand at, unix seconds.
  int64_t chain_time = 0;
  /// Journal position that all asked partitions had reached at least.
  uint64_t jpos = 0;
  std::vector<domain::board_row> rows = {};
};

/// Lists of tokens.
enum class market_list : uint8_t {
  /// Most volume in 24 hours first.
  volume_24h = 0,
  /// Highest market cap first, among those that traded in 24 hours.
  market_cap = 1,
  /// On the bonding curve, closest to its end first.
  graduating = 2,
  /// Newest first.
  created = 3,
  /// The last one that graduated first.
  graduated = 4,
};

/// A token in a list.
struct market_row {
  domain::pubkey mint = {};
  domain::pubkey quote_mint = {};
  /// created, graduated: when, unix seconds; name and symbol where a
  /// CreateEvent told them. Other lists: 0 and empty.
  int64_t at = 0;
  std::string name = {};
  std::string symbol = {};
  /// Other lists: prices and the sums of 24 hours.
  domain::token_quote quote = {};
  domain::token_window_sums day = {};
  /// Distinct wallets; nothing where not known (domain::token_windows).
  std::optional<uint64_t> wallets_24h = {};
  std::optional<double> change_1h = {};
  std::optional<double> change_24h = {};
};

/// Request: the first rows of a list, of one quote mint.
struct get_market {
  market_list list = market_list::volume_24h;
  domain::pubkey quote_mint = domain::known_keys::wsol_mint;
  uint32_t rows = 100;
};

/// A list, whole or of one partition.
struct market {
  /// Chain time that the windows stand at, unix seconds.
  int64_t chain_time = 0;
  /// Journal position that all asked partitions had reached at least.
  uint64_t jpos = 0;
  /// Series with a trade in the last 24 hours.
  uint64_t tokens_active = 0;
  std::vector<market_row> rows = {};
  /// With the list by volume: sums of 24 hours over all tokens of the quote
  /// mint.
  domain::token_window_sums day = {};
};

/// A token that was born or graduated.
struct token_news_item {
  /// `created` or `graduated`.
  market_list list = market_list::created;
  market_row row = {};
};

/// Event: what one epoch, or the store at start, told one token partition.
struct token_news {
  int64_t chain_time = 0;
  std::vector<token_news_item> items = {};
};

using market_ptr = std::shared_ptr<const market>;
using token_news_ptr = std::shared_ptr<const token_news>;

/// A wallet's state, for whoever asks: a page, the console, a test.
struct wallet_view {
  domain::pubkey wallet = {};
  domain::wallet_totals totals = {};
  std::vector<domain::position> positions = {};
  /// Position and slot of the last row that it folded; 0 = none in this run.
  uint64_t seq = 0;
  uint64_t slot = 0;
};

/// Request: the state of one token.
struct get_token {
  domain::pubkey mint = {};
};

/// A token's state, for whoever asks: a page, the console, a test.
struct token_view {
  /// The journal has rows of it.
  bool known = false;
  domain::token_state state = {};
  /// What subscribers are shown, with the windows of its partition.
  domain::token_summary summary = {};
  /// As in `token_change`.
  uint64_t seq = 0;
  uint64_t refolded = 0;
  /// Its partition: the rows up to `jpos`, those of `epoch` included, are in
  /// the state; later ones may be. The windows end at `chain_time`.
  uint64_t epoch = 0;
  uint64_t jpos = 0;
  int64_t chain_time = 0;
  /// As in `token_publication`; nothing where nothing is published.
  std::optional<uint64_t> holders = {};
};

/// Request: the totals of wallets of one partition.
struct get_totals {
  std::vector<domain::pubkey> wallets = {};
};

/// Totals of wallets, each as of the moment that it was asked.
using totals_by_wallet
  = boost::unordered_flat_map<domain::pubkey, domain::wallet_totals,
                              domain::pubkey_hasher>;
using totals_by_wallet_ptr = std::shared_ptr<const totals_by_wallet>;

using board_ptr = std::shared_ptr<const board>;
using wallet_view_ptr = std::shared_ptr<const wallet_view>;
using token_view_ptr = std::shared_ptr<const token_view>;

/// A reserve break with the mint it belongs to.
struct mint_break {
  domain::pubkey mint = {};
  domain::reserve_break value = {};
};

/// Breaks in order of mint and chain position.
using mint_breaks = std::vector<mint_break>;
using mint_breaks_ptr = std::shared_ptr<const mint_breaks>;

/// Where the chains of one token do not join.
struct token_breaks {
  domain::pubkey mint = {};
  /// These are all there are: the token was folded again, or loaded at a start.
  /// Else they come on top of those before.
  bool whole = false;
  std::vector<domain::break_span> spans = {};
};

/// Event: what an epoch, or a start, told of chains of reserves.
struct breaks_found {
  std::vector<token_breaks> tokens = {};
};

using breaks_found_ptr = std::shared_ptr<const breaks_found>;

/// Counters of a whole pipeline, for the live summary and reports.
struct pipeline_status {
  uint64_t updates = 0;
  uint64_t transactions = 0;
  uint64_t failed_transactions = 0;
  uint64_t duplicates = 0;
  uint64_t late = 0;
  uint64_t trades = 0;
  uint64_t token_events = 0;
  uint64_t ignored = 0;
  uint64_t foreign_events = 0;
  uint64_t malformed_updates = 0;
  uint64_t dead_letters = 0;
  uint64_t abandoned_transactions = 0;
  uint64_t dead_slots = 0;
  uint64_t voided_slots = 0;
  uint64_t gaps = 0;
  /// Rows that were refused because the journal begins behind them.
  uint64_t below_retention = 0;
  uint64_t repairs = 0;
  uint64_t epochs = 0;
  uint64_t rejected_rows = 0;
  uint64_t restarts = 0;
  /// Times that partitions changed hands while all else went on, or should
  /// have.
  uint64_t moves = 0;
  uint64_t moves_failed = 0;
  /// The longest of them: for so long their partitions folded nothing, at most.
  double move_seconds_max = 0;
  uint64_t entity_restarts = 0;
  uint64_t wallets_live = 0;
  uint64_t wallets_known = 0;
  uint64_t tokens_live = 0;
  uint64_t tokens_known = 0;
  /// Chains of reserves that do not join now, and those that this run found.
  uint64_t reserve_breaks = 0;
  uint64_t reserve_breaks_total = 0;
  /// Gaps that they opened, those that were filled since, breaks that stayed
  /// although their blocks were compared, and those too wide to be fetched, or
  /// too many to have a gap of their own.
  uint64_t break_gaps_opened = 0;
  uint64_t break_gaps_filled = 0;
  uint64_t breaks_unexplained = 0;
  uint64_t breaks_too_wide = 0;
  uint64_t breaks_refused = 0;
  uint64_t highest_slot = 0;
  /// Blocks that were fetched to fill gaps, and ranges that could not be.
  uint64_t backfill_slots = 0;
  uint64_t backfill_failures = 0;
  /// Payloads of webhooks that were read, entries in them that are no
  /// transaction, and transactions that wait for their slot.
  uint64_t payloads = 0;
  uint64_t payload_entries_malformed = 0;
  uint64_t hints_held = 0;
  /// Keys that the audit compared with their journal, and incidents.
  uint64_t audited = 0;
  uint64_t audit_mismatches = 0;
  uint64_t bytes_read = 0;
  uint64_t bytes_total = 0;
  head_row head = {};
  /// The first breaks, at most `breaks_max`.
  static constexpr size_t breaks_max = 1'000;
  mint_breaks breaks = {};
};

using pipeline_status_ptr = std::shared_ptr<const pipeline_status>;

} // namespace pumpscope::messages
