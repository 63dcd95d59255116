#include "adapters/sqlite/sqlite_store.hpp"
#include "bench/sqlite_store/workload.hpp"
#include "messages/state_blob.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>

using namespace pumpscope;

namespace {

double cpu_seconds() {
  auto time = timespec{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec)
         + static_cast<double>(time.tv_nsec) * 1e-9;
}

double wall_seconds() {
  return std::chrono::duration<double>(
           std::chrono::steady_clock::now().time_since_epoch())
    .count();
}

/// Sums up CPU and wall time of the calls of one kind.
struct stopwatch {
  double cpu = 0;
  double wall = 0;

  template <class F>
  auto measure(F&& f) {
    auto cpu_before = cpu_seconds();
    auto wall_before = wall_seconds();
    auto result = f();
    cpu += cpu_seconds() - cpu_before;
    wall += wall_seconds() - wall_before;
    if (!result) {
      std::fprintf(stderr, "%s\n", result.error().what.c_str());
      std::exit(1);
    }
    return std::move(*result);
  }
};

/// Returns the number after `name` on the command line.
uint64_t option(int argc, char** argv, const std::string& name,
                uint64_t otherwise) {
  for (auto i = 1; i + 1 < argc; ++i)
    if (argv[i] == name)
      return std::strtoull(argv[i + 1], nullptr, 10);
  return otherwise;
}

/// Tells whether the command line has `--smoke`: a short round that shows only
/// that the program runs.
bool is_smoke(int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc,
                     [](const char* x) { return std::string{x} == "--smoke"; });
}

/// Returns the CPU time in microseconds that encoding one position takes.
double encode_position_us(int rounds) {
  auto x = domain::position{};
  x.lots.push_back({1'000'000, 5, 7});
  auto wallet = domain::pubkey{};
  auto before = cpu_seconds();
  auto bytes = size_t{0};
  for (auto i = 0; i < rounds; ++i)
    bytes += messages::to_row(wallet, x).blob.size();
  auto seconds = cpu_seconds() - before;
  return bytes == 0 ? 0 : seconds / rounds * 1e6;
}

} // namespace

/// Usage: bench_sqlite_store [--smoke] [--trades N] [--wallets N] [--mints N]
/// [--epoch N] [--checkpoint N (trades between checkpoints)] [--page BYTES]
/// [--cache MIB] [--wal MIB] [--full 0|1 (fsync each epoch)] [--memory 0|1]
int main(int argc, char** argv) {
  auto get = [&](const std::string& name, uint64_t otherwise) {
    return option(argc, argv, name, otherwise);
  };
  auto smoke = is_smoke(argc, argv);
  auto trades = get("--trades", smoke ? 5'000 : 1'000'000);
  auto every = get("--checkpoint", smoke ? 2'500 : 100'000);
  auto config = bench::workload_config{};
  config.wallets = get("--wallets", config.wallets);
  config.mints = get("--mints", config.mints);
  config.epoch_trades = get("--epoch", config.epoch_trades);
  auto options = adapters::sqlite_options{};
  options.hash_seed = 1;
  options.page_bytes = static_cast<uint32_t>(get("--page", options.page_bytes));
  options.cache_bytes = get("--cache", options.cache_bytes >> 20U) << 20U;
  options.wal_bytes = get("--wal", options.wal_bytes >> 20U) << 20U;
  if (get("--full", 0) == 0)
    options.durability = adapters::sqlite_durability::process_crash;
  auto folder = std::filesystem::temp_directory_path()
                / ("bench_sqlite_store_" + std::to_string(std::time(nullptr)));
  std::filesystem::create_directory(folder);
  auto path = get("--memory", 0) == 1 ? ":memory:"
                                      : (folder / "store.db").string();

  auto journal = stopwatch{};
  auto states = stopwatch{};
  auto lookups = stopwatch{};
  auto rows = uint64_t{0};
  auto worst = 0.0;
  {
    auto opened = adapters::open_sqlite(path, options);
    if (!opened) {
      std::fprintf(stderr, "%s\n", opened.error().what.c_str());
      return 1;
    }
    auto& store = **opened;
    auto work = bench::workload{config, store.identity()};
    auto head = *store.take_over();
    for (auto done = uint64_t{0}; done < trades;) {
      auto x = work.next_epoch(head);
      auto before = wall_seconds();
      journal.measure([&] { return store.commit_epoch(x); });
      worst = std::max(worst, wall_seconds() - before);
      head = x.after;
      done += x.trades.size();
      if (done / every == (done - x.trades.size()) / every && done < trades)
        continue;
      auto list = work.take_checkpoints(head);
      for (auto& checkpoint : list)
        rows += checkpoint->wallets.size() + checkpoint->positions.size()
                + checkpoint->wallet_buckets.size() + checkpoint->tokens.size()
                + checkpoint->candles.size();
      // 16 partitions a transaction: the journal never waits for long.
      for (auto i = size_t{0}; i < list.size(); i += 16)
        states.measure([&] {
          return store.commit_checkpoints(std::span{list}.subspan(i, 16));
        });
    }
    auto last = *store.load_journal(head.jpos - 100, head.jpos, 100);
    for (auto& row : last.trades)
      lookups.measure([&] {
        return store.load_history(messages::projection::token, row.mint,
                                  head.jpos);
      });
  }
  auto bytes = path == ":memory:" ? 0 : std::filesystem::file_size(path);
  auto error = std::error_code{};
  std::filesystem::remove_all(folder, error);
  auto count = static_cast<double>(trades);
  auto cpu = journal.cpu + states.cpu;
  std::printf(
    "{\"bench\":\"sqlite_store\",\"trades\":%llu,\"cpu_us_per_trade_row\":%.2f,"
    "\"state_rows_per_trade\":%.2f,\"cpu_us_per_state_row\":%.2f,"
    "\"cpu_us_per_trade\":%.2f,\"trades_per_cpu_second\":%.0f,"
    "\"trades_per_second\":%.0f,\"bytes_per_trade\":%.0f,"
    "\"commit_ms_max\":%.1f,\"history_us\":%.0f,"
    "\"encode_position_us\":%.3f}\n",
    static_cast<unsigned long long>(trades), journal.cpu / count * 1e6,
    static_cast<double>(rows) / count,
    states.cpu / static_cast<double>(rows) * 1e6, cpu / count * 1e6,
    count / cpu, count / (journal.wall + states.wall),
    static_cast<double>(bytes) / count, worst * 1e3, lookups.cpu / 100 * 1e6,
    encode_position_us(smoke ? 1'000 : 1'000'000));
}
