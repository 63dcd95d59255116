#pragma once

#include "messages/actors.hpp"
#include "messages/audit.hpp"
#include "messages/console.hpp"
#include "messages/publication.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// How the node with the sequencer and a node that hosts partitions for it talk
// to each other. Both run the same build.

namespace pumpscope::messages {

/// Tells how all that follows is written, and what it means (`this_build`):
/// programs that differ in it host nothing for each other.
uint64_t hosting_layout();

/// Longest event of a host.
inline constexpr size_t hosting_bytes_max = size_t{64} << 20;

/// Which hosting: of two, the one that began later is higher.
struct hosting_id {
  /// Of the pipeline's generation: what is written to the store carries it.
  uint64_t fence = 0;
  /// Rises with each hosting of the pipeline.
  uint64_t serial = 0;

  friend auto operator<=>(const hosting_id&, const hosting_id&) = default;
};

/// Command: host these partitions, of both kinds. A higher one ends whatever is
/// hosted for a lower one.
struct host_begin {
  uint64_t layout = hosting_layout();
  hosting_id id = {};
  uint64_t hash_seed = 0;
  /// Partitions of one kind in all.
  uint32_t partition_count = 0;
  /// The journal is in the store up to here; what is behind it comes as epochs.
  head_row head = {};
  bool publishes = false;
  uint64_t republish_max = 0;
  /// Who holds what in the stored states is known.
  bool holders_known = false;
  /// Ascending, without repetition, below `partition_count`.
  std::vector<uint32_t> partitions = {};
};

/// Command: fold what belongs to the hosted partitions.
struct host_epoch {
  head_row after = {};
  /// Ascending by `jpos`.
  std::vector<domain::trade> trades = {};
  std::vector<domain::token_event> token_events = {};
  std::vector<repair_row> repairs = {};
};

/// Command to a host, behind all those before it.
struct host_order {
  /// Rises by one with each order of a hosting, from 1 on: none may get lost.
  uint64_t number = 0;
  std::variant<host_epoch, partitions_left, partitions_joined,
               partitions_dropped>
    what = {};
};

/// Event: all hosted partitions folded an epoch.
struct host_folded {
  uint64_t epoch = 0;
};

/// Event: the host cannot go on.
struct host_failure {
  domain::errc code = domain::errc::internal;
  std::string what = {};
};

/// Event: epochs may come.
struct host_begun {};

/// What a host tells without being asked, in order.
using host_event = std::variant<host_folded, host_failure, token_news,
                                breaks_found, repair_wanted, host_begun>;

/// Questions to one partition that are no messages of their own.
struct get_key {
  domain::pubkey key = {};
};
struct get_partition_breaks {};
struct flush_partition {};
struct await_start {};
struct get_partition_status {};

/// Request: what one hosted partition is asked.
struct host_question {
  projection kind = projection::wallet;
  uint32_t partition = 0;
  /// With `get_changes`: rises with each question; one whose answer got lost is
  /// asked again with the same number. Never 0.
  uint64_t number = 0;
  std::variant<get_board, get_changes, get_totals, get_market, get_key,
               get_entities, get_partition_breaks, flush_partition, await_start,
               get_partition_status>
    what = {};
};

/// The numbers and texts of a status.
struct host_status {
  std::vector<std::pair<std::string, int64_t>> numbers = {};
  std::vector<std::pair<std::string, double>> reals = {};
  std::vector<std::pair<std::string, std::string>> texts = {};
};

/// Answer to `flush_partition`.
struct host_flushed {
  uint64_t jpos = 0;
};

/// Answer to `await_start`.
struct host_started {};

/// An entity of a host, and what it told of itself; nothing = it did not
/// answer.
struct host_entity {
  domain::pubkey key = {};
  bool dirty = false;
  std::optional<host_status> told = {};
};

/// Answer to `get_entities`: as in `entity_handles`.
struct host_entities {
  std::vector<host_entity> entities = {};
  bool stored = false;
  uint64_t applied = 0;
  uint64_t cursor = 0;
};

/// Answer to a question, or why there is none.
using host_answer
  = std::variant<host_failure, host_flushed, host_started, host_status,
                 host_entities, board_ptr, wallet_changes_ptr,
                 token_changes_ptr, totals_by_wallet_ptr, wallet_view_ptr,
                 token_view_ptr, market_ptr, mint_breaks_ptr>;

using host_begin_ptr = std::shared_ptr<const host_begin>;
using host_order_ptr = std::shared_ptr<const host_order>;
using host_question_ptr = std::shared_ptr<const host_question>;
using host_answer_ptr = std::shared_ptr<const host_answer>;

// As bytes. What cannot be is nothing.

std::string encode(const host_begin& x);
std::string encode(const host_order& x);
std::string encode(const host_event& x);
std::string encode(const host_question& x);
std::string encode(const host_answer& x);

/// Refuses partitions that cannot be.
std::optional<host_begin> decode_host_begin(std::string_view bytes);
/// Refuses rows out of order, and partitions that cannot be.
std::optional<host_order> decode_host_order(std::string_view bytes);
std::optional<host_event> decode_host_event(std::string_view bytes);
std::optional<host_question> decode_host_question(std::string_view bytes);
std::optional<host_answer> decode_host_answer(std::string_view bytes);

/// Puts an event into a stream of them.
std::string to_frame(const host_event& x);

/// Takes events out of a stream that comes in pieces.
class host_event_reader {
public:
  /// Adds a piece and calls `f` for each event that is complete; false = these
  /// are no events.
  bool read(std::string_view piece, const std::function<void(host_event&)>& f);

private:
  std::string rest_ = {};
};

/// The way to a node that may host partitions. Thread-safe; callbacks come from
/// any thread, each once where nothing else is said.
class host_link {
public:
  virtual ~host_link() = default;

