#include "adapters/hub/hub_sink.hpp"

#include <utility>

namespace pumpscope::hub {

void hub_sink_state::handle(const messages::sink_links& x) {
  publisher = x.publisher;
  config.to->restart(config.now());
  self->send(publisher, messages::sink_changed{true});
  self->delayed_send(self, config.tick_period, atom::tick_v);
}

void hub_sink_state::handle(const messages::publication_batch& x) {
  ++batches_total;
  items_total += x.items.size();
  config.to->publish(x, config.now(), config.wall_ms());
  self->send(publisher, messages::batch_delivered{x.number});
}

void hub_sink_state::handle(const messages::tick_batch& x) {
  ticks_total += x.trades.size();
  config.to->publish_ticks(x.trades, config.now(), config.wall_ms());
}

void hub_sink_state::handle_tick() {
  self->delayed_send(self, config.tick_period, atom::tick_v);
  config.to->tick(config.now());
}

caf::settings hub_sink_state::status() const {
  auto result = caf::settings{};
  auto x = config.to->counters();
  // It takes whatever comes.
  put(result, "ready", true);
  put(result, "batches_total", batches_total);
  put(result, "items_total", items_total);
  put(result, "ticks_total", ticks_total);
  put(result, "clients", x.clients);
  put(result, "channels", x.channels);
  put(result, "tokens", x.tokens);
  put(result, "ring_bytes", x.ring_bytes);
  put(result, "messages_total", x.messages_total);
  put(result, "deliveries_total", x.deliveries_total);
  put(result, "left_out_total", x.left_out_total);
  put(result, "stalled_total", x.stalled_total);
  put(result, "refused_total", x.refused_total);
  put(result, "resumes_total", x.resumes_total);
  put(result, "resets_total", x.resets_total);
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  return result;
}

messages::sink_actor::behavior_type
hub_sink(messages::sink_actor::stateful_pointer<hub_sink_state> self,
         hub_sink_config config) {
  auto& state = self->state;
  state.self = self;
  state.config = std::move(config);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::sink_links_ptr& x) { self->state.handle(*x); },
    [self](const messages::publication_batch_ptr& x) {
      self->state.handle(*x);
    },
    [self](const messages::tick_batch_ptr& x) { self->state.handle(*x); },
    [](atom::go) {
      // Nothing waits here.
    },
    [self](atom::tick) { self->state.handle_tick(); },
  };
}

} // namespace pumpscope::hub
