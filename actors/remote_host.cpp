#include "actors/remote_host.hpp"

#include "domain/planted_bug.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace pumpscope::actors {

namespace {

/// Sends from any thread to an actor that may be gone by then.
template <class Message>
void send_later(const caf::weak_actor_ptr& to, Message x) {
  if (auto strong = to.lock())
    caf::anon_send(caf::actor_cast<messages::remote_host_actor>(strong),
                   std::move(x));
}

} // namespace

messages::host_epoch share_of(const messages::routed_epoch& x,
                              const std::vector<uint32_t>& partitions) {
  auto result = messages::host_epoch{};
  auto& from = *x.epoch;
  result.after = from.after;
  auto trades = std::vector<bool>(from.trades.size());
  auto events = std::vector<bool>(from.token_events.size());
  for (auto* lane : {&x.wallets, &x.tokens})
    for (auto partition : partitions) {
      if (planted(domain::bug::host_forgets_token_rows) && lane == &x.tokens)
        continue;
      for (auto row : lane->of(partition))
        ((row & messages::token_event_bit) != 0
           ? events[row & ~messages::token_event_bit]
           : trades[row])
          = true;
      auto& repairs = lane->repairs[partition];
      result.repairs.insert(result.repairs.end(), repairs.begin(),
                            repairs.end());
    }
  if (planted(domain::bug::host_forgets_repairs))
    result.repairs.clear();
  for (size_t i = 0; i < trades.size(); ++i)
    if (trades[i])
      result.trades.push_back(from.trades[i]);
  for (size_t i = 0; i < events.size(); ++i)
    if (events[i])
      result.token_events.push_back(from.token_events[i]);
  return result;
}

remote_host_state::~remote_host_state() {
  for (auto& [number, promise] : questions)
    promise.deliver(caf::make_error(caf::sec::request_receiver_down));
  if (link)
    link->end();
}

void remote_host_state::start(const messages::remote_host_links& x) {
  router = x.router;
  market = x.market;
  if (!config.begin.partitions.empty())
    begin_hosting();
}

void remote_host_state::begin_hosting() {
  told = true;
  partitions = config.begin.partitions;
  loads_behind = config.begin.head.epoch;
  link->begin(encode(config.begin), [to = caf::actor_cast<caf::weak_actor_ptr>(
                                       self)](std::string piece, bool last) {
    send_later(to, messages::host_piece{std::move(piece), last});
  });
}

void remote_host_state::handle(const messages::routed_epoch_ptr& x) {
  auto measured = handlers.measure();
  auto share = share_of(*x, partitions);
  ++epochs_total;
  if (planted(domain::bug::host_loses_epoch) && epochs_total % 7 == 0) {
    self->send(router, messages::host_applied{share.after.epoch});
    return;
  }
  if (folded_epoch >= sent_epoch)
    progress_at = self->clock().now();
  sent_epoch = share.after.epoch;
  rows_total += share.trades.size() + share.token_events.size();
  order(std::move(share));
}

void remote_host_state::handle(const messages::partitions_left& x) {
  std::erase_if(partitions, [&x](auto partition) {
    return std::binary_search(x.partitions.begin(), x.partitions.end(),
                              partition);
  });
  order(x);
}

void remote_host_state::handle(const messages::partitions_joined& x) {
  if (!told) {
    config.begin.head = x.head;
    config.begin.holders_known = true;
    config.begin.partitions = x.partitions;
    begin_hosting();
    return;
  }
  loads_behind = x.head.epoch;
  partitions.insert(partitions.end(), x.partitions.begin(), x.partitions.end());
  std::sort(partitions.begin(), partitions.end());
  order(x);
}

void remote_host_state::handle(const messages::epoch_folded_here& x) {
  folded_here = x.epoch;
  if (folded_epoch < x.epoch)
    owed.emplace_back(x.epoch, self->clock().now());
}

void remote_host_state::order(decltype(messages::host_order::what) x) {
  auto bytes = encode(messages::host_order{++orders_total, std::move(x)});
  bytes_total += bytes.size();
  if (begun)
    send(std::move(bytes));
  else
    early.emplace_back([this, bytes] { send(bytes); });
}

void remote_host_state::send(std::string bytes) {
  link->pass(config.begin.id, std::move(bytes),
             [to = caf::actor_cast<caf::weak_actor_ptr>(self)](bool ok) {
               // One that is there tells itself when it is folded.
               if (!ok)
                 send_later(to, messages::host_refused{});
             });
}

caf::typed_response_promise<messages::host_answer_ptr>
remote_host_state::ask(const messages::host_question_ptr& x) {
  auto measured = handlers.measure();
  auto number = ++questions_total;
  auto promise = self->make_response_promise<messages::host_answer_ptr>();
  questions.emplace(number, promise);
  auto bytes = encode(*x);
  if (begun)
    send_question(number, std::move(bytes));
  else
    early.emplace_back([this, number, bytes] { send_question(number, bytes); });
  return promise;
}

void remote_host_state::send_question(uint64_t number, std::string question) {
  link->ask(config.begin.id, std::move(question),
            [to = caf::actor_cast<caf::weak_actor_ptr>(self),
             number](std::optional<std::string> bytes) {
              send_later(to, messages::host_answered{number, std::move(bytes)});
            });
}

