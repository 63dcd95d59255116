#include "adapters/postgres/postgres_store.hpp"
#include "adapters/sqlite/sqlite_store.hpp"
#include "bench/stores/workload.hpp"
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

/// What both stores are given.
struct round_config {
  bench::workload_config market = {};
  uint64_t trades = 0;
  /// Trades between checkpoints.
  uint64_t every = 0;
  /// Checkpoints in one call.
  size_t group = 16;
  bool smoke = false;
  /// PostgreSQL: slots of one partition of trade; 0 = one for everything.
  uint64_t partition_slots = 0;
};

/// Writes the market into a fresh store and prints a line. `bytes` tells its
/// size at the end; `prepare` is called before each epoch, unmeasured.
template <class Bytes, class Prepare>
void measure(const std::string& name, messages::store& store,
             const round_config& config, Bytes&& bytes, Prepare&& prepare) {
  auto journal = stopwatch{};
  auto states = stopwatch{};
  auto lookups = stopwatch{};
  auto rows = uint64_t{0};
  auto worst = 0.0;
  auto work = bench::workload{config.market, store.identity()};
  auto head = *store.take_over();
  for (auto done = uint64_t{0}; done < config.trades;) {
    prepare();
    auto x = work.next_epoch(head);
    auto before = wall_seconds();
    journal.measure([&] { return store.commit_epoch(x); });
    worst = std::max(worst, wall_seconds() - before);
    head = x.after;
    done += x.trades.size();
    auto round = config.every;
    if (done / round == (done - x.trades.size()) / round
        && done < config.trades)
      continue;
    auto list = work.take_checkpoints(head);
    for (auto& checkpoint : list)
      rows += checkpoint->wallets.size() + checkpoint->positions.size()
              + checkpoint->wallet_buckets.size() + checkpoint->tokens.size()
              + checkpoint->candles.size();
    // Some partitions a transaction: the journal never waits for long.
    for (auto i = size_t{0}; i < list.size(); i += config.group)
      states.measure([&] {
        auto rest = std::span{list}.subspan(i);
        return store.commit_checkpoints(
          rest.first(std::min(config.group, rest.size())));
      });
  }
  auto last = *store.load_journal(head.jpos - 100, head.jpos, 100);
  for (auto& row : last.trades)
    lookups.measure([&] {
      return store.load_history(messages::projection::token, row.mint,
                                head.jpos);
    });
  auto count = static_cast<double>(config.trades);
  auto cpu = journal.cpu + states.cpu;
  std::printf(
    "{\"store\":\"%s\",\"trades\":%llu,\"cpu_us_per_trade_row\":%.2f,"
    "\"state_rows_per_trade\":%.2f,\"cpu_us_per_state_row\":%.2f,"
    "\"cpu_us_per_trade\":%.2f,\"trades_per_cpu_second\":%.0f,"
    "\"trades_per_second\":%.0f,\"bytes_per_trade\":%.0f,"
    "\"commit_ms_max\":%.1f,\"history_us\":%.0f,\"history_wall_us\":%.0f,"
    "\"encode_position_us\":%.3f}\n",
    name.c_str(), static_cast<unsigned long long>(config.trades),
    journal.cpu / count * 1e6, static_cast<double>(rows) / count,
    states.cpu / static_cast<double>(rows) * 1e6, cpu / count * 1e6,
    count / cpu, count / (journal.wall + states.wall),
    static_cast<double>(bytes()) / count, worst * 1e3, lookups.cpu / 100 * 1e6,
    lookups.wall / 100 * 1e6,
    encode_position_us(config.smoke ? 1'000 : 1'000'000));
}

/// Ends the program when a store cannot be opened.
std::unique_ptr<messages::store>
opened(messages::store_result<std::unique_ptr<messages::store>> x) {
  if (!x) {
    std::fprintf(stderr, "%s\n", x.error().what.c_str());
    std::exit(1);
  }
  return std::move(*x);
}

} // namespace

/// Usage: bench_stores [--smoke] [--trades N] [--wallets N] [--mints N]
/// [--epoch N] [--checkpoint N (trades between checkpoints)] [--group N]
/// [--page BYTES] [--cache MIB] [--wal MIB] [--full 0|1 (fsync each epoch)]
/// [--memory 0|1] [--partition-slots N]. With PUMPSCOPE_TEST_POSTGRES also that
/// server.
int main(int argc, char** argv) {
  auto get = [&](const std::string& name, uint64_t otherwise) {
    return option(argc, argv, name, otherwise);
  };
  auto config = round_config{};
  config.smoke = is_smoke(argc, argv);
  config.trades = get("--trades", config.smoke ? 5'000 : 1'000'000);
  config.every = get("--checkpoint", config.smoke ? 2'500 : 100'000);
  config.group = std::max<size_t>(1, get("--group", config.group));
  config.market.wallets = get("--wallets", config.market.wallets);
  config.market.mints = get("--mints", config.market.mints);
  config.market.epoch_trades = get("--epoch", config.market.epoch_trades);
  config.partition_slots = get("--partition-slots", 0);
  auto full = get("--full", 0) != 0;
  auto options = adapters::sqlite_options{};
  options.hash_seed = 1;
  options.page_bytes = static_cast<uint32_t>(get("--page", options.page_bytes));
  options.cache_bytes = get("--cache", options.cache_bytes >> 20U) << 20U;
  options.wal_bytes = get("--wal", options.wal_bytes >> 20U) << 20U;
  if (!full)
    options.durability = adapters::sqlite_durability::process_crash;
  auto unique = std::to_string(std::time(nullptr));
  auto folder = std::filesystem::temp_directory_path()
                / ("bench_stores_" + unique);
  std::filesystem::create_directory(folder);
  auto memory = get("--memory", 0) == 1;
  auto path = memory ? ":memory:" : (folder / "store.db").string();
  measure(
    "sqlite", *opened(adapters::open_sqlite(path, options)), config,
    [&] { return memory ? 0 : std::filesystem::file_size(path); }, [] {});
  auto error = std::error_code{};
  std::filesystem::remove_all(folder, error);

  auto server = std::getenv("PUMPSCOPE_TEST_POSTGRES");
  if (server == nullptr)
    return 0;
  auto settings = adapters::postgres_options{};
  settings.url = server;
  settings.schema = "bench_stores_" + unique;
  settings.create = true;
  settings.hash_seed = 1;
  settings.synchronous = full;
  measure(
    "postgres", *opened(adapters::open_postgres(settings)), config,
    [] { return 0; },
    [&] {
      if (config.partition_slots != 0)
        adapters::prepare_postgres(settings, config.partition_slots);
    });
}