  /// The name of the node.
  [[nodiscard]] virtual std::string name() const = 0;

  /// Has it host: `on_events` gets pieces of the stream of its events, and at
  /// last one with `true`: that it hosts nothing (any more).
  virtual void
  begin(std::string command,
        std::function<void(std::string piece, bool last)> on_events)
    = 0;

  /// Passes an order on, behind those before it; `done` tells whether it is
  /// there.
  virtual void
  pass(hosting_id id, std::string order, std::function<void(bool)> done)
    = 0;

  /// Has a question answered; nothing = it could not be.
  virtual void ask(hosting_id id, std::string question,
                   std::function<void(std::optional<std::string>)> done)
    = 0;

  /// Ends what it hosts for us.
  virtual void end() = 0;

  /// It failed us: nobody should count on it for a while.
  virtual void note_lost(const std::string& why) = 0;

  /// All wait for it: it should give its partitions away for a while.
  virtual void note_slow() = 0;
};

/// A node and what it is to host.
struct host_share {
  /// Null = this node has them itself.
  std::shared_ptr<host_link> link = {};
  /// As in `host_begin`.
  std::vector<uint32_t> partitions = {};
};

/// Which partitions are to change hands now.
struct rebalance_plan {
  /// Some have nobody who could hand them over.
  bool starts_again = false;
  /// Else who takes what.
  std::vector<host_share> takes = {};
};

/// Event: a piece of the events of a host.
struct host_piece {
  std::string bytes = {};
  bool last = false;
};

/// Event: an order did not come to the host.
struct host_refused {};

/// Event: the host answered a question; nothing = it did not.
struct host_answered {
  uint64_t number = 0;
  std::optional<std::string> bytes = {};
};

/// Whom a remote host tells; sent once.
struct remote_host_links {
  host_observer_actor router = {};
  news_listener_actor market = {};
};

using remote_host_links_ptr = std::shared_ptr<const remote_host_links>;

} // namespace pumpscope::messages

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::host_order_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::host_question_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::host_answer_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::host_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::host_piece)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::host_refused)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::remote_host_links_ptr)

CAF_BEGIN_TYPE_ID_BLOCK(pumpscope_hosting, caf::first_custom_type_id + 500)

  CAF_ADD_TYPE_ID(pumpscope_hosting, (pumpscope::messages::host_order_ptr))
  CAF_ADD_TYPE_ID(pumpscope_hosting, (pumpscope::messages::host_question_ptr))
  CAF_ADD_TYPE_ID(pumpscope_hosting, (pumpscope::messages::host_answer_ptr))
  CAF_ADD_TYPE_ID(pumpscope_hosting, (pumpscope::messages::host_answered))
  CAF_ADD_TYPE_ID(pumpscope_hosting, (pumpscope::messages::host_piece))
  CAF_ADD_TYPE_ID(pumpscope_hosting, (pumpscope::messages::host_refused))
  CAF_ADD_TYPE_ID(pumpscope_hosting,
                  (pumpscope::messages::remote_host_links_ptr))

CAF_END_TYPE_ID_BLOCK(pumpscope_hosting)

namespace pumpscope::messages {

/// The REMOTE HOST interface: one actor per node that hosts partitions for this
/// one.
using remote_host_actor = status_client_actor::extend<
  // Introduces whom it tells; begins where it is to host something.
  caf::reacts_to<remote_host_links_ptr>,
  // Has the host fold its share of an epoch; acknowledged to the router.
  caf::reacts_to<routed_epoch_ptr>,
  // Has the host leave partitions, take others, or forget those that left.
  caf::reacts_to<partitions_left>, caf::reacts_to<partitions_joined>,
  caf::reacts_to<partitions_dropped>,
  // Notes how far the partitions of this node are.
  caf::reacts_to<epoch_folded_here>,
  // Has a partition answer.
  caf::replies_to<host_question_ptr>::with<host_answer_ptr>,
  // INTERNAL: time to see whether it goes on.
  caf::reacts_to<atom::tick>,
  // INTERNAL: the host answered.
  caf::reacts_to<host_answered>,
  // INTERNAL: the host told something.
  caf::reacts_to<host_piece>,
  // INTERNAL: an order did not come to the host.
  caf::reacts_to<host_refused>>;

/// The PARTITION HOST interface: parent of the partitions that this node hosts
/// for the one with the sequencer.
using partition_host_actor = status_client_actor::extend<
  // Folds an epoch, or takes partitions or leaves them.
  caf::reacts_to<host_order_ptr>,
  // Has a partition answer.
  caf::replies_to<host_question_ptr>::with<host_answer_ptr>,
  // Counts a partition that folded an epoch.
  caf::reacts_to<epoch_applied>,
  // Pass on what partitions found.
  caf::reacts_to<breaks_found_ptr>, caf::reacts_to<repair_wanted>,
  caf::reacts_to<token_news_ptr>>;

} // namespace pumpscope::messages