void remote_host_state::handle(const messages::host_answered& x) {
  auto measured = handlers.measure();
  auto found = questions.find(x.number);
  if (found == questions.end())
    return;
  auto promise = std::move(found->second);
  questions.erase(found);
  auto answer = x.bytes ? messages::decode_host_answer(*x.bytes) : std::nullopt;
  if (!answer)
    answer = messages::host_failure{domain::errc::unknown_outcome,
                                    "the host did not answer"};
  promise.deliver(messages::host_answer_ptr{
    std::make_shared<messages::host_answer>(std::move(*answer))});
}

void remote_host_state::handle(const messages::host_piece& x) {
  auto measured = handlers.measure();
  if (!events.read(x.bytes, [this](auto& event) { handle(event); })) {
    fail(domain::errc::malformed, "it tells what is no event");
    return;
  }
  if (x.last)
    fail(domain::errc::host_lost, "it hosts nothing any more");
}

void remote_host_state::handle(messages::host_event& x) {
  struct visitor {
    remote_host_state& state;

    void operator()(const messages::host_folded& event) const {
      state.folded_epoch = event.epoch;
      state.progress_at = state.self->clock().now();
      while (!state.owed.empty() && state.owed.front().first <= event.epoch)
        state.owed.pop_front();
      state.self->send(state.router, messages::host_applied{event.epoch});
    }

    void operator()(const messages::host_failure& event) const {
      state.fail(event.code, event.what);
    }

    void operator()(messages::token_news& event) const {
      state.self->send(state.market, messages::token_news_ptr{
                                       std::make_shared<messages::token_news>(
                                         std::move(event))});
    }

    void operator()(messages::breaks_found& event) const {
      state.self->send(state.router, messages::breaks_found_ptr{
                                       std::make_shared<messages::breaks_found>(
                                         std::move(event))});
    }

    void operator()(const messages::host_begun&) const {
      state.begun = true;
      for (auto& go_on : std::exchange(state.early, {}))
        go_on();
    }

    void operator()(const messages::repair_wanted& event) const {
      state.self->send(state.router, event);
    }
  };
  if (!lost)
    std::visit(visitor{*this}, x);
}

void remote_host_state::handle_tick() {
  self->delayed_send(self, config.look_period, atom::tick_v);
  auto waits = sent_epoch > folded_epoch && folded_epoch > loads_behind;
  if (waits && self->clock().now() - progress_at > config.patience)
    fail(domain::errc::host_lost, "it folds nothing");
  else
    look_whether_slow();
}

caf::actor_clock::duration_type remote_host_state::waiting() const {
  return owed.empty() ? caf::actor_clock::duration_type{}
                      : self->clock().now() - owed.front().second;
}

void remote_host_state::look_whether_slow() {
  auto idle_here = folded_here >= sent_epoch;
  auto loaded = folded_epoch > loads_behind;
  if (loaded && idle_here && waiting() > config.slow_after)
    ++slow_looks;
  else if (slow_looks > 0)
    --slow_looks;
  if (slow_looks < config.slow_looks)
    return;
  slow_looks = 0;
  ++slow_total;
  link->note_slow();
}

void remote_host_state::fail(domain::errc code, const std::string& why) {
  if (std::exchange(lost, true))
    return;
  link->note_lost(why);
  // Another owner of the store is no fault of the host.
  auto reason = code == domain::errc::fenced ? code : domain::errc::host_lost;
  self->quit(caf::make_error(reason, link->name() + ": " + why));
}

caf::settings remote_host_state::status() const {
  auto result = caf::settings{};
  put(result, "node", link->name());
  put(result, "partitions", static_cast<uint64_t>(partitions.size()));
  put(result, "epochs_total", epochs_total);
  put(result, "folded_epoch", folded_epoch);
  put(result, "waiting_seconds",
      std::chrono::duration<double>{waiting()}.count());
  put(result, "slow_total", slow_total);
  put(result, "rows_total", rows_total);
  put(result, "bytes_total", bytes_total);
  put(result, "questions_total", questions_total);
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::remote_host_actor::behavior_type remote_host(
  messages::remote_host_actor::stateful_pointer<remote_host_state> self,
  remote_host_config config, std::shared_ptr<messages::host_link> link) {
  auto& state = self->state;
  state.self = self;
  state.config = std::move(config);
  state.link = std::move(link);
  self->delayed_send(self, state.config.look_period, atom::tick_v);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::remote_host_links_ptr& x) { self->state.start(*x); },
    [self](const messages::routed_epoch_ptr& x) { self->state.handle(x); },
    [self](const messages::partitions_left& x) { self->state.handle(x); },
    [self](const messages::partitions_joined& x) { self->state.handle(x); },
    [self](const messages::partitions_dropped& x) { self->state.order(x); },
    [self](const messages::epoch_folded_here& x) { self->state.handle(x); },
    [self](const messages::host_question_ptr& x) { return self->state.ask(x); },
    [self](const messages::host_answered& x) { self->state.handle(x); },
    [self](const messages::host_piece& x) { self->state.handle(x); },
    [self](atom::tick) { self->state.handle_tick(); },
    [self](const messages::host_refused&) {
      self->state.fail(domain::errc::host_lost, "it did not take an order");
    },
  };
}

} // namespace pumpscope::actors
