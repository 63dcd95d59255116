#include "runtime/command_run.hpp"

#include "adapters/webhook/store_inbox.hpp"
#include "config/load.hpp"
#include "domain/base58.hpp"
#include "runtime/break_lines.hpp"
#include "runtime/cluster.hpp"
#include "runtime/cluster_node.hpp"
#include "runtime/console_routes.hpp"
#include "runtime/endpoint_watch.hpp"
#include "runtime/facts_reader.hpp"
#include "runtime/http_api.hpp"
#include "runtime/live_screen.hpp"
#include "runtime/log.hpp"
#include "runtime/node.hpp"
#include "runtime/open_store.hpp"
#include "runtime/price_feed.hpp"
#include "runtime/publishing.hpp"
#include "runtime/retry_letters.hpp"
#include "runtime/rpc_fetcher.hpp"
#include "runtime/simulated_source.hpp"
#include "runtime/stop_signals.hpp"
#include "runtime/store_upkeep.hpp"
#include "runtime/webhook_source.hpp"
#include "runtime/yellowstone_source.hpp"

#include <CLI/CLI.hpp>

#include <atomic>
#include <mutex>
#include <random>

namespace pumpscope::runtime {

namespace {

using clock = std::chrono::steady_clock;

/// How often the screen is drawn.
constexpr auto look_period = std::chrono::seconds{1};

/// How often a node that has the sequencer notices that it should end.
constexpr auto stop_look_period = std::chrono::milliseconds{50};

/// How often a node that stands by notices what it is asked.
constexpr auto standby_look_period = std::chrono::milliseconds{100};

constexpr std::string_view keys[] = {"store.url",
                                     "store.partitions",
                                     "store.durability",
                                     "store.cache-size",
                                     "store.schema",
                                     "store.connect-timeout",
                                     "store.statement-timeout",
                                     "store.lock-timeout",
                                     "store.patience",
                                     "store.upkeep-interval",
                                     "retention.trades",
                                     "source.endpoint",
                                     "source.mode",
                                     "source.standby-timeout",
                                     "source.standby-return",
                                     "source.x-token-file",
                                     "source.ca-file",
                                     "source.from-slot",
                                     "source.resume-slots",
                                     "source.backoff-min",
                                     "source.backoff-max",
                                     "source.keepalive-period",
                                     "source.keepalive-timeout",
                                     "source.message-size",
                                     "source.rpc",
                                     "source.rpc-rate",
                                     "source.rpc-parallel",
                                     "source.webhook",
                                     "redis.url",
                                     "redis.password-file",
                                     "redis.prefix",
                                     "redis.socketio",
                                     "redis.timeout",
                                     "redis.interval",
                                     "redis.board-interval",
                                     "redis.buffer-size",
                                     "redis.republish",
                                     "redis.tick-batches",
                                     "pipeline.threads",
                                     "pipeline.parsers",
                                     "pipeline.epoch-trades",
                                     "pipeline.epoch-interval",
                                     "pipeline.checkpoint-interval",
                                     "pipeline.dirty-entities",
                                     "pipeline.live-wallets",
                                     "pipeline.live-tokens",
                                     "pipeline.batches",
                                     "pipeline.epochs",
                                     "pipeline.pending-transactions",
                                     "pipeline.sealed-slots",
                                     "pipeline.gap-slots",
                                     "pipeline.gap-wait",
                                     "simulator.seed",
                                     "simulator.rate",
                                     "simulator.slots",
                                     "simulator.trades",
                                     "simulator.wallets",
                                     "simulator.tokens",
                                     "simulator.faults",
                                     "price.source",
                                     "price.poll-interval",
                                     "price.requests-per-second",
                                     "price.stale-after",
                                     "http.listen",
                                     "http.pages",
                                     "http.allowed-origins",
                                     "http.rate-limit",
                                     "http.trusted-proxies",
                                     "http.api-keys-file",
                                     "http.streams-max",
                                     "http.readers",
                                     "webhook.secret",
                                     "webhook.secret-file",
                                     "webhook.inbox-payloads",
                                     "webhook.inbox-size",
                                     "webhook.watermark",
                                     "webhook.hint-wait",
                                     "audit.keys-per-minute",
                                     "cluster.enabled",
                                     "cluster.name",
                                     "cluster.listen",
                                     "cluster.cert",
                                     "cluster.key",
                                     "cluster.ca",
                                     "cluster.ttl",
                                     "console.token",
                                     "console.token-file",
                                     "log.level"};

/// The console asks a node as long as both live.
class console_connection {
public:
  console_connection(console_link& link, console_node& node) : link_(link) {
    link_.set(&node);
  }

