#include "actors/parser.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

void parser_state::handle(const messages::raw_batch& x) {
  auto measured = handlers.measure();
  auto result = std::make_shared<messages::parsed_batch>();
  result->number = x.number;
  result->last = x.last;
  result->arrived_at = x.arrived_at;
  result->backfill = x.backfill;
  result->ranges = x.ranges;
  result->inbox = x.inbox;
  result->payloads_up_to = x.payloads_up_to;
  result->updates.reserve(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    auto update = decoder.decode(x.update(i));
    if (std::holds_alternative<std::monostate>(update))
      continue;
    // The slot of a hint may never come; then it is kept raw.
    if (auto hint = std::get_if<domain::parsed_transaction>(&update);
        x.inbox && hint != nullptr
        && !(hint->trades.empty() && hint->token_events.empty())) {
      auto raw = x.update(i);
      raw = raw.first(std::min(raw.size(), domain::dead_letter::raw_bytes_max));
      hint->raw.assign(raw.begin(), raw.end());
    }
    result->updates.push_back(std::move(update));
  }
  ++batches_total;
  send_ticks(*result);
  trace(*result);
  self->send(sequencer, messages::parsed_batch_ptr{std::move(result)});
}

void parser_state::send_ticks(const messages::parsed_batch& x) {
  if (audiences.empty() || ticks_max == 0)
    return;
  auto trades = std::vector<domain::trade>{};
  for (auto& update : x.updates)
    if (auto transaction = std::get_if<domain::parsed_transaction>(&update))
      for (auto& trade : transaction->trades)
        // Whose pool is not known yet has no token to be shown under.
        if (!domain::has_flag(trade, domain::trade_flag::pool_unresolved))
          trades.push_back(trade);
  if (trades.empty())
    return;
  for (auto& [sink, in_flight] : audiences) {
    if (in_flight->load(std::memory_order_relaxed) >= ticks_max) {
      ticks_shed_total += trades.size();
      continue;
    }
    ticks_total += trades.size();
    auto batch = std::make_shared<messages::tick_batch>(in_flight);
    batch->trades = trades;
    self->send(sink, messages::tick_batch_ptr{std::move(batch)});
  }
}

void parser_state::trace(const messages::parsed_batch& x) {
  if (!tracer.wants())
    return;
  auto traced = messages::traced_batch{};
  traced.arrived_at = x.arrived_at;
  for (auto& update : x.updates) {
    auto transaction = std::get_if<domain::parsed_transaction>(&update);
    if (transaction == nullptr
        || (transaction->trades.empty() && transaction->token_events.empty()))
      continue;
    traced.transactions.push_back(
      {transaction->signature, transaction->slot, transaction->tx_index});
    if (traced.transactions.size() >= messages::traced_batch::transactions_max)
      break;
  }
  if (traced.transactions.empty())
    return;
  traced.parsed_at = std::chrono::steady_clock::now();
  tracer.report(self, std::move(traced));
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
  put(result, "ticks_total", ticks_total);
  put(result, "ticks_shed_total", ticks_shed_total);
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::parser_actor::behavior_type
parser(messages::parser_actor::stateful_pointer<parser_state> self,
       messages::sequencer_actor sequencer,
       const std::vector<messages::sink_actor>& sinks, uint32_t ticks_max,
       messages::tracer tracer) {
  self->state.self = self;
  for (auto& sink : sinks)
    self->state.audiences.push_back({sink});
  self->state.ticks_max = ticks_max;
  self->state.tracer = std::move(tracer);
  self->state.sequencer = std::move(sequencer);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::raw_batch_ptr& x) { self->state.handle(*x); },
  };
}

} // namespace pumpscope::actors
