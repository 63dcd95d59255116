#include "runtime/command_gaps.hpp"

#include "runtime/backfill_source.hpp"
#include "runtime/json_text.hpp"
#include "runtime/node.hpp"
#include "runtime/open_store.hpp"
#include "runtime/output.hpp"
#include "runtime/rpc_fetcher.hpp"
#include "runtime/stop_signals.hpp"

#include <CLI/CLI.hpp>

#include <mutex>

namespace pumpscope::runtime {

namespace {

using clock = std::chrono::steady_clock;

/// How often a stop is noticed, and how often a line tells how far it is.
constexpr auto look_period = std::chrono::milliseconds{200};
constexpr auto line_period = std::chrono::seconds{10};

constexpr std::string_view keys[]
  = {"store.url",           "store.durability",      "store.cache-size",
     "store.schema",        "store.connect-timeout", "store.statement-timeout",
     "store.lock-timeout",  "store.patience",        "source.rpc",
     "source.rpc-rate",     "source.rpc-parallel",   "source.ca-file",
     "source.message-size", "pipeline.threads",      "pipeline.live-wallets",
     "pipeline.live-tokens"};

/// What `gaps fill` did.
struct fill_report {
  uint64_t gaps = 0;
  uint64_t open = 0;
  /// Open gaps that nobody can fill any more; not among the others.
  uint64_t below_retention = 0;
  uint64_t trades = 0;
  uint64_t token_events = 0;
  uint64_t dead_letters = 0;
  actors::slot_filler_counters slots = {};
  messages::fetch_counters fetched = {};
  std::chrono::milliseconds elapsed = std::chrono::milliseconds{0};

  [[nodiscard]] std::string json() const {
    return json_object{}
      .number("gaps", gaps)
      .number("gaps_filled", gaps - open)
      .number("gaps_open", open)
      .number("gaps_below_retention", below_retention)
      .number("blocks", slots.slots)
      .number("slots_without_block", slots.slots_without_block)
      .number("transactions", slots.transactions)
      .number("trades", trades)
      .number("token_events", token_events)
      .number("dead_letters", dead_letters)
      .number("requests", fetched.requests)
      .number("retries", fetched.retries)
      .number("rate_limited", fetched.rate_limited)
      .number("malformed_answers", fetched.malformed)
      .number("bytes", fetched.bytes)
      .number("elapsed_ms", static_cast<uint64_t>(elapsed.count()))
      .str();
  }

  [[nodiscard]] std::string text() const {
    auto n = [](uint64_t x) { return std::to_string(x); };
    return n(gaps - open) + " of " + n(gaps) + " gaps filled: " + n(slots.slots)
           + " blocks, " + n(trades) + " trades, " + n(token_events)
           + " token events; " + n(fetched.requests) + " requests, "
           + n(fetched.retries) + " repeated, " + n(elapsed.count()) + " ms";
  }
};

class gaps_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "gaps";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "List the ranges of slots that the journal lacks, or fetch them.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  void declare(CLI::App& app) override {
    app
      .add_option("ACTION", action_,
                  "list, or fill: fetch the blocks of all open gaps from --rpc")
      ->required()
      ->check(CLI::IsMember({"list", "fill"}));
    app.add_flag("--all", all_, "list: filled gaps too.");
    app.add_flag("--json", json_,
                 "fill: print what was done as one line of JSON.");
  }

  outcome<void> run(const config::options& options) override {
    if (action_ == "list")
      return list(options);
    if (all_)
      return refuse_usage("--all belongs to list");
    if (!options.source.rpc)
      return refuse_usage("fill needs --rpc URL: where the blocks come from");
    return fill(options);
  }

private:
  [[nodiscard]] outcome<void> list(const config::options& options) const {
    auto store = open_store(options.store, store_access::read);
    if (!store)
      return tl::unexpected{std::move(store.error())};
    auto rows = checked((*store)->load_gaps(!all_));
    if (!rows)
      return tl::unexpected{std::move(rows.error())};
    auto retention = checked((*store)->read_retention());
    if (!retention)
      return tl::unexpected{std::move(retention.error())};
    auto out = output{};
    for (const auto& x : *rows)
      out.write(json_object{}
                  .number("from_slot", x.from_slot)
                  .number("to_slot", x.to_slot)
                  .signed_number("opened_at", x.opened_at)
                  .text("reason", x.reason)
                  .flag("filled", x.filled)
                  .flag("below_retention", x.to_slot < retention->start_slot)
                  .str()
                + "\n");
    return out.finish();
  }

