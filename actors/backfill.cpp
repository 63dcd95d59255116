#include "actors/backfill.hpp"

#include <utility>

namespace pumpscope::actors {

void backfill_state::handle(const messages::fetch_slots& x) {
  // What is refused for want of room is counted and asked for again.
  for (auto& range : x.ranges)
    filler->want({range.from, range.to});
  go_on();
}

void backfill_state::handle_credit() {
  ++credit;
  go_on();
}

void backfill_state::go_on() {
  if (credit == 0 || filler->idle() || std::exchange(filling, true))
    return;
  self->send(self, atom::go_v);
}

void backfill_state::fill() {
  filling = false;
  if (credit == 0 || filler->idle())
    return;
  auto measured = handlers.measure();
  auto batch = std::make_shared<messages::raw_batch>();
  filler->fill(*batch, config.read_timeout);
  if (batch->size() > 0 || !batch->ranges.empty()) {
    batch->number = batches_total++;
    batch->backfill = true;
    batch->arrived_at = std::chrono::steady_clock::now();
    --credit;
    auto& parser = parsers[batch->number % parsers.size()];
    self->send(parser, messages::raw_batch_ptr{std::move(batch)});
  }
  go_on();
}

caf::settings backfill_state::status() const {
  auto result = caf::settings{};
  auto& slots = filler->counters();
  auto fetched = fetcher->counters();
  put(result, "server", fetcher->name());
  put(result, "backfill_slots_total", slots.slots);
  put(result, "backfill_transactions_total", slots.transactions);
  put(result, "backfill_slots_without_block_total", slots.slots_without_block);
  put(result, "backfill_ranges_total", slots.ranges);
  put(result, "backfill_ranges_complete_total", slots.ranges_complete);
  put(result, "backfill_ranges_incomplete_total", slots.ranges_incomplete);
  put(result, "backfill_ranges_refused_total", slots.ranges_refused);
  put(result, "backfill_requests_total", fetched.requests);
  put(result, "backfill_retries_total", fetched.retries);
  put(result, "backfill_rate_limited_total", fetched.rate_limited);
  put(result, "backfill_malformed_total", fetched.malformed);
  put(result, "backfill_bytes_total", fetched.bytes);
  put(result, "batches_total", batches_total);
  put(result, "credit", credit);
  put(result, "last_error", fetcher->last_error());
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::backfill_actor::behavior_type
backfill(messages::backfill_actor::stateful_pointer<backfill_state> self,
         backfill_config config,
         std::shared_ptr<messages::block_fetcher> fetcher,
         std::vector<messages::parser_actor> parsers) {
  auto& state = self->state;
  state.self = self;
  state.config = config;
  state.fetcher = std::move(fetcher);
  state.parsers = std::move(parsers);
  state.filler.emplace(config.filler, state.fetcher);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::fetch_slots& x) { self->state.handle(x); },
    [self](atom::credit) { self->state.handle_credit(); },
    [self](atom::go) { self->state.fill(); },
  };
}

} // namespace pumpscope::actors
