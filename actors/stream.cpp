#include "actors/stream.hpp"

#include <string_view>
#include <utility>

namespace pumpscope::actors {

void stream_state::handle_credit() {
  ++credit;
  if (!reading && !ended) {
    reading = true;
    self->send(self, atom::go_v);
  }
}

void stream_state::read() {
  reading = false;
  if (ended || credit == 0)
    return;
  auto measured = handlers.measure();
  auto batch = std::make_shared<messages::raw_batch>();
  auto status = source->read(*batch, config.read_timeout);
  switch (status) {
    case messages::read_status::ok:
      break;
    case messages::read_status::end:
      ended = true;
      batch->last = true;
      break;
    case messages::read_status::retry:
      ++retries_total;
      last_error = source->last_error();
      break;
    case messages::read_status::out_of_range:
      ++out_of_range_total;
      last_error = source->last_error();
      break;
    case messages::read_status::failed:
      ended = true;
      last_error = source->last_error();
      self->send(observer, messages::source_failed{source->name(), last_error});
      return;
  }
  if (batch->size() > 0 || batch->last) {
    batch->number = batches_total++;
    batch->arrived_at = std::chrono::steady_clock::now();
    updates_total += batch->size();
    --credit;
    auto& parser = parsers[batch->number % parsers.size()];
    self->send(parser, messages::raw_batch_ptr{std::move(batch)});
  }
  if (!ended && credit > 0) {
    reading = true;
    self->send(self, atom::go_v);
  }
}

caf::settings stream_state::status() const {
  auto result = caf::settings{};
  put(result, "source", source->name());
  put(result, "batches_total", batches_total);
  put(result, "updates_total", updates_total);
  put(result, "retries_total", retries_total);
  put(result, "out_of_range_total", out_of_range_total);
  put(result, "bytes_read", source->bytes_read());
  put(result, "bytes_total", source->bytes_total());
  put(result, "credit", credit);
  put(result, "last_error", last_error);
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  auto number = size_t{0};
  for (auto& x : source->endpoints()) {
    auto key = [&](std::string_view what) {
      return "endpoint-" + std::to_string(number) + "." + std::string{what};
    };
    put(result, key("name"), x.name);
    put(result, key("reading"), x.reading);
    put(result, key("standby"), x.standby);
    put(result, key("slot"), x.slot);
    put(result, key("updates_total"), x.updates);
    put(result, key("copies_total"), x.copies);
    put(result, key("malformed_total"), x.malformed);
    put(result, key("slots_compared_total"), x.slots_compared);
    put(result, key("slots_differing_total"), x.slots_differing);
    put(result, key("missing_transactions_total"), x.missing_transactions);
    put(result, key("retries_total"), x.retries);
    put(result, key("out_of_range_total"), x.out_of_range);
    put(result, key("last_error"), x.last_error);
    ++number;
  }
  return result;
}

messages::stream_actor::behavior_type
stream(messages::stream_actor::stateful_pointer<stream_state> self,
       stream_config config, std::shared_ptr<messages::source> source,
       std::vector<messages::parser_actor> parsers,
       messages::source_observer_actor observer) {
  auto& state = self->state;
  state.self = self;
  state.config = config;
  state.source = std::move(source);
  state.parsers = std::move(parsers);
  state.observer = std::move(observer);
  state.source->resume_from(config.resume_slot);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](atom::credit) { self->state.handle_credit(); },
    [self](atom::go) { self->state.read(); },
  };
}

} // namespace pumpscope::actors
