#include "actors/inspector.hpp"

#include "actors/look.hpp"
#include "actors/state_fields.hpp"
#include "domain/base58.hpp"

#include <caf/sec.hpp>

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

namespace {

using messages::projection;
using messages::stage;

/// The role above all others in the tree.
constexpr auto root = "pipeline";

std::string counted_name(const messages::actor_look& x) {
  return x.role + " " + x.name;
}

double seconds_between(messages::monotonic_time begin,
                       messages::monotonic_time end) {
  return std::chrono::duration<double>(end - begin).count();
}

/// Answers of entities that become one sample.
struct sample_round {
  std::shared_ptr<messages::entity_sample> result
    = std::make_shared<messages::entity_sample>();
  caf::typed_response_promise<messages::entity_sample_ptr> promise = {};
  size_t missing = 1;

  void one_less() {
    if (--missing == 0)
      promise.deliver(messages::entity_sample_ptr{std::move(result)});
  }
};

std::string text_of(const caf::error& x) {
  auto& context = x.context();
  if (context.match_elements<std::string>())
    return context.get_as<std::string>(0);
  auto silent = messages::actor_look{};
  note_silence(silent, x);
  return silent.problem;
}

/// The wall-clock time of a monotonic one.
class wall_time {
public:
  wall_time(messages::monotonic_time now, int64_t unix_ms)
    : now_{now}, unix_ms_{unix_ms} {
    // nop
  }

  [[nodiscard]] int64_t operator()(messages::monotonic_time x) const {
    auto ago = std::chrono::duration_cast<std::chrono::milliseconds>(now_ - x);
    return unix_ms_ - ago.count();
  }

private:
  messages::monotonic_time now_;
  int64_t unix_ms_;
};

} // namespace

// -- what the flow tells ------------------------------------------------------

void inspector_state::handle_links(const messages::inspector_links& x) {
  if (links.generation != x.generation)
    linked_at = config.now();
  links = x;
  counted_before.clear();
  last = nullptr;
}

void inspector_state::handle(const messages::trace_report& x) {
  auto measured = handlers.measure();
  ++reports_total;
  std::visit([this](auto& what) { traces.note(what); }, x.what);
}

// -- a look -------------------------------------------------------------------

inspector_state::look_promise
inspector_state::handle(const messages::get_look&) {
  auto measured = handlers.measure();
  auto promise = self->make_response_promise<messages::console_look_ptr>();
  if (last && config.now() - last_at < config.look_period) {
    promise.deliver(last);
    return promise;
  }
  waiting.push_back(promise);
  if (looking)
    return promise;
  ++looks_total;
  auto of = std::make_shared<round>();
  looking = of;
  of->missing = links.children.size() + 1;
  of->actors.resize(links.children.size());
  for (size_t i = 0; i < links.children.size(); ++i) {
    auto& child = links.children[i];
    auto& actor = of->actors[i];
    actor.role = child.role;
    actor.name = std::to_string(child.index);
    if (child.role != root)
      actor.parent = root;
    self->request(child.handle, config.answer_timeout, atom::status_v)
      .then(
        [this, of, i](const caf::settings& x) {
          read_status(of->actors[i], x);
          if (--of->missing == 0)
            finish_look(*of);
        },
        [this, of, i](caf::error& err) {
          note_silence(of->actors[i], err);
          if (--of->missing == 0)
            finish_look(*of);
        });
  }
  if (--of->missing == 0)
    finish_look(*of);
  return promise;
}

void inspector_state::finish_look(round& x) {
  auto now = config.now();
  auto result = std::make_shared<messages::console_look>();
  result->taken_at = config.unix_ms();
  result->generation = links.generation;
  result->generation_seconds = seconds_between(linked_at, now);
  result->restarts_total = links.restarts_total;
  if (last && now > last_at)
    result->period = seconds_between(last_at, now);
  result->actors = std::move(x.actors);
  for (auto& actor : result->actors)
    rate(actor, result->period.value_or(0));
  summarize(*result);
  auto& overview = result->overview;
  auto updates = uint64_t{0};
  for (auto& actor : result->actors)
    if (actor.role == "parser")
      updates += number_of(actor, "updates_total");
  auto per_second = [&](uint64_t count, uint64_t before) {
    return result->period && count >= before
             ? std::optional{static_cast<double>(count - before)
                             / *result->period}
             : std::nullopt;
  };
  overview.trades_per_second = per_second(overview.trades_total, trades_before);
  overview.updates_per_second = per_second(updates, updates_before);
  trades_before = overview.trades_total;
  updates_before = updates;
  result->stages = traces.stages(now);
  looking = nullptr;
  last = std::move(result);
  last_at = now;
  for (auto& promise : std::exchange(waiting, {}))
    promise.deliver(last);
}

