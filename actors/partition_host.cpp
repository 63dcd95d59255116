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

  void operator()(const messages::get_entities& x) const {
    state.self->request(partition, state.config.timeout, x)
      .then(
        [&of = state, to = promise](const messages::entity_handles_ptr& found) {
          of.ask_entities(*found, to);
        },
        [to = promise](caf::error& err) mutable {
          deliver(to, failure_of(err));
        });
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

  void operator()(const messages::await_start&) const {
    ask<atom::finished>(
      [](atom::finished) { return host_answer{messages::host_started{}}; },
      atom::start_v);
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
  hosting = x;
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
  spawn(x.partitions, x.head, x.holders_known);
  tell(messages::host_begun{});
}

void partition_host_state::spawn(const std::vector<uint32_t>& partitions,
                                 const messages::head_row& head,
                                 bool holders_known) {
  auto us = caf::actor_cast<messages::partition_host_actor>(self);
  auto each = config.partition;
  each.hash_seed = hosting.hash_seed;
  each.publishes = hosting.publishes;
  each.republish_max = hosting.republish_max;
  each.holders_known = holders_known;
  auto each_token = each;
  if (config.tokens_live_max != 0)
    each_token.live_max = config.tokens_live_max;
  auto fence = hosting.id.fence;
  if (planted(domain::bug::host_takes_old_fence))
    --fence;
  auto from = head;
  if (planted(domain::bug::host_misses_tail))
    from.jpos = 0;
  for (auto index : partitions) {
    each.index = index;
    each_token.index = index;
    wallets[index] = self->spawn<caf::linked>(wallet_partition, each, fence,
                                              reader, writer, us);
    tokens[index] = self->spawn<caf::linked>(token_partition, each_token, fence,
                                             reader, writer, us, us);
    self->send(wallets[index], atom::start_v, from);
    self->send(tokens[index], atom::start_v, from);
  }
}

void partition_host_state::handle(const messages::host_order_ptr& x) {
  if (failed)
    return;
  // One that got lost would leave a hole in all states, and for ever.
  if (x->number != ++orders_total) {
    fail(caf::make_error(domain::errc::host_lost,
                         std::string{"an order got lost on its way"}));
    return;
  }
  std::visit([this](auto& order) { handle(order); }, x->what);
}

void partition_host_state::handle(const messages::partitions_left& x) {
  for (auto index : x.partitions) {
    if (auto node = wallets.extract(index))
      left_wallets.insert(std::move(node));
    if (auto node = tokens.extract(index))
      left_tokens.insert(std::move(node));
  }
}

void partition_host_state::handle(const messages::partitions_joined& x) {
  auto is_here = [this](auto index) {
    return wallets.contains(index) || left_wallets.contains(index)
           || index >= hosting.partition_count;
  };
  if (x.head.epoch + 1 != next_epoch
      || std::any_of(x.partitions.begin(), x.partitions.end(), is_here)) {
    fail(caf::make_error(domain::errc::host_lost,
                         std::string{"partitions join that cannot"}));
    return;
  }
  spawn(x.partitions, x.head, true);
}

void partition_host_state::handle(const messages::partitions_dropped& x) {
  auto drop = [this](auto& from, uint32_t index) {
    auto node = from.extract(index);
    if (!node)
      return;
    // Its end is none of ours.
    self->unlink_from(node.mapped().address());
    self->send_exit(node.mapped(), caf::exit_reason::user_shutdown);
  };
  for (auto index : x.partitions) {
    drop(left_wallets, index);
    drop(left_tokens, index);
    for (auto kind :
         {messages::projection::wallet, messages::projection::token})
      changes.erase({kind, index});
  }
}

void partition_host_state::handle(const messages::host_epoch& x) {
  if (x.after.epoch != next_epoch++) {
    fail(caf::make_error(domain::errc::host_lost,
                         std::string{"an epoch got lost on its way"}));
    return;
  }
  auto epoch = std::make_shared<messages::epoch>();
  epoch->after = x.after;
  epoch->trades = x.trades;
  epoch->token_events = x.token_events;
  epoch->repairs = x.repairs;
  // Rows of partitions that are elsewhere are routed as well, to nobody.
  auto routed = route(std::move(epoch), router_config{hosting.partition_count,
                                                      hosting.hash_seed});
  ++epochs_total;
  folding.emplace_back(x.after.epoch, wallets.size() + tokens.size());
  for (auto& [index, partition] : wallets)
    self->send(partition, routed);
  for (auto& [index, partition] : tokens)
    self->send(partition, routed);
  tell_folded();
}

void partition_host_state::tell_folded() {
  while (!folding.empty() && folding.front().second == 0) {
    tell(messages::host_folded{folding.front().first});
    folding.pop_front();
  }
}

void partition_host_state::handle(const messages::epoch_applied& x) {
  auto i = std::lower_bound(folding.begin(), folding.end(), x.epoch,
                            [](auto& a, uint64_t b) { return a.first < b; });
  if (i == folding.end() || i->first != x.epoch)
    return;
  --i->second;
  tell_folded();
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
    auto found = changes.find(key);
    // The partition may be gone.
    if (found == changes.end() || found->second.number != number)
      return;
    auto& of = found->second;
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
  auto asked = [&](auto& partitions, auto& left) {
    auto& from = partitions.contains(x->partition) ? partitions : left;
    auto found = from.find(x->partition);
    if (found == from.end()) {
      deliver(promise, messages::host_failure{domain::errc::malformed,
                                              "the partition is not hosted"});
      return;
    }
    using type = std::decay_t<decltype(found->second)>;
    std::visit(questioner<type>{*this, *x, found->second, promise}, x->what);
  };
  if (x->kind == messages::projection::wallet)
    asked(wallets, left_wallets);
  else
    asked(tokens, left_tokens);
  return promise;
}

void partition_host_state::ask_entities(const messages::entity_handles& found,
                                        promise_type promise) {
  struct round {
    messages::host_entities result = {};
    promise_type promise = {};
    size_t missing = 1;

    void one_less() {
      if (--missing == 0)
        deliver(promise, std::move(result));
    }
  };
  auto of = std::make_shared<round>();
  of->promise = std::move(promise);
  of->result.stored = found.stored;
  of->result.applied = found.applied;
  of->result.cursor = found.cursor;
  of->missing += found.entities.size();
  for (auto& x : found.entities)
    of->result.entities.push_back({x.key, x.dirty, {}});
  for (size_t i = 0; i < found.entities.size(); ++i)
    self
      ->request(found.entities[i].handle, config.entity_timeout, atom::status_v)
      .then(
        [of, i](const caf::settings& x) {
          of->result.entities[i].told = flat(x);
          of->one_less();
        },
        [of](const caf::error&) { of->one_less(); });
  of->one_less();
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
    [self](const messages::host_order_ptr& x) { self->state.handle(x); },
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
