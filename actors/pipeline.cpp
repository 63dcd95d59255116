#include "actors/pipeline.hpp"

#include "actors/parser.hpp"
#include "actors/router.hpp"
#include "actors/store_inspector.hpp"
#include "actors/store_reader.hpp"
#include "actors/token_partition.hpp"
#include "actors/wallet_partition.hpp"
#include "domain/planted_bug.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

namespace {

/// Answers of many actors that become one report.
struct status_collection {
  size_t missing = 0;
  messages::pipeline_status status = {};
  caf::typed_response_promise<messages::pipeline_status_ptr> promise = {};

  void one_less() {
    if (--missing > 0)
      return;
    auto by_chain = [](auto& a, auto& b) {
      return std::tie(a.mint, a.value.position)
             < std::tie(b.mint, b.value.position);
    };
    std::sort(status.breaks.begin(), status.breaks.end(), by_chain);
    promise.deliver(messages::pipeline_status_ptr{
      std::make_shared<messages::pipeline_status>(std::move(status))});
  }
};

using collection_ptr = std::shared_ptr<status_collection>;

uint64_t number(const caf::settings& x, std::string_view key) {
  auto value = caf::get_or(x, caf::string_view{key.data(), key.size()},
                           int64_t{0});
  return static_cast<uint64_t>(value);
}

void add_sequencer(messages::pipeline_status& to, const caf::settings& x) {
  to.duplicates += number(x, "duplicates_total");
  to.late += number(x, "late_total");
  to.trades += number(x, "trades_total");
  to.token_events += number(x, "token_events_total");
  to.ignored += number(x, "ignored_total");
  to.dead_letters += number(x, "dead_letters_total");
  to.abandoned_transactions += number(x, "abandoned_transactions_total");
  to.dead_slots += number(x, "dead_slots_total");
  to.voided_slots += number(x, "voided_slots_total");
  to.gaps += number(x, "gaps_total");
  to.below_retention += number(x, "below_retention_total");
  to.break_gaps_opened += number(x, "break_gaps_opened_total");
  to.break_gaps_filled += number(x, "break_gaps_filled_total");
  to.breaks_unexplained += number(x, "breaks_unexplained");
  to.breaks_too_wide += number(x, "breaks_too_wide_total");
  to.breaks_refused += number(x, "breaks_refused_total");
  to.epochs += number(x, "epochs_total");
  to.highest_slot = number(x, "highest_slot");
  to.hints_held = number(x, "hints_held");
}

void add_backfill(messages::pipeline_status& to, const caf::settings& x) {
  to.backfill_slots += number(x, "backfill_slots_total");
  to.backfill_failures += number(x, "backfill_ranges_incomplete_total");
}

void add_inbox(messages::pipeline_status& to, const caf::settings& x) {
  to.payloads += number(x, "payloads_total");
  to.payload_entries_malformed += number(x, "payload_entries_malformed_total");
}

void add_parser(messages::pipeline_status& to, const caf::settings& x) {
  to.updates += number(x, "updates_total");
  to.transactions += number(x, "transactions_total");
  to.failed_transactions += number(x, "failed_transactions_total");
  to.foreign_events += number(x, "foreign_events_total");
  to.malformed_updates += number(x, "malformed_updates_total");
}

void add_partition(messages::pipeline_status& to, const caf::settings& x) {
  to.repairs += number(x, "repairs_total");
  to.rejected_rows += number(x, "refused_total");
  to.entity_restarts += number(x, "entity_restarts_total");
  to.audit_mismatches += number(x, "sum_mismatches_total");
}

using self_pointer = messages::pipeline_actor::stateful_pointer<pipeline_state>;

template <class Answer, class Question>
caf::result<Answer> ask_inspector(self_pointer self, const Question& x) {
  if (!self->state.inspector)
    return caf::make_error(domain::errc::internal,
                           std::string{"no children are running"});
  return self->delegate(self->state.inspector, x);
}

} // namespace

caf::typed_response_promise<messages::pipeline_status_ptr>
pipeline_state::start() {
  promise = self->make_response_promise<messages::pipeline_status_ptr>();
  start_generation();
  return promise;
}

