#include "runtime/node.hpp"

#include "runtime/foreign_spawn.hpp"
#include "runtime/log.hpp"
#include "runtime/node_system.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <future>

namespace pumpscope::runtime {

namespace {

using messages::pipeline_status_ptr;

/// How long a pipeline may take to tell its counters.
constexpr auto answer_timeout = std::chrono::seconds{10};

/// A server that goes takes the connections of readers along; that is no fault
/// of ours that would come again and again.
constexpr uint32_t server_restarts_max = 30;

/// How often the writer tries before patience is over.
uint32_t retries_for(std::chrono::milliseconds patience,
                     const actors::store_writer_config& writer) {
  return static_cast<uint32_t>(
    std::max<int64_t>(writer.retries_max, patience / writer.retry_period_max));
}

/// Tells the operator why a node stands still.
void tell_store_trouble(const std::string& what) {
  if (what.empty())
    info_line("store: takes writes again");
  else
    warning_line("store: " + what + "; trying again");
}

/// The text that an actor gave with its error, else the error's own.
std::string text_of(const caf::error& x) {
  const auto& context = x.context();
  if (context.match_elements<std::string>())
    return context.get_as<std::string>(0);
  if (x.category() == caf::atom("pumpscope"))
    return domain::to_string(static_cast<domain::errc>(x.code()));
  if (x == caf::sec::request_timeout)
    return "no answer in time";
  if (x == caf::sec::request_receiver_down)
    return "the actors have ended";
  return "an actor ended unexpectedly (" + std::to_string(x.code()) + ")";
}

} // namespace

struct node::impl : console_node {
  impl(actors::pipeline_config config, actors::pipeline_parts parts,
       uint32_t threads, std::shared_ptr<live_queries> asked, mover moves)
    : system_settings{thread_count(threads)},
      system{system_settings},
      self{system},
      pipeline{
        system.spawn(actors::pipeline, std::move(config), std::move(parts))},
      queries{std::move(asked)},
      mover{std::move(moves)} {
    if (queries)
      queries->connect(system, pipeline);
    auto promise
      = std::make_shared<std::promise<outcome<pipeline_status_ptr>>>();
    end = promise->get_future();
    waiter = system.spawn(
      [this, hdl = pipeline, promise](caf::event_based_actor* x) {
        // The pipeline answers when it ends; a node runs for months.
        x->request(hdl, caf::infinite, atom::start_v)
          .then(
            [promise](const pipeline_status_ptr& status) {
              promise->set_value(status);
            },
            [this, promise](caf::error& err) {
              fenced = err == caf::make_error(domain::errc::fenced);
              promise->set_value(fail(text_of(err)));
            });
      });
  }

  ~impl() override {
    if (queries)
      queries->disconnect();
    caf::anon_send_exit(waiter, caf::exit_reason::kill);
    caf::anon_send_exit(pipeline, caf::exit_reason::user_shutdown);
  }

  /// Asks the pipeline and waits for the answer.
  template <class Answer, class... Ts>
  outcome<Answer> ask(Ts... xs) {
    auto result = outcome<Answer>{fail("no answer")};
    self->request(pipeline, answer_timeout, std::move(xs)...)
      .receive([&result](const Answer& x) { result = x; },
               [&result](caf::error& err) { result = fail(text_of(err)); });
    return result;
  }

  /// Asks the pipeline by way of an actor that ends with the answer.
  template <class Answer, class Question>
  void ask_later(const Question& x, reply<Answer> done) {
    auto question = [hdl = pipeline, x,
                     done = std::move(done)](caf::event_based_actor* asker) {
      asker->request(hdl, answer_timeout, x)
        .then([done](const Answer& answer) { done(answer); },
              [done](caf::error& err) { done(fail(text_of(err))); });
    };
    spawn_from_any_thread(system, std::move(question));
  }

  void look(reply<messages::console_look_ptr> done) override {
    ask_later(messages::get_look{}, std::move(done));
  }

  void sample(const messages::get_sample& x,
              reply<messages::entity_sample_ptr> done) override {
    ask_later(x, std::move(done));
  }

  void troubles(reply<messages::troubles_ptr> done) override {
    ask_later(messages::get_troubles{}, std::move(done));
  }