void inspector_state::rate(messages::actor_look& x, double seconds) {
  // Who is silent keeps what was counted before.
  if (!x.answered)
    return;
  auto busy = std::find_if(x.counters.begin(), x.counters.end(),
                           [](auto& of) { return of.name == "busy_seconds"; });
  auto busy_seconds
    = busy != x.counters.end() ? std::get_if<double>(&busy->value) : nullptr;
  auto now = counted{x.handled_total, busy_seconds ? *busy_seconds : 0};
  auto [i, is_new] = counted_before.try_emplace(counted_name(x), now);
  auto before = std::exchange(i->second, now);
  auto entities = number_of(x, "entity_messages_total");
  auto [j, entities_are_new] = counted_before.try_emplace(
    counted_name(x) + " entities", counted{entities, 0});
  auto entities_before = std::exchange(j->second, counted{entities, 0});
  // Another has its place by now.
  auto is_other = now.handled < before.handled
                  || entities < entities_before.handled;
  if (is_new || is_other || seconds <= 0)
    return;
  x.messages_per_second = static_cast<double>(now.handled - before.handled)
                          / seconds;
  x.busy = std::min(1.0, (now.busy_seconds - before.busy_seconds) / seconds);
  if (entities > 0 && !entities_are_new)
    x.counters.push_back(
      {"entity_messages_per_second",
       static_cast<double>(entities - entities_before.handled) / seconds});
}

// -- entities -----------------------------------------------------------------

template <class Done>
void inspector_state::ask_entity(const messages::entity_handles::entity& x,
                                 messages::actor_look& to, Done done) {
  if (!x.handle) {
    if (x.told)
      read_status(to, *x.told);
    else
      note_silence(to, caf::make_error(caf::sec::request_timeout));
    done();
    return;
  }
  self->request(x.handle, config.answer_timeout, atom::status_v)
    .then(
      [&to, done](const caf::settings& status) mutable {
        read_status(to, status);
        done();
      },
      [&to, done](caf::error& err) mutable {
        note_silence(to, err);
        done();
      });
}

caf::typed_response_promise<messages::entity_sample_ptr>
inspector_state::handle(const messages::get_sample& x) {
  auto measured = handlers.measure();
  auto of = std::make_shared<sample_round>();
  of->promise = self->make_response_promise<messages::entity_sample_ptr>();
  auto ask_all = [this, of,
                  kind = x.kind](const messages::entity_handles_ptr& found) {
    auto& actors = of->result->actors;
    actors.resize(found->entities.size());
    of->missing += found->entities.size();
    for (size_t i = 0; i < found->entities.size(); ++i) {
      auto is_wallet = kind == projection::wallet;
      actors[i].role = is_wallet ? "wallet-ledger" : "token-candles";
      actors[i].parent = is_wallet ? "wallet-partition" : "token-partition";
      actors[i].name = domain::to_string(found->entities[i].key);
      ask_entity(found->entities[i], actors[i], [of] { of->one_less(); });
    }
    of->one_less();
  };
  auto ask = [&](const auto& partitions) {
    if (x.partition >= partitions.size()) {
      of->promise.deliver(caf::make_error(
        domain::errc::internal, std::string{"there is no such partition"}));
      return;
    }
    auto query = messages::get_entities{{}, x.count};
    self->request(partitions[x.partition], config.answer_timeout, query)
      .then(ask_all, [of](caf::error& err) {
        of->promise.deliver(
          caf::make_error(domain::errc::internal, text_of(err)));
      });
  };
  if (x.kind == projection::wallet)
    ask(links.wallets);
  else
    ask(links.tokens);
  return of->promise;
}

// -- one key ------------------------------------------------------------------

caf::typed_response_promise<messages::found_key_ptr>
inspector_state::handle(const messages::find_key& x) {
  auto measured = handlers.measure();
  ++searches_total;
  auto of = std::make_shared<search>();
  of->promise = self->make_response_promise<messages::found_key_ptr>();
  auto& result = of->result;
  result.key = x.key;
  if (links.wallets.empty()) {
    of->promise.deliver(caf::make_error(
      domain::errc::internal, std::string{"the actors are not running yet"}));
    return of->promise;
  }
  auto partition = domain::partition_of(x.key, links.identity.hash_seed,
                                        links.identity.partitions);
  result.wallet.kind = projection::wallet;
  result.token.kind = projection::token;
  for (auto entity : {&result.wallet, &result.token}) {
    entity->partition = partition;
    entity->rows = traces.rows_of(entity->kind, x.key,
                                  messages::found_entity::rows_max);
  }
  search_entity(of, result.wallet, links.wallets[partition],
                &search::live_wallet);
  search_entity(of, result.token, links.tokens[partition], &search::live_token);
  search_store(of);
  one_less(of);
  return of->promise;
}

