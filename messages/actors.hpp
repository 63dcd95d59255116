#pragma once

#include "messages/atoms.hpp"
#include "messages/type_ids.hpp"

#include <caf/replies_to.hpp>
#include <caf/settings.hpp>
#include <caf/typed_actor.hpp>

#include <optional>

namespace pumpscope::messages {

/// The STATUS CLIENT interface: every actor has it, for the inspection console.
using status_client_actor = caf::typed_actor<
  // Returns the counters and settings of the actor.
  caf::replies_to<atom::status>::with<caf::settings>>;

/// The WALLET LEDGER interface: one actor per wallet.
using wallet_ledger_actor = status_client_actor::extend<
  // Folds the wallet's rows of an epoch, or its whole history.
  caf::reacts_to<fold_wallet>,
  // Adds what changed since the last snapshot to a cut.
  caf::reacts_to<snapshot_wallet>,
  // Adds what changed since it was told last.
  caf::reacts_to<collect_wallet>,
  // Returns the totals alone.
  caf::replies_to<atom::totals>::with<domain::wallet_totals>,
  // Returns the live state.
  caf::replies_to<atom::get>::with<wallet_view_ptr>>;

/// The TOKEN CANDLES interface: one actor per mint.
using token_candles_actor = status_client_actor::extend<
  // Folds the token's rows of an epoch, or its whole history.
  caf::reacts_to<fold_token>,
  // Adds what changed since the last snapshot to a cut.
  caf::reacts_to<snapshot_token>,
  // Adds what changed since it was told last.
  caf::reacts_to<collect_token>,
  // Returns the live state.
  caf::replies_to<atom::get>::with<token_view_ptr>>;

/// Which entities live in a partition.
struct entity_handles;
using entity_handles_ptr = std::shared_ptr<const entity_handles>;

/// What both kinds of partitions do.
using partition_actor = status_client_actor::extend<
  // Loads state and journal tail up to this head, then folds the epochs that
  // queued up: those behind it.
  caf::reacts_to<atom::start, head_row>,
  // Answers when it has loaded that.
  caf::replies_to<atom::start>::with<atom::finished>,
  // Folds this partition's share of an epoch; acknowledged to the router.
  caf::reacts_to<routed_epoch_ptr>,
  // Makes all that is folded durable, then answers with the position.
  caf::replies_to<atom::flush>::with<uint64_t>,
  // INTERNAL: all entities handed their part of the epoch back.
  caf::reacts_to<atom::go>,
  // INTERNAL: all entities added their rows to the cut.
  caf::reacts_to<atom::finished>,
  // INTERNAL: all entities told what changed of them.
  caf::reacts_to<atom::collected>,
  // INTERNAL: time for a checkpoint.
  caf::reacts_to<atom::tick>,
  // Returns the entity of a key, or some.
  caf::replies_to<get_entities>::with<entity_handles_ptr>>;

struct entity_handles {
  struct entity {
    domain::pubkey key = {};
    /// Null where it is an actor of another node.
    status_client_actor handle = {};
    /// It changed since it was stored.
    bool dirty = false;
    /// What one of another node told of itself; nothing = it did not answer.
    std::optional<caf::settings> told = {};
  };
  std::vector<entity> entities = {};
  /// The store has a state of the key that was asked for.
  bool stored = false;
  /// Journal positions: the states in memory and the stored ones go this far.
  uint64_t applied = 0;
  uint64_t cursor = 0;
};

/// The WALLET PARTITION interface: parent of the wallets of one partition.
using wallet_partition_actor = partition_actor::extend<
  // Returns the partition's first rows of a board.
  caf::replies_to<get_board>::with<board_ptr>,
  // Returns the wallets that changed since the last request.
  caf::replies_to<get_changes>::with<wallet_changes_ptr>,
  // Returns the totals of these wallets, live or stored.
  caf::replies_to<get_totals>::with<totals_by_wallet_ptr>,
  // Returns the state of one wallet, live or stored.
  caf::replies_to<atom::get, domain::pubkey>::with<wallet_view_ptr>>;

/// The TOKEN PARTITION interface: parent of the tokens of one partition.
using token_partition_actor = partition_actor::extend<
  // Returns the tokens that changed since the last request.
  caf::replies_to<get_changes>::with<token_changes_ptr>,
  // Returns the partition's reserve breaks of this run.
  caf::replies_to<atom::get>::with<mint_breaks_ptr>,
  // Returns the state of one token, live or stored.
  caf::replies_to<atom::get, domain::pubkey>::with<token_view_ptr>,
  // Returns the partition's first rows of a list by volume, market cap or
  // progress.
  caf::replies_to<get_market>::with<market_ptr>>;

/// What partitions tell the stages before them.
using partition_observer_actor = caf::typed_actor<
  // Counts a partition that folded an epoch.
  caf::reacts_to<epoch_applied>,
  // Passes on what a partition found while it folded; before its
  // acknowledgement.
  caf::reacts_to<breaks_found_ptr>,
  // Passes on that the states of a key must be folded again.
  caf::reacts_to<repair_wanted>>;

/// What those who stand for other nodes tell the stages before them.
using host_observer_actor = caf::typed_actor<
  // Counts a node that folded its share of an epoch.
  caf::reacts_to<host_applied>,
  // Pass on what its partitions found.
  caf::reacts_to<breaks_found_ptr>, caf::reacts_to<repair_wanted>>;

/// Whoever hears of births and graduations.
using news_listener_actor = caf::typed_actor<
  // Notes births and graduations of one epoch and partition.
  caf::reacts_to<token_news_ptr>>;

/// Whom a market asks; sent later than it is spawned, because they know it
/// before it knows them, and when others have their partitions.
struct market_links;
using market_links_ptr = std::shared_ptr<const market_links>;

/// The MARKET interface: one actor, lists over all tokens.
using market_actor = status_client_actor::extend<
  // Introduces the partitions.
  caf::reacts_to<market_links_ptr>,
  // Notes births and graduations of one epoch and partition.
  caf::reacts_to<token_news_ptr>,
  // Returns the first rows of a list over all tokens.
  caf::replies_to<get_market>::with<market_ptr>>;

struct market_links {
  std::vector<token_partition_actor> partitions = {};
};

/// Whom a leaderboard asks.
struct board_links;
using board_links_ptr = std::shared_ptr<const board_links>;

/// The LEADERBOARD interface: one actor, merges the partitions' boards.
using leaderboard_actor = status_client_actor::extend<
  // Introduces other partitions than those before.
  caf::reacts_to<board_links_ptr>,
  // Returns the first rows of a board over all wallets.
  caf::replies_to<get_board>::with<board_ptr>>;

struct board_links {
  std::vector<wallet_partition_actor> partitions = {};
};

/// The STORE READER interface: loads for partitions and the sequencer.
using store_reader_actor = status_client_actor::extend<
  // Returns what a partition starts from.
  caf::replies_to<load_partition>::with<partition_boot_ptr>,
  // Returns journal rows above a cursor.
  caf::replies_to<load_tail>::with<tail_rows_ptr>,
  // Answers the tails that were asked for.
  caf::reacts_to<atom::go>,
  // Returns journal rows of all keys.
  caf::replies_to<load_rows>::with<journal_rows_ptr>,
  // Returns stored states and histories of keys.
  caf::replies_to<load_entities>::with<loaded_entities_ptr>,
  // Returns which keys are journaled and which slots are sealed.
  caf::replies_to<look_up>::with<looked_up_ptr>>;

/// The STORE INSPECTOR interface: answers the console from the store.
using store_inspector_actor = status_client_actor::extend<
  // Returns gaps, dead letters, incidents and counts.
  caf::replies_to<get_troubles>::with<troubles_ptr>,
  // Returns what is stored of a key.
  caf::replies_to<load_stored>::with<stored_key_ptr>,
  // Returns the journal rows of a slot.
  caf::replies_to<load_slot_rows>::with<journal_rows_ptr>>;

/// Whom an inspector looks at; sent later than it is spawned, because they know
/// it before it knows them, and when some of them are others.
struct inspector_links;
using inspector_links_ptr = std::shared_ptr<const inspector_links>;

/// The INSPECTOR interface: one actor that answers the console.
using inspector_actor = status_client_actor::extend<
  // Introduces the actors of this generation.
  caf::reacts_to<inspector_links_ptr>,
  // Notes what a stage of the flow did.
  caf::reacts_to<trace_report_ptr>,
  // Returns how all actors do.
  caf::replies_to<get_look>::with<console_look_ptr>,
  // Returns how some entities of a partition do.
  caf::replies_to<get_sample>::with<entity_sample_ptr>,
  // Returns the live and the stored state of a key.
  caf::replies_to<find_key>::with<found_key_ptr>,
  // Returns the way of a transaction.
  caf::replies_to<find_trace>::with<found_trace_ptr>,
  // Returns what the store knows to be wrong.
  caf::replies_to<get_troubles>::with<troubles_ptr>>;

struct inspector_links {
  struct child {
    std::string role = {};
    /// Which of its role.
    uint32_t index = 0;
    status_client_actor handle = {};
  };
  /// All children of the pipeline, in the order of the flow.
  std::vector<child> children = {};
  std::vector<wallet_partition_actor> wallets = {};
  std::vector<token_partition_actor> tokens = {};
  /// Invalid = nothing is told of what is stored.
  store_inspector_actor store = {};
  store_identity identity = {};
  uint64_t generation = 0;
  uint64_t restarts_total = 0;
};

/// What a stage of the flow holds to report to the inspector. Reports beyond
/// `in_flight_max`, and those to nobody, are left out.
class tracer {
public:
  static constexpr uint32_t in_flight_max = 128;

