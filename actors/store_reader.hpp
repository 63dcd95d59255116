#pragma once

#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"
#include "messages/store.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace pumpscope::actors {

/// Limits of the store reader.
struct store_reader_config {
  /// From so many partitions on that wait for their tails, the journal is read
  /// once for all of them instead of once for each.
  size_t together_min = 8;
  /// Rows of such a read (each takes about 420 bytes, twice).
  size_t together_rows_max = 65'536;
};

struct store_reader_state {
  /// A partition that waits for its tail.
  struct tail_request {
    messages::load_tail asked = {};
    caf::typed_response_promise<messages::tail_rows_ptr> promise = {};
    std::shared_ptr<messages::tail_rows> answer = {};
  };

  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "store-reader";

  caf::result<messages::partition_boot_ptr>
  handle(const messages::load_partition& x);

  caf::typed_response_promise<messages::tail_rows_ptr>
  handle(const messages::load_tail& x);

  /// Answers those whose tails begin first; the others wait for another turn.
  void answer_tails();

  /// Reads the tail of one partition.
  void answer_tail(tail_request& x);

  /// Reads the journal once for all that wait.
  void answer_together();

  /// Gives each of those who are served the rows that it asked for.
  void divide(const messages::journal_rows& rows,
              std::vector<tail_request>& served);

  caf::result<messages::journal_rows_ptr> handle(const messages::load_rows& x);

  caf::result<messages::loaded_entities_ptr>
  handle(const messages::load_entities& x);

  caf::result<messages::looked_up_ptr> handle(const messages::look_up& x);

  /// Reads on in a history, at most `room` rows.
  messages::store_result<messages::history_page>
  next_page(const messages::load_entities& x,
            const messages::history_request& request, size_t room);

  [[nodiscard]] caf::settings status() const;

  messages::store_reader_actor::pointer self = nullptr;
  store_reader_config config = {};
  std::shared_ptr<messages::store> store = {};
  /// Histories that are read half; one per partition at most.
  std::map<std::pair<messages::projection, domain::pubkey>,
           std::unique_ptr<messages::history>>
    histories = {};
  /// One per partition and asker at most.
  std::vector<tail_request> tails = {};
  uint64_t requests_total = 0;
  messages::handler_clock handlers = {};
};

/// Answers loads of partitions and look-ups of the sequencer from the store.
///
/// One exists, on a thread of its own because the store blocks. It holds
/// nothing but places in histories that partitions are reading, and ends with
/// them. When a node starts, all partitions ask for tails of the same part of
/// the journal; it is read once for those who wait at the same time, from the
/// lowest position on, so that all come to the same place soon.
messages::store_reader_actor::behavior_type store_reader(
  messages::store_reader_actor::stateful_pointer<store_reader_state> self,
  store_reader_config config, std::shared_ptr<messages::store> store);

} // namespace pumpscope::actors