/// Asks the partition whether the key lives, then the actor how it does and the
/// partition for its state.
template <class View, class Partition>
void inspector_state::search_entity(const std::shared_ptr<search>& x,
                                    messages::found_entity& in,
                                    const Partition& partition,
                                    std::shared_ptr<const View> search::*view) {
  ++x->missing;
  auto failed = [this, x, &in](caf::error& err) {
    in.problem = text_of(err);
    one_less(x);
  };
  auto found = [this, x, &in, partition, view,
                failed](const messages::entity_handles_ptr& handles) {
    in.applied = handles->applied;
    in.cursor = handles->cursor;
    in.live = !handles->entities.empty();
    if (!in.live) {
      one_less(x);
      return;
    }
    auto& entity = handles->entities.front();
    in.dirty = entity.dirty;
    in.actor.role = in.kind == projection::wallet ? "wallet-ledger"
                                                  : "token-candles";
    in.actor.parent = in.kind == projection::wallet ? "wallet-partition"
                                                    : "token-partition";
    in.actor.name = domain::to_string(x->result.key);
    ++x->missing;
    ask_entity(entity, in.actor, [this, x] { one_less(x); });
    self->request(partition, config.answer_timeout, atom::get_v, x->result.key)
      .then(
        [this, x, view](const std::shared_ptr<const View>& state) {
          (*x).*view = state;
          one_less(x);
        },
        failed);
  };
  self
    ->request(partition, config.answer_timeout,
              messages::get_entities{x->result.key, 1})
    .then(found, failed);
}

void inspector_state::search_store(const std::shared_ptr<search>& x) {
  if (!links.store) {
    x->result.wallet.stored_problem = "no view of the store is open";
    x->result.token.stored_problem = "no view of the store is open";
    return;
  }
  ++x->missing;
  self
    ->request(links.store, config.store_timeout,
              messages::load_stored{x->result.key})
    .then(
      [this, x](const messages::stored_key_ptr& stored) {
        x->stored = stored;
        x->result.wallet.stored = stored->wallet.wallet.has_value();
        x->result.token.stored = stored->token.has_value();
        one_less(x);
      },
      [this, x](caf::error& err) {
        x->result.wallet.stored_problem = text_of(err);
        x->result.token.stored_problem = text_of(err);
        one_less(x);
      });
}

void inspector_state::one_less(const std::shared_ptr<search>& x) const {
  if (--x->missing > 0)
    return;
  auto& result = x->result;
  static const auto nothing = messages::stored_key{};
  auto& stored = x->stored ? *x->stored : nothing;
  if (x->live_wallet || result.wallet.stored)
    result.wallet.fields = wallet_fields(x->live_wallet.get(), &stored.wallet);
  if (x->live_token || result.token.stored)
    result.token.fields = token_fields(x->live_token.get(), stored.token);
  x->promise.deliver(messages::found_key_ptr{
    std::make_shared<messages::found_key>(std::move(result))});
}

// -- one transaction ----------------------------------------------------------

messages::found_trace
inspector_state::trace_of(const domain::signature& x) const {
  auto result = messages::found_trace{};
  result.signature = x;
  result.rows = traces.rows_of(x);
  auto arrival = traces.find(x);
  if (!arrival && result.rows.empty())
    return result;
  result.found = true;
  if (!result.rows.empty()) {
    auto& row = result.rows.front();
    result.slot = row.position.slot;
    result.tx_index = row.position.tx_index;
    result.epoch = row.epoch;
  } else {
    result.slot = arrival->slot;
    result.tx_index = arrival->tx_index;
    result.epoch = arrival->epoch;
  }
  auto wall = wall_time{config.now(), config.unix_ms()};
  auto add = [&](stage of, std::optional<messages::monotonic_time> at) {
    auto& time = result.stages.emplace_back();
    time.stage = of;
    if (!at)
      return;
    time.at = wall(*at);
    if (arrival)
      time.seconds = seconds_between(arrival->arrived_at, *at);
  };
  auto known = [&](auto member) {
    return arrival ? std::optional{*arrival.*member} : std::nullopt;
  };
  add(stage::receive, known(&trace_log::transaction::arrived_at));
  add(stage::parse, known(&trace_log::transaction::parsed_at));
  auto none = epoch_trace{};
  auto found = result.epoch != 0 ? traces.epoch(result.epoch) : nullptr;
  auto& epoch = found != nullptr ? *found : none;
  add(stage::seal, epoch.sealed_at);
  add(stage::journal, epoch.journaled_at);
  add(stage::fold, epoch.folded_at);
  add(stage::publish, epoch.published_at);
  return result;
}

