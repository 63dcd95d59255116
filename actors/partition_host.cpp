#include "actors/partition_host.hpp"

#include "actors/router.hpp"
#include "actors/token_partition.hpp"
#include "actors/wallet_partition.hpp"
#include "domain/planted_bug.hpp"

#include <caf/config_value.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace pumpscope::actors {

namespace {

using messages::host_answer;
using messages::host_answer_ptr;
using promise_type = partition_host_state::promise_type;

void deliver(promise_type& to, host_answer x) {
  to.deliver(host_answer_ptr{std::make_shared<host_answer>(std::move(x))});
}

messages::host_failure failure_of(const caf::error& x) {
  auto result = messages::host_failure{};
  if (x.category() == caf::atom("pumpscope"))
    result.code = static_cast<domain::errc>(x.code());
  else if (x == caf::sec::request_timeout)
    result.code = domain::errc::unknown_outcome;
  else
    result.code = domain::errc::host_lost;
  auto& context = x.context();
  result.what = context.match_elements<std::string>()
                  ? context.get_as<std::string>(0)
                  : domain::to_string(result.code);
  return result;
}

messages::host_status flat(const caf::settings& x) {
  auto result = messages::host_status{};
  for (auto& [key, value] : x) {
    auto name = std::string{key.begin(), key.end()};
    if (auto* number = caf::get_if<int64_t>(&value))
      result.numbers.emplace_back(std::move(name), *number);
    else if (auto* real = caf::get_if<double>(&value))
      result.reals.emplace_back(std::move(name), *real);
    else if (auto* text = caf::get_if<std::string>(&value))
      result.texts.emplace_back(std::move(name), *text);
  }
  return result;
}

/// Asks one partition, whatever the question is.
template <class Partition>
struct questioner {
  partition_host_state& state;
  const messages::host_question& question;
  const Partition& partition;
  promise_type& promise;

  static constexpr bool is_wallets
    = std::is_same_v<Partition, messages::wallet_partition_actor>;

  template <class Answer, class Make, class... Ts>
  void ask(Make make, const Ts&... xs) const {
    state.self->request(partition, state.config.timeout, xs...)
      .then(
        [to = promise, make](const Answer& x) mutable { deliver(to, make(x)); },
        [to = promise](caf::error& err) mutable {
          deliver(to, failure_of(err));
        });
  }

  template <class Answer, class... Ts>
  void ask_for(const Ts&... xs) const {
    ask<Answer>([](const Answer& x) { return host_answer{x}; }, xs...);
  }

  void refuse() const {
    deliver(promise, messages::host_failure{domain::errc::malformed,
                                            "no question to this kind"});
  }

  void operator()(const messages::get_changes& x) const {
    using changes = std::conditional_t<is_wallets, messages::wallet_changes_ptr,
                                       messages::token_changes_ptr>;
    state.ask_changes<changes>(partition, question, x, promise);
  }

  void operator()(const messages::get_board& x) const {
    if constexpr (is_wallets)
      ask_for<messages::board_ptr>(x);
    else
      refuse();
  }

  void operator()(const messages::get_totals& x) const {
    if constexpr (is_wallets)
      ask_for<messages::totals_by_wallet_ptr>(x);
    else
      refuse();
  }

  void operator()(const messages::get_market& x) const {
    if constexpr (is_wallets)
      refuse();
    else
      ask_for<messages::market_ptr>(x);
  }

  void operator()(const messages::get_key& x) const {
    if constexpr (is_wallets)
      ask_for<messages::wallet_view_ptr>(atom::get_v, x.key);
    else
      ask_for<messages::token_view_ptr>(atom::get_v, x.key);
  }

