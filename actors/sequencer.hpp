#pragma once

#include "actors/break_gaps.hpp"
#include "actors/epoch_builder.hpp"
#include "domain/sealer.hpp"
#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"

#include <caf/actor_clock.hpp>
#include <caf/error.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace pumpscope::actors {

struct sequencer_config {
  domain::sealer_config sealer = {};

  /// Rows after which an epoch is cut; whole transactions.
  size_t epoch_rows_max = 1'000;

  /// Longest time that a sealed row waits for its epoch to fill.
  std::chrono::milliseconds epoch_period = std::chrono::milliseconds{100};

  /// Epochs that are committed or folded at once.
  size_t epochs_max = 16;

  /// Raw batches that the stream may have on the way.
  size_t batches_max = 16;

  /// Old transactions that the store is asked about at once.
  size_t lookups_max = 16'384;

  /// How long a slot waits for its missing parent before it goes on behind a
  /// gap; 0 = for `sealer.gap_slots` slots however long they take (recordings).
  std::chrono::milliseconds gap_wait = std::chrono::milliseconds{0};

  /// How long a slot waits for its missing parent before the parent is asked
  /// for, and how often the open gaps are asked for again. Only where there is
  /// a backfill.
  std::chrono::milliseconds backfill_wait = std::chrono::milliseconds{1'000};
  std::chrono::milliseconds backfill_period = std::chrono::seconds{30};

  /// Batches that the backfill may have on the way, and ranges that it is asked
  /// for at once.
  size_t backfill_batches_max = 4;
  size_t backfill_ranges_max = 1'000;

  /// Batches that the inbox may have on the way, and hints that are held until
  /// their slot is sealed (each with at most 64 KiB of raw bytes): above that
  /// the inbox is not read.
  size_t inbox_batches_max = 4;
  size_t hints_max = 4'096;

  /// How long hints wait for the stream to bring their slot; then they are dead
  /// letters.
  std::chrono::milliseconds hint_wait = std::chrono::minutes{10};

  /// Without a stream: how long after its last hint a slot is sealed, and at
  /// most five times as long after its first.
  std::chrono::milliseconds seal_wait = std::chrono::seconds{2};
  /// Tells the SOL/USD rate that was known at a block time, in millionths, 0 =
  /// unknown; from any thread. Empty = always unknown.
  std::function<uint64_t(int64_t)> sol_usd_micros_at = {};

  /// Gaps of chains of reserves that do not join.
  break_gaps_config breaks = {};

  /// Told what people should know of them, for the log; from the sequencer's
  /// thread.
  std::function<void(const break_notice&)> on_break = {};

  /// How long the store may take to answer.
  std::chrono::milliseconds store_timeout = std::chrono::milliseconds{60'000};
};

/// Tests whether a sequencer can run with the given configuration.
caf::error validate(const sequencer_config& x);

struct sequencer_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "sequencer";

  void start(const messages::journal_boot& boot);

  void handle(const messages::parsed_batch_ptr& x);

  void handle(const messages::epoch_completed& x);

  void handle_links(const messages::sequencer_links& x);

  /// Takes what a webhook told.
  void consume_hint(domain::parsed_transaction&& x);

  /// Of what is not a transaction the inbox only tells block times.
  void note_hint_time(const domain::parsed_update& x);

  /// Has the blocks of hints fetched that do not tell their place; without a
  /// backfill they are dead letters.
  void place_hints();

  /// Ends the wait of hints for the blocks of a range.
  void end_placing(const messages::fetched_range& x);

  /// Seals the slots of hints, or gives hints up, by time.
  void watch_hints();

  /// Tells the inbox which payloads are in the journal.
  void settle_inbox();

  /// Once the sequencer has stopped nothing is added any more.
  void handle(const messages::repair_wanted& x);

  void handle(const messages::breaks_found_ptr& x);

  void handle_tick();

  void handle_stop();

  [[nodiscard]] caf::settings status() const;

  /// Takes a slot back that was sealed: what waits of it is dropped, what is
  /// journaled is voided once the store told what that is.
  void void_slot(uint64_t slot);

  /// Feeds one batch to the sealer.
  void consume(messages::parsed_batch& x);

  /// Feeds the batches whose turn it is, but none while a late slot waits for
  /// the store: what is sealed behind it would be journaled first, and after a
  /// crash the source does not go back that far.
  void consume_ready();

  /// Passes on what the sealer decided.
  void process();

  /// Asks the store about old transactions and late slots, one query at a time
  /// and never ahead of the epochs that were sealed before.
  void look_up();

  /// Tells whether transactions or slots wait for an answer of the store.
  [[nodiscard]] bool looks_up() const {
    return !asked.empty() || !queued.empty();
  }

  /// Tells whether a late slot waits for an answer of the store.
  [[nodiscard]] bool waits(uint64_t slot) const;

  void handle_looked_up(const messages::looked_up& x);

  /// Notes since when a slot waits for its parent, and ends the wait.
  void watch_gap();

  /// Asks for the blocks that are missing.
  void watch_backfill();

  /// Opens the gaps of breaks.
  void open_break_gaps();

  /// Fills the gaps of breaks whose blocks are compared and folded.
  void fill_break_gaps();

  /// Sends epochs while there is room, gives credit, tells when all is done.
  void pump();

  /// Cuts an epoch before its time when nothing is on its way to the store.
  void cut_early();

  /// What one query to the store is about, and the epoch that must be folded
  /// before it is sent.
  struct round {
    std::vector<domain::parsed_transaction> old_transactions = {};
    std::vector<domain::sealed_slot> late_slots = {};
    std::vector<domain::slot_gap> filled_gaps = {};
    std::vector<uint64_t> voided_slots = {};
    /// Ranges that were fetched whole: with the transactions of this query all
    /// of theirs are known.
    std::vector<domain::slot_gap> compared = {};
    uint64_t after_epoch = 0;

    [[nodiscard]] bool empty() const {
      return old_transactions.empty() && late_slots.empty()
             && filled_gaps.empty() && voided_slots.empty() && compared.empty();
    }
  };

  messages::sequencer_actor::pointer self = nullptr;
  sequencer_config config = {};
  messages::store_writer_actor writer = {};
  messages::store_reader_actor reader = {};
  messages::drain_observer_actor observer = {};
  messages::stream_actor stream = {};

  std::optional<domain::sealer> sealer = {};
  std::optional<epoch_builder> builder = {};
  /// What the journal has of its open slot; empty once a slot is sealed.
  messages::journal_rows open_rows = {};
  std::optional<break_gaps> breaks = {};
  domain::sealer_output output = {};
  /// Batches that wait for their turn; bounded by the stream's credit.
  std::map<uint64_t, messages::parsed_batch_ptr> early = {};
  uint64_t next_batch = 0;
  /// The same for the backfill, which has numbers of its own.
  messages::backfill_actor backfill = {};
  std::map<uint64_t, messages::parsed_batch_ptr> early_backfill = {};
  uint64_t next_backfill = 0;
  size_t backfill_credit_owed = 0;
  /// The slot whose parent was asked for last, and when gaps were.
  std::optional<uint64_t> asked_for_parent_of = {};
  std::optional<caf::actor_clock::time_point> asked_for_gaps_at = {};
  uint64_t gaps_asked_for = 0;
  /// What the next query is about, and the one under way.
  round queued = {};
  round asked = {};
  bool asking = false;
  std::deque<messages::epoch_ptr> outbox = {};
  uint64_t sent_epoch = 0;
  uint64_t completed_epoch = 0;
  /// When the last epoch was sent.
  std::optional<caf::actor_clock::time_point> sent_at = {};
  size_t credit_owed = 0;
  bool last_seen = false;
  bool late_finished = false;
  bool finished = false;
  bool drained_told = false;
  /// The same for the inbox.
  messages::inbox_actor inbox = {};
  std::map<uint64_t, messages::parsed_batch_ptr> early_inbox = {};
  uint64_t next_inbox = 0;
  size_t inbox_credit_owed = 0;
  /// Batches of the inbox that are not known to be in the journal, in order.
  struct open_batch {
    uint64_t payloads_up_to = 0;
    std::set<uint64_t> slots = {};
    /// All of it is in epochs up to this one.
    std::optional<uint64_t> in_epoch = {};
  };
  std::deque<open_batch> open_batches = {};
  /// Hints that wait for the block of their slot, and when blocks were asked
  /// for.
  std::map<uint64_t, std::vector<domain::parsed_transaction>> unplaced = {};
  std::optional<caf::actor_clock::time_point> asked_for_unplaced_at = {};
  /// When the first and the last hint of a slot came, of those that are held.
  struct hint_times {
    caf::actor_clock::time_point first = {};
    caf::actor_clock::time_point last = {};
  };
  std::map<uint64_t, hint_times> hint_times_of = {};
  /// The slot that waits for its parent, and since when.
  std::optional<uint64_t> waiting_slot = {};
  caf::actor_clock::time_point waiting_since = {};
  uint64_t updates_total = 0;
  uint64_t lookups_total = 0;
  messages::tracer tracer = {};
  messages::handler_clock handlers = {};
};

/// Decides the order of all rows: seals slots, drops duplicates and dead forks,
/// opens gaps, gives journal positions and cuts epochs.
///
/// One exists. It buffers unsealed slots (bounds in `sealer_config`) and at
/// most `epochs_max` epochs; what it holds is lost when it dies and comes again
/// from the source, because the pipeline restarts and resumes from the journal.
messages::sequencer_actor::behavior_type
sequencer(messages::sequencer_actor::stateful_pointer<sequencer_state> self,
          sequencer_config config, messages::journal_boot_ptr boot,
          messages::store_writer_actor writer,
          messages::store_reader_actor reader,
          messages::drain_observer_actor observer);

} // namespace pumpscope::actors