  ~console_connection() {
    link_.set(nullptr);
  }

  console_connection(const console_connection&) = delete;
  console_connection& operator=(const console_connection&) = delete;

private:
  console_link& link_;
};

class run_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "run";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "Run the node: stream, ledgers, candles, boards.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  outcome<void> run(const config::options& options) override {
    auto signals = stop_signals{};
    set_log_level(options.log.level);
    simulated_ = is_simulated(options);
    if (simulated_ && options.source.rpc)
      return refuse_usage("--rpc belongs to the chain of an --endpoint: the "
                          "built-in simulator has a chain of its own");
    // Made once now, so that wrong settings end the program with code 2.
    auto first = make_source(options);
    if (!first)
      return tl::unexpected{std::move(first.error())};
    source_ = std::move(*first);
    auto held = std::make_shared<std::atomic<uint64_t>>(0);
    auto opened = open_store(options.store, store_access::write,
                             config::durability::power_loss, held);
    if (!opened)
      return tl::unexpected{std::move(opened.error())};
    store_ = std::shared_ptr<messages::store>{std::move(*opened)};
    if (!options.cluster.enabled)
      if (auto alone = refuse_cluster(options); !alone)
        return alone;
    auto upkeep = store_upkeep{options, held};
    auto reader = checked(store_->reader());
    if (!reader)
      return tl::unexpected{std::move(reader.error())};
    // The pipeline has the first reader for itself.
    auto looker = checked((*reader)->reader());
    if (!looker)
      return tl::unexpected{std::move(looker.error())};
    auto auditing = checked((*reader)->reader());
    if (!auditing)
      return tl::unexpected{std::move(auditing.error())};
    auto parts = actors::pipeline_parts{};
    parts.writer_store = store_;
    parts.reader_store = std::move(*reader);
    parts.auditor_store = std::move(*auditing);
    if (options.http.listen) {
      auto inspecting = checked(parts.reader_store->reader());
      if (!inspecting)
        return tl::unexpected{std::move(inspecting.error())};
      parts.console_store = std::move(*inspecting);
    }
    parts.make_source = [this, &options] { return next_source(options); };
    parts.retry_letters = tell_retry;
    auto identity = store_->identity();
    auto config = pipeline_config(options, identity.partitions);
    if (options.http.listen)
      hub_ = make_hub();
    if (auto added = add_publishing(options.redis, identity, name(), hub_,
                                    config, parts);
        !added)
      return added;
    if (options.source.rpc)
      parts.make_fetcher = [this, &options] { return next_fetcher(options); };
    if (options.source.webhook != config::webhook_mode::off) {
      auto view = checked(store_->open_inbox());
      if (!view)
        return tl::unexpected{std::move(view.error())};
      // One generation ends before the next one begins.
      parts.make_inbox
        = [view = std::shared_ptr<messages::store>{std::move(*view)}] {
            return std::make_shared<webhook::store_inbox>(view);
          };
    }
    if (options.http.listen) {
      auto asked = http_parts{hub_, queries_, routes_of_console(options),
                              forwarder_};
      auto api = http_api::start(options, *store_, std::move(asked));
      if (!api)
        return tl::unexpected{std::move(api.error())};
      api_ = std::move(*api);
      health_.webhook = options.source.webhook;
      health_.source = simulated_                         ? "simulator"
                       : options.source.endpoints.empty() ? "webhook"
                                                          : "stream";
      api_->set_health(health_);
      facts_.emplace(simulated_, source_->name());
      api_->set_facts(facts_->read(**looker, nullptr));
    }
    announce(options);
    price_ = price_feed{options.price, options.redis};
    config.sequencer.sol_usd_micros_at = price_.known_at();
    config.auditor.keys_per_minute = options.audit.keys_per_minute;
    config.auditor.seed = std::random_device{}();
    config.auditor.on_incident = tell_incident;
    config.partition.on_incident = tell_incident;
    config.sequencer.breaks.opens = true;
    config.sequencer.on_break
      = [lines = std::make_shared<break_lines>()](const auto& x) {
          if (auto line = lines->line_of(x))
            warning_line("run: " + *line);
        };
    if (options.cluster.enabled) {
      auto ended = take_turns(options, config, parts, **looker,
                              signals.token());
      cluster_ = nullptr;
      return ended;
    }
    return follow(std::move(config), std::move(parts), options.pipeline.threads,
                  **looker, signals.token());
  }

private:
  static bool is_simulated(const config::options& options) {
    return options.source.endpoints.empty()
           && options.source.webhook != config::webhook_mode::only;
  }