  void operator()(const messages::find_entity& x) const {
    ask<messages::entity_handles_ptr>(
      [](const messages::entity_handles_ptr& found) {
        auto result = messages::host_entity{};
        result.lives = !found->entities.empty();
        result.dirty = result.lives && found->entities.front().dirty;
        result.stored = found->stored;
        result.applied = found->applied;
        result.cursor = found->cursor;
        return host_answer{result};
      },
      messages::get_entities{x.key, 1});
  }

  void operator()(const messages::get_partition_breaks&) const {
    if constexpr (is_wallets)
      refuse();
    else
      ask_for<messages::mint_breaks_ptr>(atom::get_v);
  }

  void operator()(const messages::flush_partition&) const {
    ask<uint64_t>(
      [](uint64_t x) { return host_answer{messages::host_flushed{x}}; },
      atom::flush_v);
  }

  void operator()(const messages::get_partition_status&) const {
    ask<caf::settings>(
      [](const caf::settings& x) { return host_answer{flat(x)}; },
      atom::status_v);
  }
};

} // namespace

partition_host_state::~partition_host_state() {
  // Killed, or by its own mistake.
  if (parts.tell)
    tell(messages::host_failure{domain::errc::internal, "the host has died"});
}

void partition_host_state::start(const messages::host_begin& x) {
  hash_seed = x.hash_seed;
  partition_count = x.partition_count;
  next_epoch = x.head.epoch + 1;
  // With us they end, and we with any of them.
  constexpr auto plain = caf::linked;
  constexpr auto blocking = caf::linked + caf::detached;
  writer
    = config.detached
        ? self->spawn<blocking>(store_writer, config.writer, parts.writer_store,
                                messages::journal_listener_actor{})
        : self->spawn<plain>(store_writer, config.writer, parts.writer_store,
                             messages::journal_listener_actor{});
  reader
    = config.detached
        ? self->spawn<blocking>(store_reader, config.reader, parts.reader_store)
        : self->spawn<plain>(store_reader, config.reader, parts.reader_store);
  auto us = caf::actor_cast<messages::partition_host_actor>(self);
  auto each = config.partition;
  each.hash_seed = x.hash_seed;
  each.start_jpos = planted(domain::bug::host_misses_tail) ? 0 : x.head.jpos;
  each.start_chain_time = x.head.chain_time;
  each.start_epoch = x.head.epoch;
  each.publishes = x.publishes;
  each.republish_max = x.republish_max;
  auto each_token = each;
  if (config.tokens_live_max != 0)
    each_token.live_max = config.tokens_live_max;
  auto fence = planted(domain::bug::host_takes_old_fence) ? x.fence - 1
                                                          : x.fence;
  for (auto index : x.partitions) {
    each.index = index;
    each_token.index = index;
    wallets[index] = self->spawn<plain>(wallet_partition, each, fence, reader,
                                        writer, us);
    tokens[index] = self->spawn<plain>(token_partition, each_token, fence,
                                       reader, writer, us, us);
  }
  for (auto& [index, partition] : wallets)
    self->send(partition, atom::start_v);
  for (auto& [index, partition] : tokens)
    self->send(partition, atom::start_v);
  tell(messages::host_begun{});
}

void partition_host_state::handle(const messages::host_epoch_ptr& x) {
  // One that got lost would leave a hole in all states, and for ever.
  if (x->after.epoch != next_epoch++) {
    fail(caf::make_error(domain::errc::host_lost,
                         std::string{"an epoch got lost on its way"}));
    return;
  }
  auto epoch = std::make_shared<messages::epoch>();
  epoch->after = x->after;
  epoch->trades = x->trades;
  epoch->token_events = x->token_events;
  epoch->repairs = x->repairs;
  // Rows of partitions that are elsewhere are routed as well, to nobody.
  auto routed = route(std::move(epoch),
                      router_config{partition_count, hash_seed});
  ++epochs_total;
  folding.emplace_back(x->after.epoch, wallets.size() + tokens.size());
  for (auto& [index, partition] : wallets)
    self->send(partition, routed);
  for (auto& [index, partition] : tokens)
    self->send(partition, routed);
}

