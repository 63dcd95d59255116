#pragma once

#include "domain/token_event.hpp"
#include "domain/trade.hpp"
#include "messages/audit.hpp"
#include "messages/pipeline.hpp"
#include "messages/publication.hpp"
#include "messages/rows.hpp"
#include "messages/store.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pumpscope::messages {

// -- what the stages of the flow report ---------------------------------------

/// Where a transaction is done with, in order. `publish` begins with `journal`,
/// like `fold`: the two go on beside each other.
enum class stage : uint8_t {
  /// The stream read it.
  receive = 0,
  /// The events of it are decoded.
  parse = 1,
  /// Its slot is sealed, and its epoch is cut.
  seal = 2,
  /// Its epoch is durable.
  journal = 3,
  /// All partitions folded its epoch.
  fold = 4,
  /// The sink took its messages.
  publish = 5,
};

inline constexpr auto all_stages = std::array{stage::receive, stage::parse,
                                              stage::seal,    stage::journal,
                                              stage::fold,    stage::publish};

/// Returns "receive", "parse", "seal", "journal", "fold" or "publish".
constexpr std::string_view to_string(stage x) {
  constexpr auto names = std::array<std::string_view, all_stages.size()>{
    "receive", "parse", "seal", "journal", "fold", "publish"};
  return names[static_cast<size_t>(x)];
}

using monotonic_time = std::chrono::steady_clock::time_point;

/// A transaction whose way is traced.
struct traced_transaction {
  domain::signature signature = {};
  uint64_t slot = 0;
  uint32_t tx_index = 0;
};

/// Event: transactions with events of ours were decoded.
struct traced_batch {
  monotonic_time arrived_at = {};
  monotonic_time parsed_at = {};
  /// The first ones of the batch: in a live stream all, at full load a sample.
  static constexpr size_t transactions_max = 16;
  std::vector<traced_transaction> transactions = {};
};

/// Event: an epoch was cut.
struct traced_epoch {
  epoch_ptr epoch = {};
  monotonic_time sealed_at = {};
};

/// Event: an epoch is through `journal` or `fold`.
struct traced_progress {
  messages::stage stage = stage::journal;
  uint64_t epoch = 0;
  monotonic_time at = {};
};

/// Event: the sink took all rows up to this position.
struct traced_delivery {
  uint64_t jpos = 0;
  monotonic_time at = {};
};

/// What stages tell the inspector. As long as it lives it counts as on its way:
/// whoever reports looks at the counter first, so that an inspector that is
/// late costs bounded memory and holds nobody up.
struct trace_report {
  using content = std::variant<traced_batch, traced_epoch, traced_progress,
                               traced_delivery>;

  trace_report(std::shared_ptr<tick_counter> counter, content x)
    : in_flight{std::move(counter)}, what{std::move(x)} {
    in_flight->fetch_add(1, std::memory_order_relaxed);
  }

  ~trace_report() {
    in_flight->fetch_sub(1, std::memory_order_relaxed);
  }

  trace_report(const trace_report&) = delete;
  trace_report& operator=(const trace_report&) = delete;

  std::shared_ptr<tick_counter> in_flight;
  content what;
};

using trace_report_ptr = std::shared_ptr<const trace_report>;

// -- a look at all actors -----------------------------------------------------

/// A number or text that an actor tells of itself.
struct counter {
  std::string name = {};
  std::variant<bool, int64_t, double, std::string> value = int64_t{0};
};

/// One actor, as it told of itself.
struct actor_look {
  /// Its log name, e.g. "wallet-partition".
  std::string role = {};
  /// Which of its role, from 0; of an entity its key.
  std::string name = {};
  /// Role of its parent.
  std::string parent = {};
  /// False = it told nothing within the time limit, and `problem` says why: it
  /// may be busy, blocked, or gone.
  bool answered = false;
  std::string problem = {};
  uint64_t mailbox = 0;
  uint64_t handled_total = 0;
  /// Since the look before; nothing without one.
  std::optional<double> messages_per_second = {};
  /// Share of that time in which it handled messages. A stream, a backfill and
  /// an inbox wait for the outside within a message.
  std::optional<double> busy = {};
  /// Time to handle one message, lately, in seconds.
  std::optional<double> time_p50 = {};
  std::optional<double> time_p99 = {};
  std::optional<double> time_max = {};
  /// All that it told, by name.
  std::vector<counter> counters = {};
};

