#pragma once

#include "actors/auditor.hpp"
#include "actors/backfill.hpp"
#include "actors/inbox.hpp"
#include "actors/inspector.hpp"
#include "actors/leaderboard.hpp"
#include "actors/market.hpp"
#include "actors/partition.hpp"
#include "actors/publisher.hpp"
#include "actors/sequencer.hpp"
#include "actors/store_reader.hpp"
#include "actors/store_writer.hpp"
#include "actors/stream.hpp"
#include "messages/actors.hpp"
#include "messages/hosting.hpp"
#include "messages/source.hpp"
#include "messages/store.hpp"

#include <caf/error.hpp>
#include <caf/settings.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace pumpscope::actors {

struct pipeline_config {
  sequencer_config sequencer = {};
  store_writer_config writer = {};
  store_reader_config reader = {};
  /// Template of every partition; `live_max` and `dirty_max` are per partition.
  partition_config partition = {};
  /// `live_max` of the token partitions; 0 = that of the template.
  size_t tokens_live_max = 0;
  leaderboard_config leaderboard = {};
  market_config market = {};
  auditor_config auditor = {};
  stream_config stream = {};
  publisher_config publisher = {};

  /// Batches of unsealed trades on their way to one sink; more are shed. 0 =
  /// none are published.
  uint32_t ticks_max = 64;
  backfill_config backfill = {};
  inbox_config inbox = {};
  inspector_config inspector = {};

  /// Parsers; one per core is right.
  size_t parsers = 2;

  /// Slots that the source is asked to repeat after a restart.
  uint64_t resume_slots = 32;

  /// Actors that block get a thread of their own; tests run them cooperatively.
  bool detached = true;

  /// Restarts of all children within `restart_period` before giving up.
  uint32_t restarts_max = 5;
  std::chrono::seconds restart_period = std::chrono::seconds{60};

  /// How long the children may take to answer when all ends.
  std::chrono::milliseconds flush_timeout = std::chrono::minutes{10};

  /// How long a step of a move of partitions may take before all start again.
  std::chrono::milliseconds move_timeout = std::chrono::seconds{60};

  /// The same of the first one, in which those that have them fold what was
  /// passed on to them before. They have that in memory, and all wait for it:
  /// behind a node that is slow a start takes less.
  std::chrono::milliseconds fold_timeout = std::chrono::seconds{10};

  /// How long they may take to tell the state of one token.
  std::chrono::milliseconds view_timeout = std::chrono::seconds{5};
};

/// Where a pipeline gets its updates and keeps its state. The stores are used
/// by one thread each; a source is made anew for every restart.
struct pipeline_parts {
  std::shared_ptr<messages::store> writer_store = {};
  std::shared_ptr<messages::store> reader_store = {};
  /// Null = there is no auditor.
  std::shared_ptr<messages::store> auditor_store = {};
  /// Null = the console is told nothing of what is stored.
  std::shared_ptr<messages::store> console_store = {};
  std::function<std::shared_ptr<messages::source>()> make_source = {};
  using sink_factory = std::function<messages::sink_actor(
    caf::local_actor& parent, const messages::journal_boot& boot)>;
  /// Spawns what publications go to; empty = nothing is published.
  sink_factory spawn_sink = {};
  /// Spawns one that is told as well and always there; empty = there is none.
  sink_factory spawn_local_sink = {};
  /// Where missing blocks come from, made anew for every restart; empty =
  /// nowhere.
  std::function<std::shared_ptr<messages::block_fetcher>()> make_fetcher = {};
  /// Reads what webhooks told, made anew for every restart; empty = there are
  /// none.
  std::function<std::shared_ptr<messages::inbox_reader>()> make_inbox = {};
  /// Decodes dead letters again and journals what they are now, between two
  /// generations, by the thread of the writer: `head` is that of the store,
  /// with our fence. Empty = nobody can ask for it.
  std::function<void(messages::store& writer_store,
                     const messages::head_row& head)>
    retry_letters = {};
  /// Tells which nodes are to host which partitions from now on, of so many;
  /// those that are not named are ours. Empty = all are ours.
  std::function<std::vector<messages::host_share>(uint32_t partition_count)>
    share_out = {};
  /// Tells which partitions are to change hands now, a few at once; asked again
  /// when they have. A link of a node that hosts something already is not used.
  /// Empty = none ever do.
  std::function<messages::rebalance_plan()> rebalance = {};
  /// Told why some did not, for the log; may be empty.
  std::function<void(const std::string&)> on_move_failed = {};
  /// Supplies monotonic time for the restart limit.
  std::function<std::chrono::steady_clock::time_point()> now
    = std::chrono::steady_clock::now;
};