  [[nodiscard]] static outcome<std::shared_ptr<messages::source>>
  make_source(const config::options& options) {
    if (options.source.webhook == config::webhook_mode::only)
      return std::shared_ptr<messages::source>{make_webhook_source()};
    if (options.source.endpoints.empty())
      return std::shared_ptr<messages::source>{
        make_simulated_source(options.simulator, options.source.resume_slots)};
    return make_yellowstone_source(options.source);
  }

  /// The page of the console and what it shows.
  [[nodiscard]] std::vector<http::route>
  routes_of_console(const config::options& options) const {
    auto settings = console_settings{};
    settings.token = options.console.token;
    settings.log = [](const std::string& line) { info_line("run: " + line); };
    auto result = console_routes(console_, std::move(settings));
    result.push_back(nodes_route(forwarder_));
    auto page = console_page_routes();
    result.insert(result.end(), page.begin(), page.end());
    return result;
  }

  /// A source for one generation of the pipeline; the first one is ready.
  std::shared_ptr<messages::source>
  next_source(const config::options& options) {
    auto lock = std::lock_guard{mutex_};
    if (std::exchange(source_taken_, true))
      if (auto made = make_source(options))
        source_ = std::move(*made);
    return source_;
  }

  std::shared_ptr<messages::block_fetcher>
  next_fetcher(const config::options& options) {
    auto lock = std::lock_guard{mutex_};
    fetcher_ = make_rpc_fetcher(options.source);
    return fetcher_;
  }

  void announce(const config::options& options) const {
    auto text = std::string{"run: store "} + config::to_text(options.store.url);
    if (simulated_)
      text += ", source: the built-in simulator, all trades are SIMULATED "
              "(--endpoint URL for a real stream)";
    else if (options.source.webhook == config::webhook_mode::only)
      text += ", source: webhooks only: slots are sealed by time, so "
              "completeness cannot be proven";
    else
      text += ", source: " + source_text(options.source);
    if (options.source.webhook == config::webhook_mode::hint)
      text += ", webhooks beside it";
    if (api_)
      text += ", http://" + api_->address()
              + (api_->is_elsewhere() ? " (port 8080 is taken)" : "")
              + (api_->has_pages() ? "" : ", without pages");
    if (options.redis.url)
      text += ", publishing to " + config::to_text(*options.redis.url);
    if (options.source.rpc)
      text += ", missing blocks from " + config::to_text(*options.source.rpc);
    info_line(text);
  }

  static std::string source_text(const config::source_options& x) {
    auto result = std::string{};
    for (const auto& endpoint : x.endpoints)
      result += (result.empty() ? "" : ", ") + config::to_text(endpoint);
    if (x.endpoints.size() == 1)
      return result;
    auto parallel = x.mode == config::endpoint_mode::parallel;
    return (parallel ? "in parallel " : "one at a time ") + result;
  }

  static void tell_retry(messages::store& store,
                         const messages::head_row& head) {
    auto report = retry_letters(store, head, {});
    if (report)
      info_line("run: dead letters were decoded again: " + to_json(*report));
    else
      warning_line("run: dead letters: " + report.error().what);
  }

  static void tell_incident(const messages::audit_row& x) {
    auto kind = x.kind == messages::projection::wallet ? "wallet " : "token ";
    warning_line("run: audit: " + x.what + "; it is folded again, " + kind
                 + domain::to_string(x.key));
  }

  /// A node alone must not take the store of nodes that live.
  static outcome<void> refuse_cluster(const config::options& options) {
    if (options.store.url.kind != config::store_kind::postgres)
      return {};
    auto view = view_cluster(options);
    if (!view)
      return tl::unexpected{std::move(view.error())};
    auto names = std::string{};
    for (auto& x : view->members)
      if (x.alive)
        names += (names.empty() ? "" : ", ") + x.self.name;
    if (names.empty())
      return {};
    return fail("the store belongs to living nodes (" + names
                + "): join them with --cluster, or end them first");
  }