  void find(const messages::find_key& x,
            reply<messages::found_key_ptr> done) override {
    ask_later(x, std::move(done));
  }

  void trace(const messages::find_trace& x,
             reply<messages::found_trace_ptr> done) override {
    ask_later(x, std::move(done));
  }

  void refold(messages::projection kind, const domain::pubkey& key) override {
    caf::anon_send(pipeline, messages::repair_wanted{kind, key});
  }

  void retry_letters() override {
    caf::anon_send(pipeline, atom::retry_v);
  }

  std::string move(uint32_t partition, const std::string& to) override {
    if (!mover)
      return "this node gives no partitions to others";
    auto refused = mover(partition, to);
    if (refused.empty())
      rebalance();
    return refused;
  }

  void rebalance() {
    caf::anon_send(pipeline, atom::rebalance_v);
  }

  void drain() override {
    draining = true;
    caf::anon_send(pipeline, atom::stop_v);
  }

  std::atomic<bool> draining = false;
  std::atomic<bool> fenced = false;
  node_system_config system_settings;
  caf::actor_system system;
  caf::scoped_actor self;
  messages::pipeline_actor pipeline;
  std::shared_ptr<live_queries> queries;
  node::mover mover;
  caf::actor waiter;
  std::future<outcome<pipeline_status_ptr>> end;
};

actors::pipeline_config pipeline_config(const config::options& options,
                                        uint32_t partitions) {
  const auto& x = options.pipeline;
  auto result = actors::pipeline_config{};
  result.parsers = thread_count(x.parsers != 0 ? x.parsers : x.threads);
  result.resume_slots = options.source.resume_slots;
  auto& sequencer = result.sequencer;
  sequencer.epoch_rows_max = x.epoch_trades;
  sequencer.epoch_period = x.epoch_interval;
  sequencer.epochs_max = x.epochs_max;
  sequencer.batches_max = x.batches_max;
  sequencer.sealer.gap_slots = x.gap_slots_max;
  sequencer.sealer.recent_slots = x.sealed_slots_kept;
  sequencer.gap_wait = x.gap_wait;
  sequencer.sealer.pending_transactions_max = x.pending_transactions_max;
  auto share = [partitions](uint64_t whole) {
    return std::max<size_t>(1, whole / partitions);
  };
  sequencer.sealer.without_stream = options.source.webhook
                                    == config::webhook_mode::only;
  sequencer.seal_wait = options.webhook.watermark;
  sequencer.hint_wait = options.webhook.hint_wait;
  result.writer.on_trouble = tell_store_trouble;
  result.partition.checkpoint_period = x.checkpoint_interval;
  result.partition.live_max = share(x.live_wallets_max);
  if (options.store.url.kind == config::store_kind::postgres) {
    result.writer.retries_max = retries_for(options.store.patience,
                                            result.writer);
    result.restarts_max = server_restarts_max;
  }
  result.partition.dirty_max = share(x.dirty_max);
  result.tokens_live_max = share(x.live_tokens_max);
  return result;
}

node::node(actors::pipeline_config config, actors::pipeline_parts parts,
           uint32_t threads, std::shared_ptr<live_queries> queries, mover move)
  : impl_(std::make_unique<impl>(std::move(config), std::move(parts), threads,
                                 std::move(queries), std::move(move))) {
  // nop
}

node::~node() = default;

bool node::wait(std::chrono::milliseconds timeout) {
  return impl_->end.wait_for(timeout) == std::future_status::ready;
}

void node::stop() {
  impl_->self->send(impl_->pipeline, atom::stop_v);
}

outcome<pipeline_status_ptr> node::result() {
  return impl_->end.get();
}

outcome<pipeline_status_ptr> node::status() {
  return impl_->ask<pipeline_status_ptr>(atom::get_v);
}

outcome<messages::board_ptr> node::board(const messages::get_board& request) {
  return impl_->ask<messages::board_ptr>(request);
}

outcome<messages::market_ptr>
node::market(const messages::get_market& request) {
  return impl_->ask<messages::market_ptr>(request);
}

console_node& node::console() {
  return *impl_;
}

bool node::lost_its_store() const {
  return impl_->fenced;
}

void node::rebalance() {
  impl_->rebalance();
}

bool node::draining() const {
  return impl_->draining;
}

} // namespace pumpscope::runtime