void pipeline_state::start_generation() {
  ++generation;
  draining = false;
  auto adopt = [this](const auto& child) {
    self->monitor(child);
    children.insert(child.address());
    return child;
  };
  auto identity = parts.writer_store->identity();
  router = adopt(self->spawn(
    actors::router, router_config{identity.partitions, identity.hash_seed}));
  // A pipeline that starts again must not take a store back.
  config.writer.held_fence = head.fence;
  config.writer.before_boot
    = std::exchange(retries_letters, false) ? parts.retry_letters : nullptr;
  writer = adopt(config.detached ? self->spawn<caf::detached>(
                   store_writer, config.writer, parts.writer_store, router)
                                 : self->spawn(store_writer, config.writer,
                                               parts.writer_store, router));
  reader = adopt(config.detached ? self->spawn<caf::detached>(
                   store_reader, config.reader, parts.reader_store)
                                 : self->spawn(store_reader, config.reader,
                                               parts.reader_store));
  auto of = generation;
  self->request(writer, config.flush_timeout, atom::start_v)
    .then(
      [this, of](const messages::journal_boot_ptr& boot) {
        // Ours, whatever became of the generation that took it.
        head.fence = std::max(head.fence, boot->head.fence);
        if (of == generation && !stopping)
          handle_boot(boot);
      },
      [this, of](caf::error& err) {
        // Who died is known from its down message.
        if (of == generation && err != caf::sec::request_receiver_down)
          end_children([this, err] { finish(err); });
      });
}

void pipeline_state::handle_boot(const messages::journal_boot_ptr& boot) {
  head = boot->head;
  auto adopt = [this](const auto& child) {
    self->monitor(child);
    children.insert(child.address());
    return child;
  };
  auto hdl = caf::actor_cast<messages::pipeline_actor>(self);
  if (parts.console_store)
    store_inspector
      = adopt(config.detached
                ? self->spawn<caf::detached>(actors::store_inspector,
                                             parts.console_store)
                : self->spawn(actors::store_inspector, parts.console_store));
  start_inspector();
  // Where nobody can look nothing is traced.
  if (parts.console_store)
    tracer = messages::tracer{inspector};
  market = adopt(self->spawn(actors::market, config.market));
  auto each = config.partition;
  each.hash_seed = boot->identity.hash_seed;
  each.start_jpos = head.jpos;
  each.start_chain_time = head.chain_time;
  each.start_epoch = head.epoch;
  each.publishes = static_cast<bool>(parts.spawn_sink);
  each.republish_max = config.publisher.republish_max;
  if (parts.spawn_sink) {
    sink = adopt(parts.spawn_sink(*self, *boot));
    if (parts.spawn_local_sink)
      local_sink = adopt(parts.spawn_local_sink(*self, *boot));
    publisher = adopt(
      self->spawn(actors::publisher, config.publisher, boot, sink, local_sink));
  }
  auto each_token = each;
  if (config.tokens_live_max != 0)
    each_token.live_max = config.tokens_live_max;
  for (each.index = 0; each.index < boot->identity.partitions; ++each.index) {
    wallets.push_back(adopt(
      self->spawn(wallet_partition, each, head.fence, reader, writer, router)));
    each_token.index = each.index;
    tokens.push_back(adopt(self->spawn(token_partition, each_token, head.fence,
                                       reader, writer, router, market)));
  }
  auto listed = std::make_shared<messages::market_links>();
  listed->partitions = tokens;
  self->send(market, messages::market_links_ptr{std::move(listed)});
  leaderboard
    = adopt(self->spawn(actors::leaderboard, config.leaderboard, wallets));
  sequencer = adopt(
    self->spawn(actors::sequencer, config.sequencer, boot, writer, reader,
                caf::actor_cast<messages::drain_observer_actor>(hdl)));
  auto sinks = std::vector<messages::sink_actor>{};
  for (auto& x : {sink, local_sink})
    if (x)
      sinks.push_back(x);
  for (size_t i = 0; i < std::max<size_t>(config.parsers, 1); ++i)
    parsers.push_back(
      adopt(self->spawn(parser, sequencer, sinks, config.ticks_max, tracer)));
  if (parts.auditor_store && config.auditor.keys_per_minute != 0)
    auditor = adopt(
      config.detached ? self->spawn<caf::detached>(
        actors::auditor, config.auditor, parts.auditor_store, sequencer, writer)
                      : self->spawn(actors::auditor, config.auditor,
                                    parts.auditor_store, sequencer, writer));
  source = parts.make_source();
  auto stream_settings = config.stream;
  if (planted(domain::bug::pipeline_resumes_late))
    stream_settings.resume_slot = head.sealed_slot + 1;
  else if (head.sealed_slot > config.resume_slots)
    stream_settings.resume_slot = head.sealed_slot - config.resume_slots;
  auto observer = caf::actor_cast<messages::source_observer_actor>(hdl);
  stream = adopt(config.detached ? self->spawn<caf::detached>(
                   actors::stream, stream_settings, source, parsers, observer)
                                 : self->spawn(actors::stream, stream_settings,
                                               source, parsers, observer));
  start_backfill();
  start_inbox();
  auto links = std::make_shared<messages::router_links>();
  links->sequencer = sequencer;
  links->wallets = wallets;
  links->tokens = tokens;
  links->publisher = publisher;
  links->tracer = tracer;
  self->send(router, messages::router_links_ptr{std::move(links)});
  introduce_publisher();
  introduce_inspector();
  for (auto& partition : wallets)
    self->send(partition, atom::start_v);
  for (auto& partition : tokens)
    self->send(partition, atom::start_v);
  auto credit_to = std::make_shared<messages::sequencer_links>();
  credit_to->stream = stream;
  credit_to->backfill = backfill;
  credit_to->inbox = inbox;
  credit_to->tracer = tracer;
  self->send(sequencer, messages::sequencer_links_ptr{std::move(credit_to)});
}

