#include "tests/simulation/simulated_host.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <utility>

namespace pumpscope::test {

simulated_host::simulated_host(std::string name, caf::actor_system& system,
                               actors::partition_host_config config,
                               std::shared_ptr<memory_store> store,
                               std::function<bool()> breaks,
                               std::function<bool()> learns)
  : name_{std::move(name)},
    system_{system},
    config_{std::move(config)},
    store_{std::move(store)},
    breaks_{std::move(breaks)},
    learns_{std::move(learns)} {
  // nop
}

std::string simulated_host::name() const {
  return name_;
}

bool simulated_host::passes() {
  if (connected_ && breaks_()) {
    connected_ = false;
    on_events_("", true);
    if (learns_())
      kill();
  }
  return connected_;
}

void simulated_host::begin(std::string command,
                           std::function<void(std::string, bool)> on_events) {
  on_events_ = std::move(on_events);
  if (!passes())
    return;
  auto parts = actors::partition_host_parts{};
  parts.writer_store = store_;
  parts.reader_store = store_->reader().value();
  parts.tell = [weak = weak_from_this()](std::string frame) {
    auto self = weak.lock();
    if (self && self->connected_)
      self->on_events_(std::move(frame), false);
  };
  host_ = system_.spawn(actors::partition_host, config_, std::move(parts),
                        messages::decode_host_begin(command).value());
}

void simulated_host::pass(messages::hosting_id, std::string order,
                          std::function<void(bool)> done) {
  if (!passes()) {
    done(false);
    return;
  }
  caf::anon_send(
    host_, messages::host_order_ptr{std::make_shared<messages::host_order>(
             messages::decode_host_order(order).value())});
  done(true);
}

void simulated_host::ask(messages::hosting_id, std::string question,
                         std::function<void(std::optional<std::string>)> done) {
  if (!passes()) {
    done(std::nullopt);
    return;
  }
  auto asked
    = messages::host_question_ptr{std::make_shared<messages::host_question>(
      messages::decode_host_question(question).value())};
  system_.spawn([host = host_, asked, done](caf::event_based_actor* self) {
    self->request(host, caf::infinite, asked)
      .then([done](const messages::host_answer_ptr& x) { done(encode(*x)); },
            [done](caf::error&) { done(std::nullopt); });
  });
}

void simulated_host::end() {
  if (std::exchange(connected_, false))
    kill();
}

void simulated_host::note_lost(const std::string&) {
  // Partitions are shared out by chance.
}

void simulated_host::note_slow() {
  // As above.
}

void simulated_host::kill() {
  connected_ = false;
  if (host_)
    caf::anon_send_exit(host_, caf::exit_reason::user_shutdown);
  host_ = nullptr;
}

} // namespace pumpscope::test
