#pragma once

#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"
#include "messages/store.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <memory>
#include <utility>

namespace pumpscope::actors {

struct store_reader_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "store-reader";

  caf::result<messages::partition_boot_ptr>
  handle(const messages::load_partition& x);

  caf::result<messages::journal_rows_ptr> handle(const messages::load_tail& x);

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
  std::shared_ptr<messages::store> store = {};
  /// Histories that are read half; one per partition at most.
  std::map<std::pair<messages::projection, domain::pubkey>,
           std::unique_ptr<messages::history>>
    histories = {};
  uint64_t requests_total = 0;
  messages::handler_clock handlers = {};
};

/// Answers loads of partitions and look-ups of the sequencer from the store.
///
/// One exists, on a thread of its own because the store blocks. It holds
/// nothing but places in histories that partitions are reading, and ends with
/// them.
messages::store_reader_actor::behavior_type store_reader(
  messages::store_reader_actor::stateful_pointer<store_reader_state> self,
  std::shared_ptr<messages::store> store);

} // namespace pumpscope::actors