void pipeline_state::introduce_publisher() {
  if (!publisher)
    return;
  auto asked = std::make_shared<messages::publisher_links>();
  asked->reader = reader;
  asked->wallets = wallets;
  asked->tokens = tokens;
  asked->leaderboard = leaderboard;
  asked->market = market;
  asked->tracer = tracer;
  self->send(publisher, messages::publisher_links_ptr{std::move(asked)});
  auto told = std::make_shared<messages::sink_links>();
  told->publisher = publisher;
  for (auto& x : {sink, local_sink})
    if (x)
      self->send(x, messages::sink_links_ptr{told});
}

caf::typed_response_promise<messages::token_view_ptr>
pipeline_state::view_token(const domain::pubkey& mint) {
  auto result = self->make_response_promise<messages::token_view_ptr>();
  if (tokens.empty()) {
    result.deliver(caf::make_error(domain::errc::internal,
                                   std::string{"no children are running"}));
    return result;
  }
  auto identity = parts.writer_store->identity();
  auto partition = domain::partition_of(mint, identity.hash_seed,
                                        identity.partitions);
  self->request(tokens[partition], config.view_timeout, atom::get_v, mint)
    .then(
      [this, result, mint](const messages::token_view_ptr& view) mutable {
        if (!publisher || !view->known) {
          result.deliver(view);
          return;
        }
        self->request(publisher, config.view_timeout, atom::get_v, mint)
          .then(
            [result, view](uint64_t holders) mutable {
              auto whole = std::make_shared<messages::token_view>(*view);
              whole->holders = holders;
              result.deliver(messages::token_view_ptr{std::move(whole)});
            },
            // The pipeline starts again; the rest of the answer holds.
            [result, view](caf::error&) mutable { result.deliver(view); });
      },
      [result](caf::error& err) mutable { result.deliver(std::move(err)); });
  return result;
}

void pipeline_state::start_backfill() {
  if (!parts.make_fetcher)
    return;
  fetcher = parts.make_fetcher();
  backfill = config.detached ? self->spawn<caf::detached>(
               actors::backfill, config.backfill, fetcher, parsers)
                             : self->spawn(actors::backfill, config.backfill,
                                           fetcher, parsers);
  self->monitor(backfill);
  children.insert(backfill.address());
}

void pipeline_state::start_inbox() {
  if (!parts.make_inbox)
    return;
  auto payloads = parts.make_inbox();
  inbox = config.detached ? self->spawn<caf::detached>(
            actors::inbox, config.inbox, std::move(payloads), parsers)
                          : self->spawn(actors::inbox, config.inbox,
                                        std::move(payloads), parsers);
  self->monitor(inbox);
  children.insert(inbox.address());
}

void pipeline_state::start_inspector() {
  inspector = self->spawn(actors::inspector, config.inspector);
  self->monitor(inspector);
  children.insert(inspector.address());
}

