#pragma once

#include "actors/gap_times.hpp"
#include "actors/holder_counts.hpp"
#include "actors/owed_line.hpp"
#include "actors/recent_channels.hpp"
#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"
#include "messages/publication.hpp"

#include <boost/unordered/unordered_flat_set.hpp>
#include <caf/error.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace pumpscope::actors {

struct publisher_config {
  /// Least time between two messages of one candle, token or wallet.
  std::chrono::milliseconds period = std::chrono::milliseconds{250};

  /// The same for boards and lists.
  std::chrono::milliseconds board_period = std::chrono::milliseconds{1'000};

  /// Keys that one partition tells at once.
  uint32_t keys_max = 512;

  /// Partitions that are asked at once.
  size_t asked_max = 8;

  /// Batches that the sink has.
  size_t batches_max = 8;

  /// Memory of the epochs that wait for the sink; above it the oldest trades
  /// are left out, and later messages tell so.
  size_t line_bytes_max = size_t{64} << 20;

  /// The same for states that wait.
  size_t owed_bytes_max = size_t{64} << 20;

  /// Wallets of one partition whose states went, and which are asked for again
  /// when the sink is back; more stay untold until they change.
  size_t again_max = 65'536;

  /// Batches that the local sink has; rows of more are left out for it.
  uint64_t local_batches_max = 64;

  /// Channels of one kind whose last position is remembered, times two.
  size_t channels_max = 262'144;

  /// Rows that were journaled and perhaps not published, which are published
  /// again at start; more are told as a hole.
  uint64_t republish_max = 100'000;

  /// Rows of boards and lists.
  uint32_t rows_max = 100;

  /// How long a flush waits for a sink that takes nothing.
  std::chrono::milliseconds patience = std::chrono::seconds{5};

  /// How long wallets of a board may take to tell their totals; the rows of
  /// later ones go without.
  std::chrono::milliseconds totals_timeout = std::chrono::milliseconds{500};

  /// How long partitions and the store may take to answer.
  std::chrono::milliseconds timeout = std::chrono::milliseconds{60'000};
};

/// Tests whether a publisher can run with the given configuration.
caf::error validate(const publisher_config& x);

struct publisher_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "publisher";

  void start(const messages::journal_boot& boot);

  void handle_links(const messages::publisher_links& x);

  void handle(const messages::epoch_committed& x);

  void handle(const messages::epoch_completed& x);

  caf::typed_response_promise<atom::finished>
  handle(const messages::moved_partitions& x);

  void handle(const messages::batch_delivered& x);

  void handle(const messages::sink_changed& x);

  void handle_tick();

  void handle_board_tick();

  /// Tells whether the message at hand is of the local sink.
  [[nodiscard]] bool is_from_local() const;

  caf::typed_response_promise<uint64_t> handle_flush();

  [[nodiscard]] caf::settings status() const;

  /// Asks the journal for the next rows to publish again.
  void load_old_rows();

  /// Passes on what waits while the sink has room, and asks for more.
  void pump();

  /// What is delivered together with a batch, or with all that is before it.
  struct delivery {
    std::vector<messages::publication> items = {};
    /// All rows up to this position; 0 = none.
    uint64_t rows = 0;
    /// How far the changes of partitions are.
    std::vector<owed_line::position> changes = {};
  };

  /// The last positions of the channels of rows, as one sink was told.
  struct row_channels {
    recent_channels<1> trades;
    uint64_t created = 0;
    uint64_t graduated = 0;
  };

  /// Returns the messages of an epoch's rows.
  static std::vector<messages::publication>
  rows_of(const messages::epoch_ptr& x, row_channels& channels);

  /// Notes that the rows of an epoch are left out.
  static void skip_rows(const messages::epoch& x, row_channels& channels);

  /// Takes the rows of an epoch as a batch.
  void send_rows(const messages::epoch_ptr& x);

  void send(delivery x);

  void tell_local(std::vector<messages::publication> items);

  void note_delivered(const delivery& x);

  /// Tells the local sink, and puts an answer of a partition in line for the
  /// other; `jpos` of 0 = there is more of it.
  void enqueue(std::vector<messages::publication> items, size_t partition,
               uint64_t jpos);

  /// Notes whose states went because too many waited.
  void note_forgotten();

  /// Tells whether anybody can be told.
  [[nodiscard]] bool has_listener() const {
    return ready || local;
  }

  /// Tells whether what is asked for can be told soon.
  [[nodiscard]] bool has_room() const;

  /// Puts all partitions in line to be asked.
  void want_changes();

  void ask_partitions();
  template <class Changes, class Partition>
  void ask(const Partition& partition, size_t index);
  void take(size_t index, const messages::wallet_changes& x);
  void take(size_t index, const messages::token_changes& x);

  /// Goes on with the one that has a partition now, once the one before owes no
  /// answer and has told all that it has to tell.
  void succeed(size_t index);
  template <class Changes, class Partition>
  void take_rest(const Partition& partition, size_t index);
  void begin_with_successor(size_t index);

  /// Puts tokens in line whose holders are counted.
  void release_tokens();

  void ask_boards();
  void take_boards();
  void ask_totals();
  void take_totals();

  void enforce_bound();
  void answer_flush();

  messages::publisher_actor::pointer self = nullptr;
  publisher_config config = {};
  messages::sink_actor sink = {};
  messages::sink_actor local = {};
  messages::publisher_links links = {};

  uint64_t fence = 0;
  uint64_t hash_seed = 0;
  bool ready = false;

  /// Epochs that wait for the sink. Rows of before this run come first, by
  /// pages; while they are loaded, live epochs wait behind them.
  std::deque<messages::epoch_ptr> line = {};
  std::deque<messages::epoch_ptr> live_line = {};
  size_t line_bytes = 0;
  uint64_t old_next = 0;
  uint64_t old_end = 0;
  bool loading_old = false;

  /// Answers that wait for the sink.
  owed_line owed = owed_line{0, 0};
  /// Tokens that wait until all wallet partitions told who holds them as of
  /// their epoch: at most one answer of each partition.
  struct held_tokens {
    size_t index = 0;
    uint64_t epoch = 0;
    std::vector<messages::publication> items = {};
    /// As for `enqueue`.
    uint64_t jpos = 0;
  };
  std::vector<held_tokens> held = {};
  holder_counts holders = holder_counts{0};
  /// Batches that the sink has, by number, and those without messages that
  /// count once all before them are delivered.
  std::deque<std::pair<uint64_t, delivery>> in_flight = {};
  uint64_t rows_delivered = 0;
  /// By partition, as in `to_ask`: the position up to which its changes are
  /// delivered, and whether it has answered at all.
  std::vector<uint64_t> changes_delivered = {};
  std::vector<bool> has_answered = {};
  size_t answered = 0;
  /// Once an epoch behind this one is completed all have loaded what boards
  /// need, whether they answered or not; nothing = partitions moved since.
  std::optional<uint64_t> loaded_behind = {};
  uint64_t batches = 0;
  uint64_t delivered_total = 0;
  /// Batches that the local sink was given, and took.
  uint64_t local_batches = 0;
  uint64_t local_delivered = 0;
  uint64_t local_left_out_total = 0;

  /// Partitions of both kinds, wallets first: who is to be asked, and whether
  /// for all.
  std::deque<size_t> to_ask = {};
  std::vector<bool> is_to_ask = {};
  std::vector<bool> is_asked = {};
  std::vector<bool> resync = {};
  size_t asked = 0;
  /// By wallet partition: whom the sink must be told of again.
  std::vector<boost::unordered_flat_set<domain::pubkey, domain::pubkey_hasher>>
    again = {};

  /// Who has partitions from now on, and whoever waits until all were followed.
  struct succession {
    messages::moved_partitions to = {};
    size_t missing = 0;
    caf::typed_response_promise<atom::finished> promise = {};
  };
  std::optional<succession> moving = {};
  /// By partition: what changed up to here was not told when another one got
  /// it, because nobody listened; 0 = all was.
  std::vector<uint64_t> moved_floors = {};
  /// Some partitions are between two owners: boards would lack what they got.
  bool boards_wait = false;

  /// One round of boards and lists.
  struct board_round {
    uint64_t epoch = 0;
    size_t missing = 0;
    bool failed = false;
    std::array<std::array<messages::board_ptr, 2>, 3> boards = {};
    std::array<messages::market_ptr, 5> lists = {};
    std::shared_ptr<messages::totals_by_wallet> totals
      = std::make_shared<messages::totals_by_wallet>();
  };
  std::shared_ptr<board_round> round = {};
  bool boards_forced = false;
  uint64_t completed_epoch = 0;
  uint64_t boards_epoch = 0;

  std::optional<row_channels> sink_rows = {};
  /// Of the local sink, which hears of live rows only.
  std::optional<row_channels> local_rows = {};
  std::optional<recent_channels<1>> token_channels = {};
  std::optional<recent_channels<1>> wallet_channels = {};
  std::optional<recent_channels<domain::all_intervals.size()>> candle_channels
    = {};
  gap_times gaps = {};

  std::vector<caf::typed_response_promise<uint64_t>> flushes = {};
  /// A flush is not at its end when all is out that was asked for.
  bool changes_left = false;
  /// The partitions have to hear what is delivered.
  bool positions_told = false;
  /// Periods without a delivery, and deliveries by then.
  int64_t idle_periods = 0;
  uint64_t delivered_then = 0;

  uint64_t trades_total = 0;
  uint64_t changes_total = 0;
  uint64_t left_out_total = 0;
  uint64_t failures_total = 0;
  uint64_t totals_failures_total = 0;
  uint64_t resyncs_total = 0;
  messages::handler_clock handlers = {};
};

/// Decides what is published when, and numbers it (design.md 3.4 and 6): every
/// row of a durable epoch at once, the newest state of keys that changed at
/// most once a period, boards and lists at most once a second. All of it is
/// taken from the partitions when a sink has room: what cannot be delivered
/// is not copied. Only holders are counted always.
///
/// There may be two sinks. What `sink` took is published, as the store knows
/// it; it may go away and come back. `local` is in this process and always
/// there: it is told at once, whatever becomes of the other, for which the
/// newest states wait meanwhile (`owed_line`). Both see the same numbers, but
/// for rows of before this run, which only `sink` is told.
///
/// One exists. It holds the epochs that the sink has not taken
/// (`line_bytes_max`), the states that it has not taken (`owed_bytes_max`), one
/// answer of each token partition, the last position of the channels that were
/// used last, and a count for each coin that somebody holds. When it dies the
/// pipeline restarts: what the store does not know to be published is published
/// again.
/// @param self The actor handle.
/// @param config The settings.
/// @param boot What the journal had at the start.
/// @param sink Whom to tell.
/// @param local Whom to tell as well, or empty.
messages::publisher_actor::behavior_type
publisher(messages::publisher_actor::stateful_pointer<publisher_state> self,
          publisher_config config, messages::journal_boot_ptr boot,
          messages::sink_actor sink, messages::sink_actor local);

} // namespace pumpscope::actors
