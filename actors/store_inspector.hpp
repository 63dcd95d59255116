#pragma once

#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"
#include "messages/store.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <memory>

namespace pumpscope::actors {

struct store_inspector_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "store-inspector";

  caf::result<messages::troubles_ptr> troubles();

  caf::result<messages::stored_key_ptr> handle(const messages::load_stored& x);

  caf::result<messages::journal_rows_ptr>
  handle(const messages::load_slot_rows& x);

  [[nodiscard]] caf::settings status() const;

  messages::store_inspector_actor::pointer self = nullptr;
  std::shared_ptr<messages::store> store = {};
  uint64_t requests_total = 0;
  uint64_t failures_total = 0;
  messages::handler_clock handlers = {};
};

/// Answers the console from a view of the store of its own, so that nobody who
/// looks holds up a partition that loads.
///
/// One exists, on a thread of its own because the store blocks. It holds
/// nothing. When it dies the pipeline restarts as a whole.
messages::store_inspector_actor::behavior_type store_inspector(
  messages::store_inspector_actor::stateful_pointer<store_inspector_state> self,
  std::shared_ptr<messages::store> store);

} // namespace pumpscope::actors