  /// Runs the pipeline whenever this node has the sequencer, and stands by
  /// else.
  outcome<void>
  take_turns(const config::options& options, actors::pipeline_config config,
             actors::pipeline_parts parts, messages::store& looker,
             const std::stop_token& stop) {
    auto joined = cluster_node::join(options, api_ ? api_->address() : "",
                                     api_ ? api_->local_routes() : nullptr,
                                     forwarder_, config, parts, stop);
    if (!joined)
      return joined.error().what.empty()
               ? outcome<void>{}
               : tl::unexpected{std::move(joined.error())};
    cluster_ = std::move(*joined);
    auto& seat = cluster_->seat();
    info_line("run: node " + seat.self().name + " of a cluster, standing by");
    health_.role = "standby";
    cluster_->begin_standby();
    auto told_at = clock::time_point{};
    while (!stop.stop_requested() && !seat.draining()) {
      if (seat.name_is_lost())
        return name_lost();
      if (clock::now() - told_at >= look_period) {
        tell_health(looker, false);
        told_at = clock::now();
        cluster_->look();
      }
      auto fence = seat.wait_for_term(standby_look_period);
      if (!fence)
        continue;
      info_line("run: node " + seat.self().name + " has the sequencer");
      health_.role = "sequencer";
      cluster_->end_standby();
      config.writer.held_fence = *fence;
      auto ended = follow(config, parts, options.pipeline.threads, looker,
                          stop);
      if (ended || !lost_the_store_)
        return ended;
      warning_line("run: another owner took the store over: standing by");
      health_.role = "standby";
      seat.term_was_lost();
      forget_term();
      cluster_->begin_standby();
    }
    cluster_->give_partitions_away();
    info_line("run: ended");
    return {};
  }

  /// What came of the pipeline counts no more: whoever follows it here comes
  /// back, and follows that of another node.
  void forget_term() {
    {
      auto lock = std::lock_guard{mutex_};
      status_ = nullptr;
    }
    if (!api_)
      return;
    api_->set_status(nullptr);
    hub_->end_all();
  }

  [[nodiscard]] outcome<void> name_lost() const {
    return fail("another node is called " + cluster_->seat().self().name
                + " by now, because this one was silent for too long");
  }

  outcome<void> follow(actors::pipeline_config config,
                       actors::pipeline_parts parts, uint32_t threads,
                       messages::store& looker, const std::stop_token& stop) {
    auto screen = live_screen{};
    auto move = node::mover{};
    if (cluster_)
      move = [this](uint32_t partition, const std::string& to) {
        return cluster_->move(partition, to);
      };
    auto running = node{std::move(config), std::move(parts), threads, queries_,
                        std::move(move)};
    auto linked = console_connection{*console_, running.console()};
    auto stopping = false;
    auto ends = [&] {
      return stop.stop_requested() || running.draining()
             || (cluster_
                 && (cluster_->seat().draining()
                     || cluster_->seat().name_is_lost()));
    };
    auto looked_at = clock::now();
    while (!running.wait(stop_look_period)) {
      if (ends()) {
        if (!std::exchange(stopping, true)) {
          if (cluster_)
            cluster_->seat().retire();
          running.stop();
          tell_health(looker, false);
        }
        continue;
      }
      if (clock::now() - looked_at < look_period)
        continue;
      looked_at = clock::now();
      if (cluster_) {
        cluster_->look();
        if (cluster_->should_rebalance())
          running.rebalance();
      }
      if (!screen.interactive())
        tell_trouble();
      tell_health(looker, !stopping);
      if (screen.is_due())
        screen.show(running, looker, source_view());
    }
    screen.clear();
    auto ended = running.result();
    lost_the_store_ = !ended && running.lost_its_store();
    if (!ended)
      return tl::unexpected{std::move(ended.error())};
    if (cluster_ && cluster_->seat().name_is_lost())
      return name_lost();
    info_line("run: ended, everything is stored");
    return {};
  }

  /// Writes a line when webhooks begin to be refused, and when they are taken
  /// again.
  void tell_webhook_trouble() {
    if (!api_)
      return;
    auto x = api_->webhooks();
    auto malformed = x.malformed_entries;
    if (malformed != std::exchange(malformed_told_, malformed))
      warning_line("run: webhooks: " + std::to_string(malformed)
                   + " entries so far are no transactions");
    auto refused = x.full + x.busy + x.failed;
    auto refusing = refused != std::exchange(webhooks_refused_, refused);
    if (refusing == std::exchange(webhooks_refusing_, refusing))
      return;
    if (refusing)
      warning_line("run: webhooks are answered 503: " + std::to_string(x.full)
                   + " found the inbox full, " + std::to_string(x.busy)
                   + " too many waiting, " + std::to_string(x.failed)
                   + " the store away");
    else
      info_line("run: webhooks are taken again");
  }

