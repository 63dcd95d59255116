#include "actors/pipeline.hpp"

#include "actors/parser.hpp"
#include "actors/remote_host.hpp"
#include "actors/remote_partition.hpp"
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
  if (parts.spawn_sink) {
    sink = adopt(parts.spawn_sink(*self, *boot));
    if (parts.spawn_local_sink)
      local_sink = adopt(parts.spawn_local_sink(*self, *boot));
    publisher = adopt(
      self->spawn(actors::publisher, config.publisher, boot, sink, local_sink));
  }
  spawn_partitions();
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
  introduce_router();
  auto credit_to = std::make_shared<messages::sequencer_links>();
  credit_to->stream = stream;
  credit_to->backfill = backfill;
  credit_to->inbox = inbox;
  credit_to->tracer = tracer;
  self->send(sequencer, messages::sequencer_links_ptr{std::move(credit_to)});
}

partition_config pipeline_state::partition_config_of(uint32_t index,
                                                     bool holders_known) const {
  auto result = config.partition;
  result.index = index;
  result.hash_seed = parts.writer_store->identity().hash_seed;
  result.publishes = static_cast<bool>(parts.spawn_sink);
  result.republish_max = config.publisher.republish_max;
  result.holders_known = holders_known;
  return result;
}

messages::wallet_partition_actor
pipeline_state::spawn_wallet_partition(uint32_t index, bool holders_known) {
  return adopt(self->spawn(wallet_partition,
                           partition_config_of(index, holders_known),
                           head.fence, reader, writer, router));
}

messages::token_partition_actor
pipeline_state::spawn_token_partition(uint32_t index, bool holders_known) {
  auto like = partition_config_of(index, holders_known);
  if (config.tokens_live_max != 0)
    like.live_max = config.tokens_live_max;
  return adopt(self->spawn(token_partition, std::move(like), head.fence, reader,
                           writer, router, market));
}

void pipeline_state::spawn_remote_host(
  const std::shared_ptr<messages::host_link>& link,
  const std::vector<uint32_t>& partitions) {
  auto identity = parts.writer_store->identity();
  auto begin = messages::host_begin{};
  begin.id = {head.fence, ++hostings_total};
  begin.hash_seed = identity.hash_seed;
  begin.partition_count = identity.partitions;
  begin.head = head;
  begin.publishes = static_cast<bool>(parts.spawn_sink);
  begin.republish_max = config.publisher.republish_max;
  begin.partitions = partitions;
  hosts.push_back(
    {link->name(),
     adopt(
       self->spawn(remote_host, remote_host_config{std::move(begin)}, link))});
}

void pipeline_state::spawn_partitions() {
  auto count = parts.writer_store->identity().partitions;
  host_of.resize(count);
  auto names = std::vector<std::string>(count);
  if (parts.share_out)
    for (auto& share : parts.share_out(count)) {
      spawn_remote_host(share.link, share.partitions);
      for (auto index : share.partitions) {
        host_of[index] = hosts.back().actor;
        names[index] = hosts.back().name;
      }
    }
  for (uint32_t index = 0; index < count; ++index) {
    auto& host = host_of[index];
    if (planted(domain::bug::pipeline_keeps_hosted))
      host = nullptr;
    if (host) {
      auto stands_for = remote_partition_config{};
      stands_for.index = index;
      stands_for.serial = ++stand_ins_total;
      stands_for.node = names[index];
      wallets.push_back(
        adopt(self->spawn(remote_wallet_partition, stands_for, host)));
      tokens.push_back(
        adopt(self->spawn(remote_token_partition, stands_for, host)));
      continue;
    }
    wallets.push_back(spawn_wallet_partition(index, false));
    tokens.push_back(spawn_token_partition(index, false));
  }
}

void pipeline_state::introduce_router() {
  auto links = std::make_shared<messages::router_links>();
  links->head = head;
  links->sequencer = sequencer;
  for (size_t i = 0; i < wallets.size(); ++i)
    if (!host_of[i]) {
      links->wallets.push_back(wallets[i]);
      links->tokens.push_back(tokens[i]);
    }
  for (auto& host : hosts)
    links->hosts.emplace_back(host.actor);
  links->publisher = publisher;
  links->tracer = tracer;
  self->send(router, messages::router_links_ptr{std::move(links)});
  introduce_publisher();
  introduce_inspector();
  for (auto& host : hosts)
    introduce_host(host.actor);
  for (auto& partition : wallets)
    self->send(partition, atom::start_v, head);
  for (auto& partition : tokens)
    self->send(partition, atom::start_v, head);
}

void pipeline_state::introduce_host(const messages::remote_host_actor& host) {
  auto told = std::make_shared<messages::remote_host_links>();
  told->router = router;
  told->market = market;
  self->send(host, messages::remote_host_links_ptr{std::move(told)});
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

void pipeline_state::start_backfill() {
  if (!parts.make_fetcher)
    return;
  fetcher = parts.make_fetcher();
  backfill = config.detached ? self->spawn<caf::detached>(
               actors::backfill, config.backfill, fetcher, parsers)
                             : self->spawn(actors::backfill, config.backfill,
                                           fetcher, parsers);
  adopt(backfill);
}

void pipeline_state::start_inbox() {
  if (!parts.make_inbox)
    return;
  auto payloads = parts.make_inbox();
  inbox = config.detached ? self->spawn<caf::detached>(
            actors::inbox, config.inbox, std::move(payloads), parsers)
                          : self->spawn(actors::inbox, config.inbox,
                                        std::move(payloads), parsers);
  adopt(inbox);
}

void pipeline_state::start_inspector() {
  inspector = adopt(self->spawn(actors::inspector, config.inspector));
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
  for (uint32_t i = 0; i < hosts.size(); ++i)
    add("remote-host", hosts[i].actor, i);
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
  if (move) {
    move->drained = true;
    return;
  }
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
  // Nodes come and go; whoever gives partitions to them takes care of that.
  auto host_is_lost = x.reason == caf::make_error(domain::errc::host_lost);
  // All is journaled: what that one had not stored is folded by the next start.
  auto all_is_journaled = draining || (move && move->drained);
  if (host_is_lost && stopping && all_is_journaled) {
    end_children([this] { finish({}); });
    return;
  }
  auto too_often = !host_is_lost && restarts.size() >= config.restarts_max;
  if (fatal || too_often || stopping) {
    end_children([this, err = x.reason] { finish(err); });
    return;
  }
  if (!host_is_lost)
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
  move = nullptr;
  while (!retired.empty())
    end_retired();
  replaced = {};
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
  hosts.clear();
  host_of.clear();
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
    [self](atom::rebalance) { self->state.handle_rebalance(); },
    [self](atom::leave) { self->state.end_retired(); },
    [self](atom::drained) { self->state.handle_drained(); },
    [self](const messages::source_failed& x) {
      self->state.handle_source_failed(x);
    },
    [self](atom::go) {
      if (!self->state.ended)
        self->state.start_generation();
    },
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
