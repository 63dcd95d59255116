#include "runtime/command_replay.hpp"

#include "runtime/file_source.hpp"
#include "runtime/node.hpp"
#include "runtime/open_store.hpp"
#include "runtime/output.hpp"
#include "runtime/publishing.hpp"
#include "runtime/replay_report.hpp"
#include "runtime/stop_signals.hpp"
#include "runtime/store_upkeep.hpp"
#include "runtime/terminal.hpp"

#include <CLI/CLI.hpp>

namespace pumpscope::runtime {

namespace {

using clock = std::chrono::steady_clock;

/// How often the bar is drawn, and a stop is noticed.
constexpr auto look_period = std::chrono::milliseconds{200};

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
                                     "pipeline.gap-slots"};

std::chrono::milliseconds since(clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock::now()
                                                               - start);
}

class replay_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "replay";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "Send recordings or RPC JSON through the pipeline, as fast as it "
           "goes.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  void declare(CLI::App& app) override {
    app
      .add_option("FILE", paths_,
                  "Recordings (.geyser, .geyser.zst) or RPC JSON, in order.")
      ->required();
    app.add_flag("--json", json_, "Print the summary as one line of JSON.");
  }

  outcome<void> run(const config::options& options) override {
    auto files = look_at_inputs(paths_);
    if (!files)
      return tl::unexpected{std::move(files.error())};
    for (const auto& x : *files)
      if (x.kind == input_kind::event_json)
        return refuse_usage(x.path
                            + ": single events have no place in a "
                              "block and cannot be replayed; see "
                              "`pumpscope decode`");
    auto signals = stop_signals{};
    auto held = std::make_shared<std::atomic<uint64_t>>(0);
    auto opened = open_store(options.store, store_access::write,
                             config::durability::process_crash, held);
    if (!opened)
      return tl::unexpected{std::move(opened.error())};
    auto store = std::shared_ptr<messages::store>{std::move(*opened)};
    auto upkeep = store_upkeep{options, held};
    auto reader = checked(store->reader());
    if (!reader)
      return tl::unexpected{std::move(reader.error())};
    auto parts = actors::pipeline_parts{};
    parts.writer_store = store;
    parts.reader_store = std::move(*reader);
    parts.make_source = [this, files = std::move(*files)] {
      source_ = make_file_source(files);
      return source_;
    };
    auto start = clock::now();
    auto config = pipeline_config(options, store->identity().partitions);
    // A recording is waited for in slots: its pace says nothing.
    config.sequencer.gap_wait = {};
    if (auto added = add_publishing(options.redis, store->identity(), name(),
                                    {}, config, parts);
        !added)
      return added;
    auto status = follow(std::move(config), std::move(parts),
                         options.pipeline.threads, signals.token());
    if (!status)
      return tl::unexpected{std::move(status.error())};
    // A recording that spans months is over before the next regular time.
    upkeep.finish();
    auto report = replay_report{};
    report.status = **status;
    report.elapsed = since(start);
    if (auto done = print(*store, report); !done)
      return done;
    if (signals.token().stop_requested())
      return fail("stopped by a signal; run it again to go on");
    if (source_ && !source_->last_error().empty())
      return fail(source_->last_error());
    return {};
  }

private:
  /// Runs the pipeline to its end and draws how far it is.
  outcome<messages::pipeline_status_ptr>
  follow(actors::pipeline_config config, actors::pipeline_parts parts,
         uint32_t threads, const std::stop_token& stop) {
    auto screen = terminal{};
    auto start = clock::now();
    auto running = node{std::move(config), std::move(parts), threads};
    auto stopping = false;
    while (!running.wait(look_period)) {
      if (stop.stop_requested() && !std::exchange(stopping, true))
        running.stop();
      if (!screen.interactive())
        continue;
      // A pipeline that is too busy to answer is drawn the next time.
      if (auto status = running.status())
        screen.draw(
          render_progress({(*status)->bytes_read, (*status)->bytes_total,
                           (*status)->trades, since(start)},
                          screen.width()));
    }
    return running.result();
  }

  outcome<void> print(messages::store& store, replay_report& report) const {
    auto counts = checked(store.counts());
    if (!counts)
      return tl::unexpected{std::move(counts.error())};
    auto head = checked(store.read_head());
    if (!head)
      return tl::unexpected{std::move(head.error())};
    report.store = *counts;
    report.head = *head;
    measure_process(report);
    auto out = output{};
    out.write(json_ ? to_json(report) + "\n" : to_text(report));
    return out.finish();
  }

  std::vector<std::string> paths_;
  bool json_ = false;
  /// The source of the last generation: knows whether a file was torn.
  std::shared_ptr<messages::source> source_;
};

} // namespace

command_ptr make_replay_command() {
  return std::make_unique<replay_command>();
}

} // namespace pumpscope::runtime