void pipeline_state::introduce_inspector() {
  auto links = std::make_shared<messages::inspector_links>();
  auto add = [&links](const char* role, const auto& handle,
                      uint32_t index = 0) {
    if (handle)
      links->children.push_back({role, index, handle});
  };
  auto add_all = [&add](const char* role, const auto& handles) {
    for (uint32_t i = 0; i < handles.size(); ++i)
      add(role, handles[i], i);
  };
  add("pipeline", caf::actor_cast<messages::pipeline_actor>(self));
  add("stream", stream);
  add("backfill", backfill);
  add("inbox", inbox);
  add_all("parser", parsers);
  add("sequencer", sequencer);
  add("store-writer", writer);
  add("store-reader", reader);
  add("router", router);
  add_all("wallet-partition", wallets);
  add_all("token-partition", tokens);
  add("leaderboard", leaderboard);
  add("market", market);
  add("publisher", publisher);
  add("sink", sink);
  add("hub", local_sink);
  add("auditor", auditor);
  add("store-inspector", store_inspector);
  add("inspector", inspector);
  links->wallets = wallets;
  links->tokens = tokens;
  links->store = store_inspector;
  links->identity = parts.writer_store->identity();
  links->generation = generation;
  links->restarts_total = restarts_total;
  self->send(inspector, messages::inspector_links_ptr{std::move(links)});
}

void pipeline_state::handle_stop() {
  if (ended || std::exchange(stopping, true))
    return;
  if (!stream) {
    end_children([this] { finish({}); });
    return;
  }
  source->cancel();
  self->send_exit(stream, caf::exit_reason::user_shutdown);
  self->send(sequencer, atom::stop_v);
}

void pipeline_state::handle_retry() {
  if (!parts.retry_letters || ended || stopping || draining)
    return;
  retries_letters = true;
  // Else a generation begins anyway, or none will.
  if (!after_children)
    end_children([this] { self->send(self, atom::go_v); });
}

void pipeline_state::handle_drained() {
  draining = true;
  if (!publisher) {
    flush_partitions();
    return;
  }
  // What cannot be delivered now is published after the next start.
  auto of = generation;
  auto go_on = [this, of] {
    if (of == generation && !ended)
      flush_partitions();
  };
  self->request(publisher, config.flush_timeout, atom::flush_v)
    .then([go_on](uint64_t) { go_on(); }, [go_on](caf::error&) { go_on(); });
}

void pipeline_state::flush_partitions() {
  auto missing = std::make_shared<size_t>(wallets.size() + tokens.size());
  auto of = generation;
  auto flushed = [this, missing, of](uint64_t) {
    if (of != generation || --*missing > 0)
      return;
    self
      ->request(caf::actor_cast<messages::pipeline_actor>(self),
                config.flush_timeout, atom::get_v)
      .then(
        [this, of](const messages::pipeline_status_ptr& x) {
          if (of != generation)
            return;
          ended = true;
          promise.deliver(x);
          end_children({});
        },
        [this, of](caf::error& err) {
          if (of == generation)
            end_children([this, err] { finish(err); });
        });
  };
  auto failed = [this, of](caf::error& err) {
    // Who died is known from its down message.
    auto died = err == caf::sec::request_receiver_down;
    if (of == generation && !ended && !died)
      end_children([this, err] { finish(err); });
  };
  for (auto& partition : wallets)
    self->request(partition, config.flush_timeout, atom::flush_v)
      .then(flushed, failed);
  for (auto& partition : tokens)
    self->request(partition, config.flush_timeout, atom::flush_v)
      .then(flushed, failed);
}

void pipeline_state::handle_source_failed(const messages::source_failed& x) {
  // A source that was cancelled, by a stop or with an earlier generation, may
  // say so: that is no failure.
  auto current = caf::actor_cast<caf::strong_actor_ptr>(stream);
  if (ended || stopping || draining || self->current_sender() != current)
    return;
  // Most sources name themselves.
  auto text = x.what.starts_with(x.source) ? x.what : x.source + ": " + x.what;
  auto err = caf::make_error(domain::errc::source_unavailable, text);
  end_children([this, err] { finish(err); });
}

void pipeline_state::handle_down(const caf::down_msg& x) {
  if (children.erase(x.source) == 0)
    return;
  if (after_children) {
    if (children.empty())
      std::exchange(after_children, {})();
    return;
  }
  // Nobody else needs it. What stages hold of the old one leads nowhere.
  if (!ended && inspector && x.source == inspector.address()) {
    start_inspector();
    introduce_inspector();
    return;
  }
  // A stream that was asked to stop is no failure.
  if (ended || (stopping && stream && x.source == stream.address()))
    return;
  // Only the writer has tried for long when it gives a store up; what a reader
  // loses with its connection is read again after a restart.
  auto lost_store = x.reason
                    == caf::make_error(domain::errc::store_unavailable);
  auto fatal = x.reason == caf::make_error(domain::errc::fenced)
               || x.reason == caf::make_error(domain::errc::store_version)
               || (lost_store && writer && x.source == writer.address())
               || x.reason == caf::make_error(domain::errc::invalid_config);
  auto now = parts.now();
  std::erase_if(restarts,
                [&](auto at) { return now - at > config.restart_period; });
  if (fatal || restarts.size() >= config.restarts_max || stopping) {
    end_children([this, err = x.reason] { finish(err); });
    return;
  }
  restarts.push_back(now);
  ++restarts_total;
  end_children([this] { self->send(self, atom::go_v); });
}