/// All actors of a role: a node of the tree.
struct role_look {
  std::string role = {};
  std::string parent = {};
  uint64_t actors = 0;
  /// Those of them that did not answer.
  uint64_t silent = 0;
  /// Sum and largest one.
  uint64_t mailbox = 0;
  uint64_t mailbox_max = 0;
  std::optional<double> messages_per_second = {};
  /// The busiest one.
  std::optional<double> busy_max = {};
  /// Median of the medians, and the slowest.
  std::optional<double> time_p50 = {};
  std::optional<double> time_p99 = {};
  /// Of entities by their partition, of all else by the pipeline.
  uint64_t restarts = 0;
};

/// A partition with its cursor.
struct partition_look {
  projection kind = projection::wallet;
  uint32_t index = 0;
  bool answered = false;
  std::string problem = {};
  /// The node that hosts it; empty = it is here, or the host did not answer.
  std::string node = {};
  /// Live entities, keys that the store has, and changed entities.
  uint64_t entities = 0;
  uint64_t stored = 0;
  uint64_t dirty = 0;
  /// Journal positions: the states in memory and the stored ones go this far.
  uint64_t applied = 0;
  uint64_t cursor = 0;
  /// Rows of all keys that are durable and not folded, and folded and not
  /// stored.
  uint64_t lag_rows = 0;
  uint64_t unstored_rows = 0;
  /// Epochs in line.
  uint64_t waiting = 0;
  uint64_t mailbox = 0;
  uint64_t checkpoints_total = 0;
  uint64_t repairs_total = 0;
  uint64_t entity_restarts_total = 0;
  uint64_t sum_mismatches_total = 0;
  /// Time of one message of the partition, and of one fold of an entity.
  std::optional<double> time_p99 = {};
  std::optional<double> fold_p50 = {};
  std::optional<double> fold_p99 = {};
};

/// A place where updates come from.
struct stream_look {
  /// "stream", "endpoint", "backfill" or "inbox".
  std::string kind = {};
  std::string name = {};
  bool reading = false;
  bool standby = false;
  /// Highest slot of it, and how many slots it is behind the highest one of
  /// all; nothing where it does not tell.
  std::optional<uint64_t> slot = {};
  std::optional<uint64_t> lag_slots = {};
  /// Batches that it may send; an endpoint has none of its own.
  std::optional<uint64_t> credit = {};
  uint64_t updates_total = 0;
  uint64_t batches_total = 0;
  uint64_t retries_total = 0;
  std::string problem = {};
};

/// How long a stage takes, lately.
struct stage_look {
  /// Name of a stage, or "total_fold" and "total_publish": from `receive` on.
  std::string name = {};
  /// The stage that it begins with the end of.
  std::string from = {};
  /// Traced transactions.
  uint64_t count = 0;
  std::optional<double> p50 = {};
  std::optional<double> p99 = {};
  std::optional<double> max = {};
};

/// The first lines of a console.
struct overview_look {
  uint64_t sealed_slot = 0;
  uint64_t highest_slot = 0;
  uint64_t lag_slots = 0;
  uint64_t trades_total = 0;
  uint64_t duplicates_total = 0;
  uint64_t dead_letters_total = 0;
  uint64_t gaps_total = 0;
  uint64_t epochs_in_flight = 0;
  uint64_t committed_jpos = 0;
  std::optional<double> trades_per_second = {};
  std::optional<double> updates_per_second = {};
  /// Children and live entities.
  uint64_t actors = 0;
  uint64_t entities = 0;
  uint64_t silent = 0;
  uint64_t mailbox = 0;
  uint64_t entity_restarts_total = 0;
  uint64_t mismatches_total = 0;
  /// Nothing where nothing is published.
  std::optional<bool> sink_ready = {};
  std::string sink_problem = {};
  /// The writer answers and tries nothing again.
  bool store_ready = false;
  std::string store_problem = {};
};

/// All of the above at one moment.
struct console_look {
  /// Unix milliseconds.
  int64_t taken_at = 0;
  /// Seconds since the look that rates are relative to; nothing without one.
  std::optional<double> period = {};
  /// Which generation of actors this is, from 1, and for how many seconds.
  uint64_t generation = 0;
  double generation_seconds = 0;
  uint64_t restarts_total = 0;
  overview_look overview = {};
  std::vector<role_look> roles = {};
  std::vector<actor_look> actors = {};
  std::vector<partition_look> partitions = {};
  std::vector<stream_look> streams = {};
  std::vector<stage_look> stages = {};
};

using console_look_ptr = std::shared_ptr<const console_look>;

/// Request: a look. One that is half a second old is given again.
struct get_look {};

/// Request: some live entities of one partition.
struct get_sample {
  projection kind = projection::wallet;
  uint32_t partition = 0;
  uint32_t count = 20;
};