void inspector_state::describe(messages::found_trace& x) const {
  for (auto& row : x.rows) {
    auto partition = [this](const domain::pubkey& key) {
      return domain::partition_of(key, links.identity.hash_seed,
                                  links.identity.partitions);
    };
    x.places.push_back({partition(row.wallet), partition(row.mint)});
  }
  if (!x.found) {
    x.state = "not among the last transactions; an older one is found by its "
              "slot, or in the list of trades of its wallet or token";
    return;
  }
  if (x.stages.empty()) {
    x.state = "journaled; when it passed the stages is not known any more";
    return;
  }
  auto is_done = [&x](stage of) {
    return x.stages[static_cast<size_t>(of)].at.has_value();
  };
  if (is_done(stage::publish))
    x.state = "published";
  else if (is_done(stage::fold))
    x.state = "folded";
  else if (is_done(stage::journal))
    x.state = "journaled, being folded";
  else if (x.epoch != 0)
    x.state = "sealed, being journaled";
  else
    x.state = "parsed; its slot is not sealed, it came twice, or it has no row "
              "that counts";
}

caf::typed_response_promise<messages::found_trace_ptr>
inspector_state::handle(const messages::find_trace& x) {
  auto measured = handlers.measure();
  ++searches_total;
  auto promise = self->make_response_promise<messages::found_trace_ptr>();
  auto deliver = [this, promise](messages::found_trace found) mutable {
    describe(found);
    promise.deliver(messages::found_trace_ptr{
      std::make_shared<messages::found_trace>(std::move(found))});
  };
  auto result = trace_of(x.signature);
  if (result.found || x.slot == 0 || !links.store) {
    deliver(std::move(result));
    return promise;
  }
  self
    ->request(links.store, config.store_timeout,
              messages::load_slot_rows{x.slot})
    .then(
      [result, deliver](const messages::journal_rows_ptr& rows) mutable {
        for (auto& row : rows->trades)
          if (row.signature == result.signature)
            result.rows.push_back(recent_row_of(row, 0));
        for (auto& row : rows->token_events)
          if (row.signature == result.signature)
            result.rows.push_back(recent_row_of(row, 0));
        result.found = !result.rows.empty();
        if (result.found) {
          result.slot = result.rows.front().position.slot;
          result.tx_index = result.rows.front().position.tx_index;
        }
        deliver(std::move(result));
      },
      [promise](caf::error& err) mutable {
        promise.deliver(caf::make_error(domain::errc::internal, text_of(err)));
      });
  return promise;
}

// -- the store ----------------------------------------------------------------

caf::result<messages::troubles_ptr>
inspector_state::handle(const messages::get_troubles& x) {
  if (!links.store)
    return caf::make_error(domain::errc::internal,
                           std::string{"no view of the store is open"});
  return self->delegate(links.store, x);
}

caf::settings inspector_state::status() const {
  auto result = caf::settings{};
  put(result, "looks_total", looks_total);
  put(result, "searches_total", searches_total);
  put(result, "reports_total", reports_total);
  put(result, "rows_kept", static_cast<uint64_t>(traces.rows()));
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::inspector_actor::behavior_type
inspector(messages::inspector_actor::stateful_pointer<inspector_state> self,
          inspector_config config) {
  auto& state = self->state;
  state.self = self;
  state.traces = trace_log{config.traces};
  state.config = std::move(config);
  state.linked_at = state.config.now();
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::inspector_links_ptr& x) {
      self->state.handle_links(*x);
    },
    [self](const messages::trace_report_ptr& x) { self->state.handle(*x); },
    [self](const messages::get_look& x) { return self->state.handle(x); },
    [self](const messages::get_sample& x) { return self->state.handle(x); },
    [self](const messages::find_key& x) { return self->state.handle(x); },
    [self](const messages::find_trace& x) { return self->state.handle(x); },
    [self](const messages::get_troubles& x) { return self->state.handle(x); },
  };
}

} // namespace pumpscope::actors
