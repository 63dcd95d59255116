#include "adapters/recording/writer.hpp"
#include "adapters/simulator/generator.hpp"
#include "bench/support/null_store.hpp"
#include "runtime/file_source.hpp"
#include "runtime/json_text.hpp"
#include "runtime/node.hpp"
#include "runtime/open_store.hpp"
#include "runtime/replay_report.hpp"

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>

namespace pumpscope {

namespace {

using clock = std::chrono::steady_clock;

struct workload {
  uint64_t trades = 1'000'000;
  uint32_t wallets = 50'000;
  uint64_t live_wallets = 1'000'000;
};

/// Ends the program when a step of the set-up fails.
template <class T>
T must(runtime::outcome<T> x) {
  if (!x) {
    std::fprintf(stderr, "bench_replay: %s\n", x.error().what.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

template <class T>
T must(recording::outcome<T> x) {
  if (!x)
    return must<T>(runtime::fail(x.error().text));
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

void write_recording(const std::string& path, const workload& x) {
  auto settings = simulator::generator_settings{};
  settings.market.wallets = x.wallets;
  settings.chain.trades = x.trades;
  settings.chain.truth = false;
  auto market = simulator::generator{settings};
  auto out = must(recording::writer::create(path));
  auto update = simulator::generated_update{};
  auto bytes = std::string{};
  while (market.next(update)) {
    bytes
      = simulator::filters_prefix(simulator::default_filter_key(update.kind));
    bytes += update.body;
    must(out->append(
      {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
  }
  must(out->close());
}

/// Replays the recording into a store and prints one line.
void replay(const std::string& recording, const workload& x, bool sqlite) {
  auto options = config::options{};
  options.store.url.path = recording + ".db";
  options.pipeline.live_wallets_max = x.live_wallets;
  auto store = std::shared_ptr<messages::store>{
    sqlite
      ? must(runtime::open_store(options.store, runtime::store_access::write,
                                 config::durability::process_crash))
      : bench::make_null_store()};
  auto files = must(runtime::look_at_inputs({recording}));
  auto parts = actors::pipeline_parts{};
  parts.writer_store = store;
  parts.reader_store = must(runtime::checked(store->reader()));
  parts.make_source = [&files] { return runtime::make_file_source(files); };
  auto start = clock::now();
  auto report = runtime::replay_report{};
  {
    auto running = runtime::node{
      runtime::pipeline_config(options, store->identity().partitions),
      std::move(parts), options.pipeline.threads};
    while (!running.wait(std::chrono::minutes{1}))
      continue;
    report.status = *must(running.result());
    report.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
      clock::now() - start);
  }
  runtime::measure_process(report);
  auto trades = static_cast<double>(report.status.trades);
  auto rate = trades * 1'000 / static_cast<double>(report.elapsed.count());
  auto cpu = static_cast<double>(report.cpu.count()) * 1'000 / trades;
  std::printf("%s\n",
              runtime::json_object{}
                .text("store", sqlite ? "sqlite" : "off")
                .number("trades", report.status.trades)
                .number("trades_per_second", static_cast<uint64_t>(rate))
                .raw("cpu_us_per_trade", std::to_string(cpu))
                .number("memory_bytes_max", report.memory_bytes_max)
                .number("wallets_live", report.status.wallets_live)
                .number("tokens_live", report.status.tokens_live)
                .str()
                .c_str());
  std::fflush(stdout);
}

/// Runs `f` in a process of its own, so that CPU and memory are its alone.
template <class F>
bool in_child(F f) {
  auto child = fork();
  if (child == 0) {
    f();
    _exit(0);
  }
  auto status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int run(const workload& x) {
  auto folder
    = std::filesystem::current_path()
      / ("bench-replay-" + std::to_string(static_cast<long>(getpid())));
  std::filesystem::create_directory(folder);
  auto recording = (folder / "market.geyser").string();
  auto ok = in_child([&] { write_recording(recording, x); })
            && in_child([&] { replay(recording, x, false); })
            && in_child([&] { replay(recording, x, true); });
  std::filesystem::remove_all(folder);
  return ok ? 0 : 1;
}

} // namespace

} // namespace pumpscope

int main(int argc, char** argv) {
  auto x = pumpscope::workload{};
  if (argc > 1 && std::string_view{argv[1]} == "--smoke")
    x = {2'000, 200, 1'000};
  else if (argc > 1)
    x.trades = std::strtoull(argv[1], nullptr, 10);
  if (argc > 2)
    x.wallets = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  if (argc > 3)
    x.live_wallets = std::strtoull(argv[3], nullptr, 10);
  return pumpscope::run(x);
}
