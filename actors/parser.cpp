#include "actors/parser.hpp"

#include <utility>

namespace pumpscope::actors {

void parser_state::handle(const messages::raw_batch& x) {
  auto result = std::make_shared<messages::parsed_batch>();
  result->number = x.number;
  result->last = x.last;
  result->arrived_at = x.arrived_at;
  result->backfill = x.backfill;
  result->ranges = x.ranges;
  result->updates.reserve(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    auto update = decoder.decode(x.update(i));
    if (!std::holds_alternative<std::monostate>(update))
      result->updates.push_back(std::move(update));
  }
  ++batches_total;
  self->send(sequencer, messages::parsed_batch_ptr{std::move(result)});
}

caf::settings parser_state::status() const {
  auto result = caf::settings{};
  auto& counters = decoder.counters();
  auto dead_letters = uint64_t{0};
  for (auto x : counters.dead_letters)
    dead_letters += x;
  auto ignored = uint64_t{0};
  for (auto x : counters.ignored)
    ignored += x;
  put(result, "batches_total", batches_total);
  put(result, "updates_total", counters.updates);
  put(result, "transactions_total", counters.transactions);
  put(result, "failed_transactions_total", counters.failed_transactions);
  put(result, "foreign_events_total", counters.foreign_events);
  put(result, "trades_total", counters.trades);
  put(result, "ignored_total", ignored);
  put(result, "dead_letters_total", dead_letters);
  put(result, "malformed_updates_total", counters.malformed_updates);
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  return result;
}

messages::parser_actor::behavior_type
parser(messages::parser_actor::stateful_pointer<parser_state> self,
       messages::sequencer_actor sequencer) {
  self->state.self = self;
  self->state.sequencer = std::move(sequencer);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::raw_batch_ptr& x) { self->state.handle(*x); },
  };
}

} // namespace pumpscope::actors
