#include "actors/inbox.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

void inbox_state::handle_credit() {
  ++credit;
  if (!std::exchange(reading, true))
    self->send(self, atom::go_v);
}

void inbox_state::handle(const messages::payloads_done& x) {
  done_up_to = std::max(done_up_to, x.up_to);
  remove();
}

void inbox_state::remove() {
  if (done_up_to == removed_up_to)
    return;
  // What the store does not remove now it removes with a later call.
  if (reader->remove(done_up_to))
    removed_up_to = done_up_to;
}

void inbox_state::read() {
  reading = false;
  if (credit == 0)
    return;
  auto measured = handlers.measure();
  auto batch = std::make_shared<messages::raw_batch>();
  if (!reader->fill(*batch)
      || (batch->size() == 0 && batch->payloads_up_to == 0))
    // The next tick looks again.
    return;
  batch->number = batches_total++;
  batch->inbox = true;
  batch->arrived_at = std::chrono::steady_clock::now();
  --credit;
  auto& parser = parsers[batch->number % parsers.size()];
  self->send(parser, messages::raw_batch_ptr{std::move(batch)});
  if (credit > 0 && !std::exchange(reading, true))
    self->send(self, atom::go_v);
}

void inbox_state::handle_tick() {
  self->delayed_send(self, config.look_period, atom::tick_v);
  remove();
  if (!reading)
    read();
}

caf::settings inbox_state::status() const {
  auto result = caf::settings{};
  auto counters = reader->counters();
  put(result, "payloads_total", counters.payloads);
  put(result, "payload_entries_total", counters.entries);
  put(result, "payload_entries_malformed_total", counters.malformed);
  put(result, "store_failures_total", counters.failures);
  put(result, "removed_up_to", removed_up_to);
  put(result, "batches_total", batches_total);
  put(result, "credit", credit);
  put(result, "last_error", reader->last_error());
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::inbox_actor::behavior_type
inbox(messages::inbox_actor::stateful_pointer<inbox_state> self,
      inbox_config config, std::shared_ptr<messages::inbox_reader> reader,
      std::vector<messages::parser_actor> parsers) {
  auto& state = self->state;
  state.self = self;
  state.config = config;
  state.reader = std::move(reader);
  state.parsers = std::move(parsers);
  self->delayed_send(self, config.look_period, atom::tick_v);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](atom::credit) { self->state.handle_credit(); },
    [self](const messages::payloads_done& x) { self->state.handle(x); },
    [self](atom::go) { self->state.read(); },
    [self](atom::tick) { self->state.handle_tick(); },
  };
}

} // namespace pumpscope::actors