  outcome<void> fill(const config::options& options) {
    auto signals = stop_signals{};
    auto opened = open_store(options.store, store_access::write_existing,
                             config::durability::process_crash);
    if (!opened)
      return tl::unexpected{std::move(opened.error())};
    auto store = std::shared_ptr<messages::store>{std::move(*opened)};
    auto gaps = checked(store->load_gaps(true));
    if (!gaps)
      return tl::unexpected{std::move(gaps.error())};
    auto retention = checked(store->read_retention());
    if (!retention)
      return tl::unexpected{std::move(retention.error())};
    auto report = fill_report{};
    report.below_retention = std::erase_if(
      *gaps, [&](const auto& x) { return x.to_slot < retention->start_slot; });
    report.gaps = gaps->size();
    if (!gaps->empty())
      if (auto done = run_pipeline(options, store, *gaps, signals.token(),
                                   report);
          !done)
        return done;
    auto out = output{};
    out.write((json_ ? report.json() : report.text()) + "\n");
    if (auto written = out.finish(); !written)
      return written;
    if (signals.token().stop_requested())
      return fail("stopped by a signal; run it again to go on");
    if (report.below_retention != 0)
      return fail(std::to_string(report.below_retention)
                  + " gaps lie below slot "
                  + std::to_string(retention->start_slot)
                  + ", where the journal has dropped its rows "
                    "(retention.trades): they cannot be filled any more");
    if (report.open == 0)
      return {};
    auto why = source_ ? source_->last_error() : std::string{};
    return fail(std::to_string(report.open) + " gaps are still open"
                + (why.empty() ? "" : "; last: " + why));
  }

  outcome<void> run_pipeline(const config::options& options,
                             const std::shared_ptr<messages::store>& store,
                             const std::vector<messages::gap_row>& gaps,
                             const std::stop_token& stop, fill_report& report) {
    auto ranges = ranges_to_fetch(*store, gaps);
    if (!ranges)
      return tl::unexpected{std::move(ranges.error())};
    auto reader = checked(store->reader());
    if (!reader)
      return tl::unexpected{std::move(reader.error())};
    auto parts = actors::pipeline_parts{};
    parts.writer_store = store;
    parts.reader_store = std::move(*reader);
    parts.make_source = [this, &options, &ranges] {
      auto lock = std::lock_guard{mutex_};
      source_ = std::make_shared<backfill_source>(
        make_rpc_fetcher(options.source), *ranges);
      return source_;
    };
    auto start = clock::now();
    auto config = pipeline_config(options, store->identity().partitions);
    // Blocks are waited for as long as the fetcher does.
    config.sequencer.gap_wait = {};
    auto status = follow(std::move(config), std::move(parts),
                         options.pipeline.threads, stop);
    if (!status)
      return tl::unexpected{std::move(status.error())};
    auto left = checked(store->load_gaps(true));
    if (!left)
      return tl::unexpected{std::move(left.error())};
    report.open = left->size() - report.below_retention;
    report.trades = (*status)->trades;
    report.token_events = (*status)->token_events;
    report.dead_letters = (*status)->dead_letters;
    report.slots = source_->counters();
    report.fetched = source_->fetched();
    report.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
      clock::now() - start);
    return {};
  }

  outcome<messages::pipeline_status_ptr>
  follow(actors::pipeline_config config, actors::pipeline_parts parts,
         uint32_t threads, const std::stop_token& stop) {
    auto running = node{std::move(config), std::move(parts), threads};
    auto stopping = false;
    auto line_at = clock::now();
    while (!running.wait(look_period)) {
      if (stop.stop_requested() && !std::exchange(stopping, true))
        running.stop();
      if (clock::now() - line_at < line_period)
        continue;
      line_at = clock::now();
      tell_progress();
    }
    return running.result();
  }

  void tell_progress() {
    auto lock = std::lock_guard{mutex_};
    if (!source_)
      return;
    auto done = source_->fetched();
    auto trouble = source_->last_error();
    std::fprintf(stderr, "gaps: %llu blocks fetched%s%s\n",
                 static_cast<unsigned long long>(done.blocks),
                 trouble.empty() ? "" : "; ", trouble.c_str());
  }

  std::string action_;
  bool all_ = false;
  bool json_ = false;
  /// Guards the source: a restart of the pipeline replaces it.
  std::mutex mutex_;
  std::shared_ptr<backfill_source> source_;
};

} // namespace

command_ptr make_gaps_command() {
  return std::make_unique<gaps_command>();
}

} // namespace pumpscope::runtime