void pipeline_state::end_children(std::function<void()> f) {
  ++generation;
  if (source)
    source->cancel();
  if (fetcher)
    fetcher->cancel();
  after_children = std::move(f);
  for (auto& child : children)
    if (auto hdl = caf::actor_cast<caf::actor>(child))
      self->send_exit(hdl, caf::exit_reason::kill);
  // Handles keep actors alive that wait for each other.
  writer = nullptr;
  reader = nullptr;
  router = nullptr;
  sequencer = nullptr;
  stream = nullptr;
  backfill = nullptr;
  inbox = nullptr;
  leaderboard = nullptr;
  market = nullptr;
  publisher = nullptr;
  sink = nullptr;
  local_sink = nullptr;
  auditor = nullptr;
  store_inspector = nullptr;
  inspector = nullptr;
  tracer = {};
  parsers.clear();
  wallets.clear();
  tokens.clear();
  if (children.empty() && after_children)
    std::exchange(after_children, {})();
}

void pipeline_state::finish(caf::error reason) {
  if (std::exchange(ended, true))
    return;
  if (reason)
    promise.deliver(std::move(reason));
  else
    promise.deliver(messages::pipeline_status_ptr{
      std::make_shared<messages::pipeline_status>()});
}

caf::typed_response_promise<messages::pipeline_status_ptr>
pipeline_state::collect_status() {
  auto all = std::make_shared<status_collection>();
  all->promise = self->make_response_promise<messages::pipeline_status_ptr>();
  all->status.restarts = restarts_total;
  all->status.head = head;
  if (source) {
    all->status.bytes_read = source->bytes_read();
    all->status.bytes_total = source->bytes_total();
  }
  all->missing = 1;
  auto ask = [this, all](const auto& hdl, auto add) {
    ++all->missing;
    self->request(hdl, config.flush_timeout, atom::status_v)
      .then(
        [all, add](const caf::settings& x) {
          add(all->status, x);
          all->one_less();
        },
        // A child that is gone has nothing to report.
        [all](caf::error&) { all->one_less(); });
  };
  if (sequencer)
    ask(sequencer, add_sequencer);
  if (backfill)
    ask(backfill, add_backfill);
  if (inbox)
    ask(inbox, add_inbox);
  if (auditor)
    ask(auditor, [](auto& to, auto& from) {
      to.audited += number(from, "audited_total");
      to.audit_mismatches += number(from, "mismatches_total");
    });
  for (auto& x : parsers)
    ask(x, add_parser);
  for (auto& x : wallets)
    ask(x, [](auto& to, auto& from) {
      add_partition(to, from);
      to.wallets_live += number(from, "entities");
      to.wallets_known += number(from, "stored");
      to.head.jpos = std::max(to.head.jpos, number(from, "applied"));
    });
  for (auto& x : tokens) {
    ask(x, [](auto& to, auto& from) {
      add_partition(to, from);
      to.tokens_live += number(from, "entities");
      to.tokens_known += number(from, "stored");
      to.reserve_breaks += number(from, "reserve_breaks");
      to.reserve_breaks_total += number(from, "reserve_breaks_total");
    });
    ++all->missing;
    self->request(x, config.flush_timeout, atom::get_v)
      .then(
        [all](const messages::mint_breaks_ptr& breaks) {
          for (auto& broken : *breaks)
            if (all->status.breaks.size()
                < messages::pipeline_status::breaks_max)
              all->status.breaks.push_back(broken);
          all->one_less();
        },
        [all](caf::error&) { all->one_less(); });
  }
  all->one_less();
  return all->promise;
}

caf::settings pipeline_state::status() const {
  auto result = caf::settings{};
  put(result, "generation", generation);
  put(result, "restarts_total", restarts_total);
  put(result, "children", static_cast<uint64_t>(children.size()));
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  return result;
}