struct pipeline_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "pipeline";

  caf::typed_response_promise<messages::pipeline_status_ptr> start();

  /// Watches a child that was spawned.
  template <class Handle>
  Handle adopt(Handle child) {
    self->monitor(child);
    children.insert(child.address());
    return child;
  }

  /// Spawns the next generation of children, from what the store holds.
  void start_generation();

  void handle_boot(const messages::journal_boot_ptr& boot);

  /// Spawns all partitions, or who stands for those that other nodes host.
  void spawn_partitions();
  void spawn_remote_host(const std::shared_ptr<messages::host_link>& link,
                         const std::vector<uint32_t>& partitions);
  messages::wallet_partition_actor spawn_wallet_partition(uint32_t index,
                                                          bool holders_known);
  messages::token_partition_actor spawn_token_partition(uint32_t index,
                                                        bool holders_known);
  [[nodiscard]] partition_config partition_config_of(uint32_t index,
                                                     bool holders_known) const;
  /// Tells the router whom it serves, then starts the partitions.
  void introduce_router();

  void introduce_publisher();
  void introduce_host(const messages::remote_host_actor& host);
  /// Asks a token's partition for its state, and the publisher who holds it.
  caf::typed_response_promise<messages::token_view_ptr>
  view_token(const domain::pubkey& mint);
  /// Spawns the backfill where there is one.
  void start_backfill();
  /// Spawns the inbox where there is one.
  void start_inbox();
  /// Spawns the inspector alone, at first or because it died.
  void start_inspector();
  /// Tells it of all others.
  void introduce_inspector();

  void handle_stop();

  void handle_retry();

  void handle_rebalance();

  // The steps of a move (pipeline_moves.cpp), each behind the one before.

  /// Has the router pass on nothing more to those that are to be replaced.
  void begin_move(std::vector<messages::host_share> takes);
  /// Has them make all that they folded durable.
  void flush_old();
  /// Spawns those that follow, and has the router serve them.
  void join_new();
  /// Waits until they have loaded what they go on with.
  void await_new();
  /// Has the publisher follow.
  void hand_over();
  /// Has those that are replaced tell what they counted.
  void settle_accounts();
  void note_replaced(const caf::settings& x);
  /// Has all others follow; those that are replaced end some time later.
  void finish_move();
  void end_retired();
  void fail_move(const caf::error& why);
  /// The node of this name that hosts something; invalid = it does not.
  [[nodiscard]] messages::remote_host_actor
  host_named(const std::string& wanted) const;
  /// Goes on with the answer while the move does.
  template <class Answer, class Handle, class F, class... Ts>
  void ask_in_move(std::chrono::milliseconds timeout, const Handle& who,
                   F go_on, const Ts&... xs);

  void handle_drained();

  /// Makes what is folded durable, then ends.
  void flush_partitions();

  void handle_source_failed(const messages::source_failed& x);

  void handle_down(const caf::down_msg& x);

  caf::typed_response_promise<messages::pipeline_status_ptr> collect_status();

  /// Asks the wallets' partitions for totals.
  caf::typed_response_promise<messages::totals_by_wallet_ptr>
  totals(const messages::get_totals& x);

  [[nodiscard]] caf::settings status() const;

  /// Ends all children, then goes on with `after_children`.
  void end_children(std::function<void()> after_children);

  void finish(caf::error reason);

  messages::pipeline_actor::pointer self = nullptr;
  pipeline_config config = {};
  pipeline_parts parts = {};

  std::shared_ptr<messages::source> source = {};
  messages::store_writer_actor writer = {};
  messages::store_reader_actor reader = {};
  messages::router_actor router = {};
  messages::sequencer_actor sequencer = {};
  messages::stream_actor stream = {};
  std::shared_ptr<messages::block_fetcher> fetcher = {};
  messages::backfill_actor backfill = {};
  messages::inbox_actor inbox = {};
  messages::leaderboard_actor leaderboard = {};
  messages::market_actor market = {};
  messages::sink_actor sink = {};
  messages::sink_actor local_sink = {};
  messages::publisher_actor publisher = {};
  messages::auditor_actor auditor = {};
  messages::store_inspector_actor store_inspector = {};
  messages::inspector_actor inspector = {};
  messages::tracer tracer = {};
  std::vector<messages::parser_actor> parsers = {};
  std::vector<messages::wallet_partition_actor> wallets = {};
  std::vector<messages::token_partition_actor> tokens = {};
  /// By node; and of each partition, invalid where it is ours.
  struct hosting {
    std::string name = {};
    messages::remote_host_actor actor = {};
  };
  std::vector<hosting> hosts = {};
  std::vector<messages::remote_host_actor> host_of = {};

  /// Partitions that are changing hands while all else goes on.
  struct partition_move {
    std::vector<messages::host_share> takes = {};
    std::chrono::steady_clock::time_point begun = {};
    /// What is wrong when it does not go on.
    std::string step = {};
    /// All of them, ascending, and who follows; in the same order.
    std::vector<uint32_t> partitions = {};
    std::vector<messages::wallet_partition_actor> wallets = {};
    std::vector<messages::token_partition_actor> tokens = {};
    std::vector<messages::remote_host_actor> host_of = {};
    /// Nodes that have nothing any more.
    std::vector<messages::remote_host_actor> hosts_left = {};
    /// The sequencer is done, and waits for the end of it.
    bool drained = false;
  };
  std::unique_ptr<partition_move> move = {};
  /// Those that were replaced and did not end yet, by move.
  std::deque<std::vector<caf::strong_actor_ptr>> retired = {};
  /// What those counted that were replaced in this generation.
  messages::pipeline_status replaced = {};
  uint32_t stand_ins_total = 0;
  /// Addresses of the children that are alive.
  std::set<caf::actor_addr> children = {};

  caf::typed_response_promise<messages::pipeline_status_ptr> promise = {};
  std::function<void()> after_children = {};
  messages::head_row head = {};
  uint64_t generation = 0;
  uint64_t restarts_total = 0;
  uint64_t hostings_total = 0;
  uint64_t moves_total = 0;
  uint64_t moves_failed_total = 0;
  double move_seconds_max = 0;
  std::vector<std::chrono::steady_clock::time_point> restarts = {};
  /// The next generation begins with them.
  bool retries_letters = false;
  bool stopping = false;
  /// This generation has folded all there is and makes it durable.
  bool draining = false;
  bool ended = false;
};

/// Parent and supervisor of the whole flow from source to store.
///
/// One exists per node. Entities are restarted by their partitions, an
/// inspector alone; when any other child dies, all are ended and started again
/// from the journal, which is the same code path as a start of the process.
/// Partitions change their node while all others go on (pipeline_moves.cpp);
/// where a move fails, all start again. It gives up (answers `start` with the
/// error) when the store was taken over by another owner, or after
/// `restarts_max` restarts within `restart_period`.
messages::pipeline_actor::behavior_type
pipeline(messages::pipeline_actor::stateful_pointer<pipeline_state> self,
         pipeline_config config, pipeline_parts parts);

} // namespace pumpscope::actors