void partition_host_state::handle(const messages::epoch_applied& x) {
  auto i = std::lower_bound(folding.begin(), folding.end(), x.epoch,
                            [](auto& a, uint64_t b) { return a.first < b; });
  if (i == folding.end() || i->first != x.epoch)
    return;
  --i->second;
  while (!folding.empty() && folding.front().second == 0) {
    tell(messages::host_folded{folding.front().first});
    folding.pop_front();
  }
}

template <class Changes, class Partition>
void partition_host_state::ask_changes(const Partition& partition,
                                       const messages::host_question& x,
                                       const messages::get_changes& what,
                                       promise_type promise) {
  auto key = std::pair{x.kind, x.partition};
  auto& told = changes[key];
  if (told.number == x.number) {
    if (told.answer)
      promise.deliver(told.answer);
    else
      told.waiting.push_back(std::move(promise));
    return;
  }
  told = told_changes{x.number, {}, {std::move(promise)}};
  auto answered = [this, key, number = x.number](host_answer answer) {
    auto& of = changes[key];
    if (of.number != number)
      return;
    of.answer = std::make_shared<host_answer>(std::move(answer));
    for (auto& waits : std::exchange(of.waiting, {}))
      waits.deliver(of.answer);
  };
  self->request(partition, config.timeout, what)
    .then([answered](const Changes& found) { answered(host_answer{found}); },
          [answered](caf::error& err) { answered(failure_of(err)); });
}

caf::typed_response_promise<host_answer_ptr>
partition_host_state::ask(const messages::host_question_ptr& x) {
  ++questions_total;
  auto promise = self->make_response_promise<host_answer_ptr>();
  auto asked = [&](auto& partitions) {
    auto found = partitions.find(x->partition);
    if (found == partitions.end()) {
      deliver(promise, messages::host_failure{domain::errc::malformed,
                                              "the partition is not hosted"});
      return;
    }
    using type = std::decay_t<decltype(found->second)>;
    std::visit(questioner<type>{*this, *x, found->second, promise}, x->what);
  };
  if (x->kind == messages::projection::wallet)
    asked(wallets);
  else
    asked(tokens);
  return promise;
}

void partition_host_state::tell(const messages::host_event& x) {
  if (!failed)
    parts.tell(to_frame(x));
}

void partition_host_state::fail(const caf::error& err) {
  tell(failure_of(err));
  failed = true;
  self->quit(err ? err
                 : caf::make_error(domain::errc::internal,
                                   std::string{"a child of the host ended"}));
}

caf::settings partition_host_state::status() const {
  auto result = caf::settings{};
  put(result, "partitions", static_cast<uint64_t>(wallets.size()));
  put(result, "epochs_total", epochs_total);
  put(result, "folding", static_cast<uint64_t>(folding.size()));
  put(result, "questions_total", questions_total);
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  return result;
}

messages::partition_host_actor::behavior_type partition_host(
  messages::partition_host_actor::stateful_pointer<partition_host_state> self,
  partition_host_config config, partition_host_parts parts,
  const messages::host_begin& begin) {
  auto& state = self->state;
  state.self = self;
  state.config = std::move(config);
  state.parts = std::move(parts);
  self->set_exit_handler(
    [self](caf::exit_msg& x) { self->state.fail(x.reason); });
  state.start(begin);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::host_epoch_ptr& x) { self->state.handle(x); },
    [self](const messages::host_question_ptr& x) { return self->state.ask(x); },
    [self](const messages::epoch_applied& x) { self->state.handle(x); },
    [self](const messages::breaks_found_ptr& x) {
      self->state.tell(messages::breaks_found{*x});
    },
    [self](const messages::repair_wanted& x) { self->state.tell(x); },
    [self](const messages::token_news_ptr& x) {
      self->state.tell(messages::token_news{*x});
    },
  };
}

} // namespace pumpscope::actors