  /// Keeps `/readyz` up to date.
  void tell_health(messages::store& looker, bool running) {
    if (!api_)
      return;
    auto head = looker.read_head();
    health_.ready = (running || (cluster_ && cluster_->answers_by_others()))
                    && head;
    if (head)
      health_.sealed_slot = head->sealed_slot;
    if (health_.webhook != config::webhook_mode::off)
      if (auto size = looker.read_inbox_size())
        health_.inbox = *size;
    api_->set_health(health_);
    auto status = messages::pipeline_status_ptr{};
    {
      auto lock = std::lock_guard{mutex_};
      status = status_;
    }
    api_->set_facts(facts_->read(looker, status.get()));
    ask_status();
  }

  /// Has the counters of all actors told, without waiting for them.
  void ask_status() {
    queries_->status(
      [this](
        const tl::expected<messages::pipeline_status_ptr, query_failure>& x) {
        if (!x)
          return;
        auto lock = std::lock_guard{mutex_};
        status_ = *x;
        api_->set_status(*x);
      });
  }

  /// Writes a line when a source gets into trouble, and when it is out of it:
  /// the regular line would come seconds later.
  void tell_trouble() {
    tell_webhook_trouble();
    auto price_trouble = price_.trouble();
    if (price_trouble.empty() != price_trouble_.empty()) {
      if (price_trouble.empty())
        info_line("run: the SOL/USD rate is known again");
      else
        warning_line("run: " + price_trouble + "; trying again");
      price_trouble_ = price_trouble;
    }
    auto lock = std::lock_guard{mutex_};
    for (auto& line : watch_.lines(source_->endpoints()))
      warning_line("run: " + line);
    if (auto missing = fetcher_ ? fetcher_->last_error() : std::string{};
        missing.empty() != fetch_trouble_.empty()) {
      fetch_trouble_ = missing;
      if (!missing.empty())
        warning_line("run: missing blocks: " + missing);
    }
    auto trouble = source_->last_error();
    if (trouble.empty() == trouble_.empty())
      return;
    trouble_ = trouble;
    if (trouble.empty())
      info_line("run: receiving from " + source_->name() + " again");
    else
      warning_line("run: " + trouble + "; trying again");
  }

  /// What of the source is shown.
  live_view source_view() {
    auto result = live_view{};
    result.simulated = simulated_;
    auto lock = std::lock_guard{mutex_};
    result.source = source_->name();
    result.trouble = source_->last_error();
    result.endpoints = source_->endpoints();
    return result;
  }

  bool simulated_ = false;
  /// What the server of HTTP asks; null where nothing is served.
  std::shared_ptr<hub::hub> hub_;
  std::shared_ptr<live_queries> queries_ = std::make_shared<live_queries>();
  std::shared_ptr<messages::store> store_;
  /// Guards source and fetcher: a restart of the pipeline replaces them.
  std::mutex mutex_;
  std::shared_ptr<messages::source> source_;
  bool source_taken_ = false;
  std::shared_ptr<messages::block_fetcher> fetcher_;
  std::string fetch_trouble_;
  /// What the source's trouble was when a line told about it.
  std::string trouble_;
  endpoint_watch watch_;
  price_feed price_;
  /// The same for the price endpoint.
  std::string price_trouble_;
  node_health health_;
  /// We among other nodes; null = we are alone.
  std::unique_ptr<cluster_node> cluster_;
  std::shared_ptr<forwarder> forwarder_ = std::make_shared<forwarder>();
  /// The last term ended because somebody took the store over.
  bool lost_the_store_ = false;
  /// Only where something is served.
  std::optional<facts_reader> facts_;
  /// The counters that were told last; guarded by the mutex.
  messages::pipeline_status_ptr status_;
  uint64_t malformed_told_ = 0;
  uint64_t webhooks_refused_ = 0;
  bool webhooks_refusing_ = false;
  /// The way from the routes to the node, which comes and goes.
  std::shared_ptr<console_link> console_ = std::make_shared<console_link>();
  /// Null where nothing is served. Its view of the store goes before the store.
  std::unique_ptr<http_api> api_;
};

} // namespace

command_ptr make_run_command() {
  return std::make_unique<run_command>();
}

} // namespace pumpscope::runtime