/// Those that were touched by the last epochs, at most as many as were asked
/// for.
struct entity_sample {
  std::vector<actor_look> actors = {};
};

using entity_sample_ptr = std::shared_ptr<const entity_sample>;

/// Request to a partition: the entity of `key`, or without one some that were
/// touched lately, at most `count`.
struct get_entities {
  std::optional<domain::pubkey> key = {};
  uint32_t count = 0;
};

// -- one key ------------------------------------------------------------------

/// A row of the journal that an entity got lately.
struct recent_row {
  uint64_t jpos = 0;
  uint64_t epoch = 0;
  domain::chain_position position = {};
  domain::signature signature = {};
  int64_t block_time = 0;
  /// "buy", "sell", or what happened to the token.
  std::string what = {};
  domain::pubkey wallet = {};
  domain::pubkey mint = {};
  uint64_t token_units = 0;
  uint64_t quote_units = 0;
};

/// One field of a state: as it lives, and as it is stored. Empty = it is not
/// there.
struct field_look {
  std::string name = {};
  std::string live = {};
  std::string stored = {};
};

/// A key in one of the two projections.
struct found_entity {
  projection kind = projection::wallet;
  uint32_t partition = 0;
  /// Why the partition, or the store, did not tell; empty = they did.
  std::string problem = {};
  std::string stored_problem = {};
  /// There is an actor now, and it has changed since it was stored.
  bool live = false;
  bool dirty = false;
  /// The store has a state.
  bool stored = false;
  uint64_t applied = 0;
  uint64_t cursor = 0;
  /// How the actor does, when there is one.
  actor_look actor = {};
  /// Of wallets the totals and `positions_max` positions, of tokens the state.
  static constexpr size_t positions_max = 100;
  std::vector<field_look> fields = {};
  /// Newest first, at most `rows_max`; of the last rows of all keys that the
  /// inspector keeps.
  static constexpr size_t rows_max = 20;
  std::vector<recent_row> rows = {};

  [[nodiscard]] bool known() const {
    return live || stored || !rows.empty();
  }
};

/// Request: what there is of a key.
struct find_key {
  domain::pubkey key = {};
};

/// A key may be a wallet, a mint, or both.
struct found_key {
  domain::pubkey key = {};
  found_entity wallet = {};
  found_entity token = {};
};

using found_key_ptr = std::shared_ptr<const found_key>;

// -- one transaction ----------------------------------------------------------

/// Request: the way of a transaction. Lately it is found by signature alone;
/// an older one only in the slot that is named (0 = none is).
struct find_trace {
  domain::signature signature = {};
  uint64_t slot = 0;
};

struct stage_time {
  messages::stage stage = stage::receive;
  /// Unix milliseconds; nothing = not yet, or not known any more.
  std::optional<int64_t> at = {};
  /// Since it was received, where that is known.
  std::optional<double> seconds = {};
};

struct found_trace {
  domain::signature signature = {};
  /// We know of it.
  bool found = false;
  /// How far it is, and what is known of it, for people.
  std::string state = {};
  uint64_t slot = 0;
  uint32_t tx_index = 0;
  /// 0 = in none yet, or not known any more.
  uint64_t epoch = 0;
  std::vector<stage_time> stages = {};
  std::vector<recent_row> rows = {};
  /// By row: the partitions that fold it.
  struct place {
    uint32_t wallet_partition = 0;
    uint32_t token_partition = 0;
  };
  std::vector<place> places = {};
};

using found_trace_ptr = std::shared_ptr<const found_trace>;

// -- what the store knows -----------------------------------------------------

/// Request: what is wrong, as far as the store knows.
struct get_troubles {
  /// Rows of each list.
  static constexpr size_t rows_max = 200;
};

struct troubles {
  head_row head = {};
  store_counts counts = {};
  /// Open ones, the newest ones first.
  std::vector<gap_row> gaps = {};
  /// The first ones, without their raw bytes.
  std::vector<domain::dead_letter> dead_letters = {};
  /// Newest first.
  std::vector<audit_row> audits = {};
  retention_row retention = {};
};

using troubles_ptr = std::shared_ptr<const troubles>;

/// Request to the store inspector: the stored states of a key, as a wallet and
/// as a token.
struct load_stored {
  domain::pubkey key = {};
};

struct stored_key {
  wallet_state_rows wallet = {};
  std::optional<token_row> token = {};
};

using stored_key_ptr = std::shared_ptr<const stored_key>;

/// Request to the store inspector: the journal rows of a slot.
struct load_slot_rows {
  uint64_t slot = 0;
};

} // namespace pumpscope::messages
