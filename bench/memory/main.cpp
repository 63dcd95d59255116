#include "bench/memory/entities.hpp"
#include "bench/support/generator_source.hpp"
#include "bench/support/null_store.hpp"
#include "runtime/json_text.hpp"
#include "runtime/node.hpp"
#include "runtime/open_store.hpp"
#include "runtime/replay_report.hpp"

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <unistd.h>

namespace pumpscope {

namespace {

using clock = std::chrono::steady_clock;

/// One question of this benchmark.
struct workload {
  const char* what;
  uint64_t trades;
  uint32_t wallets;
  uint32_t tokens;
  /// Share of buys that a wallet of its own makes.
  double fresh_wallets;
  double creations;
  uint64_t live_wallets_max;
  uint64_t live_tokens_max;
  bool sqlite;
};

template <class T>
T must(runtime::outcome<T> x) {
  if (!x) {
    std::fprintf(stderr, "bench_memory: %s\n", x.error().what.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

simulator::generator_settings market_of(const workload& x) {
  auto result = simulator::generator_settings{};
  result.market.wallets = x.wallets;
  result.market.tokens = x.tokens;
  result.market.fresh_wallets = x.fresh_wallets;
  result.market.creations = x.creations;
  result.chain.trades = x.trades;
  result.chain.truth = false;
  return result;
}

config::options options_of(const workload& x, const std::string& path) {
  auto result = config::options{};
  result.store.url.path = path;
  result.pipeline.live_wallets_max = x.live_wallets_max;
  result.pipeline.live_tokens_max = x.live_tokens_max;
  return result;
}

/// What the market alone takes, so that it can be told from the node.
void market_alone(const workload& x) {
  auto source = bench::make_generator_source(market_of(x));
  auto status = messages::read_status::ok;
  while (status == messages::read_status::ok) {
    auto batch = messages::raw_batch{};
    status = source->read(batch, std::chrono::milliseconds{0});
  }
  auto report = runtime::replay_report{};
  runtime::measure_process(report);
  std::printf("%s\n", runtime::json_object{}
                        .text("what", std::string{x.what} + ", market alone")
                        .number("memory_bytes_max", report.memory_bytes_max)
                        .str()
                        .c_str());
  std::fflush(stdout);
}

/// Runs the whole pipeline over the market, in this process.
void run_node(const workload& x, const std::string& path) {
  auto options = options_of(x, path);
  auto store = std::shared_ptr<messages::store>{
    x.sqlite
      ? must(runtime::open_store(options.store, runtime::store_access::write,
                                 config::durability::process_crash))
      : bench::make_null_store()};
  auto parts = actors::pipeline_parts{};
  parts.writer_store = store;
  parts.reader_store = must(runtime::checked(store->reader()));
  parts.make_source = [&x] {
    return bench::make_generator_source(market_of(x));
  };
  auto report = runtime::replay_report{};
  auto start = clock::now();
  {
    auto running = runtime::node{
      runtime::pipeline_config(options, store->identity().partitions),
      std::move(parts), options.pipeline.threads};
    while (!running.wait(std::chrono::minutes{1}))
      continue;
    report.status = *must(running.result());
  }
  auto seconds = std::chrono::duration<double>(clock::now() - start).count();
  runtime::measure_process(report);
  std::printf("%s\n",
              runtime::json_object{}
                .text("what", x.what)
                .text("store", x.sqlite ? "sqlite" : "off")
                .number("trades", report.status.trades)
                .number("wallets_market", x.wallets)
                .number("wallets_live", report.status.wallets_live)
                .number("tokens_live", report.status.tokens_live)
                .number("live_wallets_max", x.live_wallets_max)
                .number("restarts", report.status.restarts)
                .number("memory_bytes_max", report.memory_bytes_max)
                .number("trades_per_second",
                        static_cast<uint64_t>(
                          static_cast<double>(report.status.trades) / seconds))
                .str()
                .c_str());
  std::fflush(stdout);
}

void entities(const workload& x, const std::string& path) {
  auto options = options_of(x, path);
  auto store
    = must(runtime::open_store(options.store, runtime::store_access::write,
                               config::durability::process_crash));
  std::printf("%s\n", bench::measure_entities(*store).c_str());
  std::fflush(stdout);
}

/// Runs `f` in a process of its own, so that the memory is its alone.
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

int run(bool smoke) {
  // Small rounds keep the shape and lose the meaning.
  auto part = smoke ? uint64_t{1'000} : uint64_t{1};
  auto few = [part](uint64_t x) { return x / part; };
  auto narrow = [part](uint32_t x) { return static_cast<uint32_t>(x / part); };
  auto usual = workload{"usual market", few(1'000'000), narrow(200'000),
                        2'000,          0.25,           0.01,
                        1'000'000,      100'000,        true};
  auto live = workload{"10^6 live wallets",
                       few(2'200'000),
                       narrow(1'100'000),
                       60'000,
                       0.95,
                       0.03,
                       2'000'000,
                       200'000,
                       false};
  auto bounded = workload{"3x10^6 wallets, 10^5 live",
                          few(6'000'000),
                          narrow(3'000'000),
                          60'000,
                          0.95,
                          0.01,
                          few(100'000),
                          few(20'000),
                          true};
  auto folder
    = std::filesystem::current_path()
      / ("bench-memory-" + std::to_string(static_cast<long>(getpid())));
  std::filesystem::create_directory(folder);
  auto path = [&folder](const char* name) { return (folder / name).string(); };
  auto ok = in_child([&] { run_node(usual, path("usual.db")); })
            && in_child([&] { entities(usual, path("usual.db")); })
            && in_child([&] { market_alone(live); })
            && in_child([&] { run_node(live, ""); })
            && in_child([&] { market_alone(bounded); })
            && in_child([&] { run_node(bounded, path("bounded.db")); });
  std::filesystem::remove_all(folder);
  return ok ? 0 : 1;
}

} // namespace

} // namespace pumpscope

int main(int argc, char** argv) {
  return pumpscope::run(argc > 1 && std::string_view{argv[1]} == "--smoke");
}
