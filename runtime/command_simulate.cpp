#include "runtime/command_simulate.hpp"

#include "runtime/output.hpp"
#include "runtime/played_recording.hpp"
#include "runtime/simulator_settings.hpp"
#include "runtime/stop_signals.hpp"

#include <CLI/CLI.hpp>

namespace pumpscope::runtime {

namespace {

/// Where Yellowstone servers listen by custom.
constexpr auto default_listen = "127.0.0.1:10000";

constexpr std::string_view keys[]
  = {"simulator.listen",     "simulator.x-token-file", "simulator.seed",
     "simulator.rate",       "simulator.slots",        "simulator.trades",
     "simulator.start-time", "simulator.wallets",      "simulator.tokens",
     "simulator.faults",     "simulator.rpc-listen",   "simulator.rpc-errors"};

class simulate_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "simulate";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "Serve a simulated market as a Yellowstone server, or record it.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  void declare(CLI::App& app) override {
    app
      .add_option("--record", record_file_,
                  "Write the stream to a .geyser "
                  "file; without --listen nothing "
                  "is served.")
      ->type_name("FILE");
    app
      .add_option("--play", play_file_,
                  "Serve a recording instead of a market, from its beginning "
                  "when the first client subscribes.")
      ->type_name("FILE");
    app.add_flag("--linger", linger_,
                 "Keep serving after the last slot, until a signal.");
  }

  outcome<void> run(const config::options& options) override {
    // Before any thread starts, so that all of them leave signals alone.
    auto signals = stop_signals{};
    auto settings = simulator_settings(options.simulator);
    settings.record_file = record_file_;
    settings.linger = linger_;
    if (settings.listen.empty() && record_file_.empty())
      settings.listen = default_listen;
    if (settings.listen.empty() && !settings.rpc_listen.empty())
      return refuse_usage("--rpc-listen answers beside a stream: give --listen "
                          "too");
    auto played = std::unique_ptr<played_recording>{};
    if (!play_file_.empty()) {
      if (auto usable = check_play(options.simulator); !usable)
        return usable;
      auto opened = played_recording::open(play_file_);
      if (!opened)
        return tl::unexpected{std::move(opened.error())};
      played = std::move(*opened);
      settings.play = [&played](auto& x) { return played->next(x); };
    }
    const auto& chain = settings.generator.chain;
    if (settings.listen.empty() && chain.slots == 0 && chain.trades == 0)
      return refuse_usage("--record without an end fills the disk: give "
                          "--slots, --trades or --listen");
    auto hooks = simulator::simulate_hooks{};
    hooks.on_rpc_listen = [](const std::string& address) {
      std::fprintf(stderr, "simulate: SIMULATED JSON-RPC at http://%s\n",
                   address.c_str());
    };
    auto what = played ? play_file_ : std::string{"SIMULATED market"};
    hooks.on_listen = [&what](const std::string& address) {
      // Scripts wait for this line and take the port from it.
      std::fprintf(stderr, "simulate: %s at http://%s\n", what.c_str(),
                   address.c_str());
    };
    auto summary = simulator::simulate(settings, signals.token(), hooks);
    if (!summary)
      return fail(std::move(summary.error()));
    auto out = output{};
    out.write((played ? played->counts_json() : summary->truth) + "\n");
    return out.finish();
  }

private:
  /// A recording is served as it is.
  [[nodiscard]] outcome<void>
  check_play(const config::simulator_options& x) const {
    if (!record_file_.empty())
      return refuse_usage("--play has its recording already: leave --record "
                          "out");
    if (x.rpc_listen)
      return refuse_usage("--rpc-listen answers for a simulated market, which "
                          "--play has not");
    auto of_server = config::fault_options{};
    of_server.cut = x.faults.cut;
    of_server.out_of_range = x.faults.out_of_range;
    if (x.faults != of_server)
      return refuse_usage("--play changes nothing in its recording: of "
                          "--faults only cut and out_of_range fit");
    return {};
  }

  std::string record_file_;
  std::string play_file_;
  bool linger_ = false;
};

} // namespace

command_ptr make_simulate_command() {
  return std::make_unique<simulate_command>();
}

} // namespace pumpscope::runtime