caf::typed_response_promise<messages::totals_by_wallet_ptr>
pipeline_state::totals(const messages::get_totals& x) {
  struct round {
    caf::typed_response_promise<messages::totals_by_wallet_ptr> promise = {};
    std::shared_ptr<messages::totals_by_wallet> answer
      = std::make_shared<messages::totals_by_wallet>();
    // Whoever answers at once must not find the round at its end.
    size_t missing = 1;

    void one_less() {
      if (--missing == 0)
        promise.deliver(messages::totals_by_wallet_ptr{std::move(answer)});
    }
  };
  auto of = std::make_shared<round>();
  of->promise = self->make_response_promise<messages::totals_by_wallet_ptr>();
  auto count = static_cast<uint32_t>(wallets.size());
  auto queries = std::vector<messages::get_totals>(count);
  auto seed = parts.writer_store->identity().hash_seed;
  if (count > 0)
    for (auto& wallet : x.wallets)
      queries[domain::partition_of(wallet, seed, count)].wallets.push_back(
        wallet);
  for (uint32_t i = 0; i < count; ++i) {
    if (queries[i].wallets.empty())
      continue;
    ++of->missing;
    self
      ->request(wallets[i], config.publisher.totals_timeout,
                std::move(queries[i]))
      .then(
        [of](const messages::totals_by_wallet_ptr& part) {
          of->answer->insert(part->begin(), part->end());
          of->one_less();
        },
        // Its rows go without.
        [of](caf::error&) { of->one_less(); });
  }
  of->one_less();
  return of->promise;
}

messages::pipeline_actor::behavior_type
pipeline(messages::pipeline_actor::stateful_pointer<pipeline_state> self,
         pipeline_config config, pipeline_parts parts) {
  auto& state = self->state;
  state.self = self;
  state.config = std::move(config);
  state.parts = std::move(parts);
  state.head.fence = state.config.writer.held_fence;
  self->set_down_handler(
    [self](caf::down_msg& x) { self->state.handle_down(x); });
  self->set_exit_handler([self](caf::exit_msg& x) {
    self->state.ended = true;
    self->state.end_children([self, reason = x.reason] { self->quit(reason); });
  });
  return {
    [self](atom::status) { return self->state.status(); },
    [self](atom::start) { return self->state.start(); },
    [self](atom::stop) { self->state.handle_stop(); },
    [self](atom::retry) { self->state.handle_retry(); },
    [self](atom::drained) { self->state.handle_drained(); },
    [self](const messages::source_failed& x) {
      self->state.handle_source_failed(x);
    },
    [self](atom::go) { self->state.start_generation(); },
    [self](atom::get) { return self->state.collect_status(); },
    [self](const messages::get_board& x) -> caf::result<messages::board_ptr> {
      if (!self->state.leaderboard)
        return caf::make_error(domain::errc::internal,
                               std::string{"no children are running"});
      return self->delegate(self->state.leaderboard, x);
    },
    [self](const messages::get_market& x) -> caf::result<messages::market_ptr> {
      if (!self->state.market)
        return caf::make_error(domain::errc::internal,
                               std::string{"no children are running"});
      return self->delegate(self->state.market, x);
    },
    [self](atom::get,
           const domain::pubkey& x) -> caf::result<messages::wallet_view_ptr> {
      auto& wallets = self->state.wallets;
      if (wallets.empty())
        return caf::make_error(domain::errc::internal,
                               std::string{"no children are running"});
      auto identity = self->state.parts.writer_store->identity();
      auto partition = domain::partition_of(x, identity.hash_seed,
                                            identity.partitions);
      return self->delegate(wallets[partition], atom::get_v, x);
    },
    [self](const messages::get_token& x) {
      return self->state.view_token(x.mint);
    },
    [self](const messages::get_totals& x) { return self->state.totals(x); },
    [self](const messages::get_look& x) {
      return ask_inspector<messages::console_look_ptr>(self, x);
    },
    [self](const messages::get_sample& x) {
      return ask_inspector<messages::entity_sample_ptr>(self, x);
    },
    [self](const messages::find_key& x) {
      return ask_inspector<messages::found_key_ptr>(self, x);
    },
    [self](const messages::find_trace& x) {
      return ask_inspector<messages::found_trace_ptr>(self, x);
    },
    [self](const messages::get_troubles& x) {
      return ask_inspector<messages::troubles_ptr>(self, x);
    },
    [self](const messages::repair_wanted& x) {
      if (self->state.sequencer)
        self->send(self->state.sequencer, x);
    },
  };
}

} // namespace pumpscope::actors