  tracer() = default;

  explicit tracer(inspector_actor to) : to_{std::move(to)} {
    // nop
  }

  /// Tells whether a report would be sent.
  [[nodiscard]] bool wants() const {
    return to_ && in_flight_->load(std::memory_order_relaxed) < in_flight_max;
  }

  template <class Self, class Report>
  void report(Self* self, Report x) const {
    if (wants())
      self->send(to_, trace_report_ptr{std::make_shared<trace_report>(
                        in_flight_, std::move(x))});
  }

private:
  inspector_actor to_ = {};
  std::shared_ptr<tick_counter> in_flight_ = std::make_shared<tick_counter>(0);
};

/// Whoever must know that a sequencer has nothing left to do.
using drain_observer_actor = caf::typed_actor<
  // The source is at its end, and all epochs are folded.
  caf::reacts_to<atom::drained>>;

/// Whom a sequencer gives credit; sent once.
struct sequencer_links;
using sequencer_links_ptr = std::shared_ptr<const sequencer_links>;

/// The SEQUENCER interface: one actor that decides order and journal position.
using sequencer_actor = status_client_actor::extend<
  // Takes decoded updates; batches may arrive in any order of their number.
  caf::reacts_to<parsed_batch_ptr>,
  // All partitions folded an epoch: there is room for another.
  caf::reacts_to<epoch_completed>,
  // Introduces the stream that gets credit.
  caf::reacts_to<sequencer_links_ptr>,
  // Has the states of a key folded again from the journal.
  caf::reacts_to<repair_wanted>,
  // Notes where chains of reserves do not join.
  caf::reacts_to<breaks_found_ptr>,
  // No more updates come: passes on what is sealed, seals nothing more.
  caf::reacts_to<atom::stop>,
  // INTERNAL: time to cut an epoch that is not full.
  caf::reacts_to<atom::tick>>;

/// Whoever folds the share of some partitions of each epoch, and acknowledges
/// it to the router.
using epoch_folder_actor
  = caf::typed_actor<caf::reacts_to<routed_epoch_ptr>,
                     // The share is another one from the next epoch on.
                     caf::reacts_to<partitions_left>,
                     caf::reacts_to<partitions_joined>,
                     // Notes how far the partitions here are.
                     caf::reacts_to<epoch_folded_here>>;

/// Whom a router serves; sent once, because they know the router before it
/// knows them.
struct router_links;
using router_links_ptr = std::shared_ptr<const router_links>;

/// Whoever waits for epochs to become durable.
using journal_listener_actor = caf::typed_actor<
  // Sorts the rows of a durable epoch to their partitions.
  caf::reacts_to<epoch_committed>>;

/// The ROUTER interface: one actor between journal and partitions.
using router_actor = status_client_actor::extend<
  // Introduces the receivers.
  caf::reacts_to<router_links_ptr>,
  // Passes on to these no more epochs; answers when they have folded all
  // before, with the last of those.
  caf::replies_to<atom::leave, served_partitions_ptr>::with<head_row>,
  // Passes on to these all epochs from now on; answers with the last one
  // before.
  caf::replies_to<atom::join, served_partitions_ptr>::with<head_row>,
  // Sorts the rows of a durable epoch to their partitions.
  caf::reacts_to<epoch_committed>,
  // Counts a partition that folded an epoch, or a node its share of it.
  caf::reacts_to<epoch_applied>, caf::reacts_to<host_applied>,
  // Passes on what a partition found while it folded; before its
  // acknowledgement.
  caf::reacts_to<breaks_found_ptr>,
  // Passes on that the states of a key must be folded again.
  caf::reacts_to<repair_wanted>>;

/// Whom a sink tells; sent once, because it knows the sink before the sink
/// knows it.
struct sink_links;
using sink_links_ptr = std::shared_ptr<const sink_links>;

/// The SINK interface: delivers messages to the outside, e.g. to Redis.
using sink_actor = status_client_actor::extend<
  // Introduces the publisher.
  caf::reacts_to<sink_links_ptr>,
  // Delivers a batch; tells the publisher when it is done.
  caf::reacts_to<publication_batch_ptr>,
  // Delivers trades that are not durable; or sheds them.
  caf::reacts_to<tick_batch_ptr>,
  // INTERNAL: delivers what is in line.
  caf::reacts_to<atom::go>,
  // INTERNAL: time to connect again, or to look after the connection.
  caf::reacts_to<atom::tick>>;

/// Whom a publisher asks; sent once.
struct publisher_links;
using publisher_links_ptr = std::shared_ptr<const publisher_links>;

/// The PUBLISHER interface: one actor that decides what is published when.
using publisher_actor = status_client_actor::extend<
  // Introduces the partitions and all else that is asked.
  caf::reacts_to<publisher_links_ptr>,
  // Publishes the rows of a durable epoch.
  caf::reacts_to<epoch_committed>,
  // The partitions folded this epoch.
  caf::reacts_to<epoch_completed>,
  // Some partitions get no epochs for a while: publishes no boards until others
  // have them.
  caf::reacts_to<atom::leave>,
  // Others have these partitions: takes all that those before have to tell,
  // then asks the others alone; answers when it does.
  caf::replies_to<moved_partitions_ptr>::with<atom::finished>,
  // A sink delivered a batch.
  caf::reacts_to<batch_delivered>,
  // A sink came or went.
  caf::reacts_to<sink_changed>,
  // Publishes all there is; answers with the number of batches delivered.
  caf::replies_to<atom::flush>::with<uint64_t>,
  // Returns how many wallets hold a coin.
  caf::replies_to<atom::get, domain::pubkey>::with<uint64_t>,
  // INTERNAL: time to ask for changes.
  caf::reacts_to<atom::tick>,
  // INTERNAL: time to ask for boards and lists.
  caf::reacts_to<atom::go>>;

struct sink_links {
  publisher_actor publisher = {};
};

/// The STORE WRITER interface: the one that changes the store.
using store_writer_actor = status_client_actor::extend<
  // Raises the fence and returns what a pipeline starts from.
  caf::replies_to<atom::start>::with<journal_boot_ptr>,
  // Appends an epoch to the journal, then tells the router; in order.
  caf::reacts_to<epoch_ptr>,
  // Makes one partition's cut durable; answers once it is.
  caf::replies_to<checkpoint_ptr>::with<atom::finished>,
  // Keeps an incident.
  caf::reacts_to<audit_found>,
  // INTERNAL: writes what is in line.
  caf::reacts_to<atom::go>,
  // INTERNAL: tries the first epoch or checkpoint in line again.
  caf::reacts_to<atom::retry>,
  // INTERNAL: asks the store whether we still own it.
  caf::reacts_to<atom::renew>>;

/// The AUDITOR interface: one actor that compares states with the journal.
using auditor_actor = status_client_actor::extend<
  // INTERNAL: time for the next key.
  caf::reacts_to<atom::tick>>;

/// The PARSER interface: stateless, one per core.
using parser_actor = status_client_actor::extend<
  // Decodes a batch and passes it to the sequencer.
  caf::reacts_to<raw_batch_ptr>>;

/// Some of those whom a router serves.
struct served_partitions {
  /// Of this node.
  std::vector<wallet_partition_actor> wallets = {};
  std::vector<token_partition_actor> tokens = {};
  /// Those of other nodes, ascending.
  std::vector<std::pair<epoch_folder_actor, std::vector<uint32_t>>> hosts = {};
  /// Of the nodes that partitions leave: they have none any more.
  std::vector<epoch_folder_actor> hosts_left = {};
};

/// Who has these partitions now, by their number.
struct moved_partitions {
  std::vector<std::pair<uint32_t, wallet_partition_actor>> wallets = {};
  std::vector<std::pair<uint32_t, token_partition_actor>> tokens = {};
};

struct router_links {
  /// That of the last epoch before those to come.
  head_row head = {};
  sequencer_actor sequencer = {};
  /// Those of this node.
  std::vector<wallet_partition_actor> wallets = {};
  std::vector<token_partition_actor> tokens = {};
  /// Nodes that have the others; each acknowledges an epoch once.
  std::vector<epoch_folder_actor> hosts = {};
  /// Empty when nothing is published.
  publisher_actor publisher = {};
  messages::tracer tracer = {};
};

struct publisher_links {
  store_reader_actor reader = {};
  std::vector<wallet_partition_actor> wallets = {};
  std::vector<token_partition_actor> tokens = {};
  leaderboard_actor leaderboard = {};
  market_actor market = {};
  messages::tracer tracer = {};
};

/// Whoever must know that a source cannot go on.
using source_observer_actor = caf::typed_actor<
  // A source cannot go on.
  caf::reacts_to<source_failed>>;

/// The STREAM interface: one actor per source.
using stream_actor = status_client_actor::extend<
  // Allows one more batch.
  caf::reacts_to<atom::credit>,
  // INTERNAL: reads the next batch.
  caf::reacts_to<atom::go>>;

/// The BACKFILL interface: fetches blocks on request, beside the stream.
using backfill_actor = status_client_actor::extend<
  // Fetches ranges of slots and passes their blocks to the parsers.
  caf::reacts_to<fetch_slots>,
  // Allows one more batch.
  caf::reacts_to<atom::credit>,
  // INTERNAL: fills the next batch.
  caf::reacts_to<atom::go>>;

/// The INBOX interface: passes on what webhooks told, beside the stream.
using inbox_actor = status_client_actor::extend<
  // Allows one more batch.
  caf::reacts_to<atom::credit>,
  // These payloads are in the journal: they may go.
  caf::reacts_to<payloads_done>,
  // INTERNAL: reads the next batch.
  caf::reacts_to<atom::go>,
  // INTERNAL: time to look for new payloads.
  caf::reacts_to<atom::tick>>;

struct sequencer_links {
  stream_actor stream = {};
  /// Invalid where missing blocks cannot be fetched.
  backfill_actor backfill = {};
  /// Invalid where there are no webhooks.
  inbox_actor inbox = {};
  messages::tracer tracer = {};
};

/// The PIPELINE interface: parent and supervisor of all of the above.
using pipeline_actor = status_client_actor::extend<
  // Starts everything; answers when the source is at its end and all is
  // durable, or with the error that ended it.
  caf::replies_to<atom::start>::with<pipeline_status_ptr>,
  // Ends the source, makes all durable; answers like `start`.
  caf::reacts_to<atom::stop>,
  // Starts again from the journal, with the dead letters that decode now.
  caf::reacts_to<atom::retry>,
  // Has partitions move to where they belong by now.
  caf::reacts_to<atom::rebalance>,
  // INTERNAL: time to end those that were replaced.
  caf::reacts_to<atom::leave>,
  // INTERNAL: the sequencer has nothing left and all epochs are folded.
  caf::reacts_to<atom::drained>,
  // INTERNAL: a source cannot go on.
  caf::reacts_to<source_failed>,
  // INTERNAL: starts the next generation of children.
  caf::reacts_to<atom::go>,
  // Returns the counters of all actors.
  caf::replies_to<atom::get>::with<pipeline_status_ptr>,
  // Returns the first rows of a board over all wallets.
  caf::replies_to<get_board>::with<board_ptr>,
  // Returns the first rows of a list over all tokens.
  caf::replies_to<get_market>::with<market_ptr>,
  // Returns the totals of wallets, of all that could be asked in time.
  caf::replies_to<get_totals>::with<totals_by_wallet_ptr>,
  // Returns the state of one wallet, live or stored.
  caf::replies_to<atom::get, domain::pubkey>::with<wallet_view_ptr>,
  // Returns the state of one token, live or stored.
  caf::replies_to<get_token>::with<token_view_ptr>,
  // The console asks the inspector by way of the pipeline, which knows the one
  // of this generation.
  caf::replies_to<get_look>::with<console_look_ptr>,
  caf::replies_to<get_sample>::with<entity_sample_ptr>,
  caf::replies_to<find_key>::with<found_key_ptr>,
  caf::replies_to<find_trace>::with<found_trace_ptr>,
  caf::replies_to<get_troubles>::with<troubles_ptr>,
  // Has the states of a key folded again from the journal.
  caf::reacts_to<repair_wanted>>;

} // namespace pumpscope::messages
