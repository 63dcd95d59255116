#include "adapters/simulator/simulate.hpp"

#include "adapters/simulator/block_log.hpp"
#include "adapters/simulator/broadcast_log.hpp"
#include "adapters/simulator/rpc_server.hpp"
#include "adapters/simulator/server.hpp"
#include "adapters/simulator/wire_writer.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

namespace pumpscope::simulator {

namespace {

using steady = std::chrono::steady_clock;

/// A slot of the chain lasts this long.
constexpr double slot_seconds = 0.4;

/// At rate 0 the chain is at most this many updates ahead of the slowest
/// client: about 20 MB.
constexpr uint64_t lead_max = 4'096;

/// Wire number of a slot status.
constexpr uint8_t status_confirmed = 1;

constexpr auto drain_patience = std::chrono::seconds{10};

/// Sleeps until the updates of a stream are due.
class pacer {
public:
  pacer(std::stop_token stop) : stop_(std::move(stop)), start_(steady::now()) {
  }

  virtual ~pacer() = default;

  /// False when asked to stop.
  bool wait_for(const generated_update& x) {
    auto due = start_
               + std::chrono::duration_cast<steady::duration>(
                 std::chrono::duration<double>{due_seconds(x)});
    // Short waits are not worth a sleep: what is due soon goes now.
    if (due - steady::now() < std::chrono::milliseconds{2})
      return !stop_.stop_requested();
    auto lock = std::unique_lock{mutex_};
    wake_.wait_until(lock, stop_, due, [] { return false; });
    return !stop_.stop_requested();
  }

private:
  /// When the update is due, counted from the start.
  virtual double due_seconds(const generated_update& x) = 0;

  std::stop_token stop_;
  steady::time_point start_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
};

/// Slots come when their time on the chain has come, and the transactions of a
/// slot are spread over it.
class chain_pacer : public pacer {
public:
  chain_pacer(double transactions_per_slot, std::stop_token stop)
    : pacer(std::move(stop)),
      spacing_(slot_seconds / (1.5 * transactions_per_slot + 1)) {
  }

private:
  double due_seconds(const generated_update& x) override {
    if (first_ms_ == 0)
      first_ms_ = x.time_ms;
    if (x.kind == update_kind::transaction)
      ++in_slot_;
    if (x.time_ms > newest_ms_) {
      newest_ms_ = x.time_ms;
      in_slot_ = 0;
    }
    return static_cast<double>(newest_ms_ - first_ms_) / 1'000
           + spacing_ * in_slot_;
  }

  double spacing_ = 0;
  int64_t first_ms_ = 0;
  int64_t newest_ms_ = 0;
  double in_slot_ = 0;
};

/// Transactions come evenly, all else right behind the one before.
class even_pacer : public pacer {
public:
  even_pacer(double rate, std::stop_token stop)
    : pacer(std::move(stop)), spacing_(1 / rate) {
  }

private:
  double due_seconds(const generated_update& x) override {
    if (x.kind == update_kind::transaction)
      ++transactions_;
    return spacing_ * transactions_;
  }

  double spacing_ = 0;
  double transactions_ = 0;
};

int64_t wall_nanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

/// The generator of a run: faults that belong to the connection stay with the
/// server.
generator_settings generator_of(const simulate_settings& settings) {
  auto result = settings.generator;
  if (settings.rate > 0)
    result.chain.transactions_per_slot = settings.rate * slot_seconds;
  if (settings.listen.empty())
    return result;
  if (result.chain.start_time == 0)
    result.chain.start_time = wall_nanos() / 1'000'000'000;
  result.faults.cut = {};
  result.faults.cut_share = 0;
  return result;
}

/// Writes what is generated into a plain recording, with the filter keys of
/// `default_filter_key`: messages behind their length as a varint.
class recorder {
public:
  static tl::expected<std::unique_ptr<recorder>, std::string>
  open(const std::string& path) {
    if (path.ends_with(".zst"))
      return tl::unexpected{path
                            + ": the simulator writes plain .geyser files; "
                              "compress it afterwards"};
    auto result = std::make_unique<recorder>();
    result->path_ = path;
    result->file_.reset(std::fopen(path.c_str(), "wb"));
    if (!result->file_)
      return tl::unexpected{result->failure()};
    return result;
  }

  tl::expected<void, std::string> append(const generated_update& x) {
    const auto& prefix = prefixes_[static_cast<size_t>(x.kind)];
    buffer_.varint(prefix.size() + x.body.size());
    buffer_.raw(prefix);
    buffer_.raw(x.body);
    return buffer_.size() < buffered_max ? tl::expected<void, std::string>{}
                                         : flush();
  }

  tl::expected<void, std::string> close() {
    if (auto flushed = flush(); !flushed)
      return flushed;
    // Only the close tells that the last bytes found room.
    if (std::fclose(file_.release()) != 0)
      return tl::unexpected{failure()};
    return {};
  }

private:
  struct closer {
    void operator()(std::FILE* x) const {
      std::fclose(x);
    }
  };

  static constexpr size_t buffered_max = size_t{1} << 20;

  [[nodiscard]] std::string failure() const {
    return path_ + ": " + std::generic_category().message(errno);
  }

  tl::expected<void, std::string> flush() {
    auto bytes = buffer_.view();
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
      return tl::unexpected{failure()};
    buffer_.clear();
    return {};
  }

  std::string path_ = {};
  std::unique_ptr<std::FILE, closer> file_ = {};
  wire_writer buffer_;
  std::array<std::string, 3> prefixes_
    = {filters_prefix(default_filter_key(update_kind::slot)),
       filters_prefix(default_filter_key(update_kind::transaction)),
       filters_prefix(default_filter_key(update_kind::block_meta))};
};

/// One run: the generator and where its updates go.
struct run {
  run(const simulate_settings& x, std::stop_token stop_token)
    : settings(x),
      stop(std::move(stop_token)),
      source(generator_of(x)),
      log(x.window_slots, x.window_bytes_max),
      blocks(x.rpc_transactions_max) {
  }

  tl::expected<void, std::string> open(const simulate_hooks& hooks);
  tl::expected<void, std::string> listen();
  tl::expected<void, std::string> listen_rpc();
  tl::expected<void, std::string> serve();
  tl::expected<void, std::string> finish();
  tl::expected<bool, std::string> next(generated_update& x);
  bool wait_for_turn(const generated_update& x);
  void stamp(generated_update& x);

  const simulate_settings& settings;
  std::stop_token stop;
  generator source;
  broadcast_log log;
  block_log blocks;
  std::unique_ptr<simulator::server> server = {};
  std::unique_ptr<rpc_server> rpc = {};
  std::unique_ptr<recorder> file = {};
  std::unique_ptr<pacer> pace = {};
  wire_writer stamped = {};
  simulate_summary summary = {};
};

tl::expected<void, std::string> run::open(const simulate_hooks& hooks) {
  if (!settings.listen.empty())
    if (auto listening = listen(); !listening)
      return listening;
  if (!settings.rpc_listen.empty())
    if (auto listening = listen_rpc(); !listening)
      return listening;
  // Behind the address: a file is not emptied for a run that cannot be.
  if (!settings.record_file.empty()) {
    auto opened = recorder::open(settings.record_file);
    if (!opened)
      return tl::unexpected{opened.error()};
    file = std::move(*opened);
  }
  if (rpc && hooks.on_rpc_listen)
    hooks.on_rpc_listen(rpc->address());
  if (server && hooks.on_listen)
    hooks.on_listen(server->address());
  return {};
}

tl::expected<void, std::string> run::listen() {
  auto options = server_settings{};
  options.listen = settings.listen;
  options.x_token = settings.x_token;
  options.ping_period = settings.ping_period;
  options.clients_max = settings.clients_max;
  options.cut = settings.generator.faults.cut;
  options.out_of_range = settings.generator.faults.out_of_range;
  auto started = server::start(options, log);
  if (!started)
    return tl::unexpected{started.error()};
  server = std::move(*started);
  source.created_at_clock(wall_nanos);
  return {};
}

tl::expected<void, std::string> run::listen_rpc() {
  auto options = rpc_server_settings{};
  options.listen = settings.rpc_listen;
  options.seed = settings.generator.market.seed;
  options.inner_instructions = settings.generator.chain.inner_instructions;
  options.clients_max = settings.clients_max;
  options.errors = settings.rpc_errors;
  auto started = rpc_server::start(options, blocks);
  if (!started)
    return tl::unexpected{started.error()};
  rpc = std::move(*started);
  source.observe_blocks([this](const auto& block) { blocks.add(block); });
  return {};
}

tl::expected<bool, std::string> run::next(generated_update& x) {
  if (settings.play)
    return settings.play(x);
  return source.next(x);
}

/// Adds when the update is sent, as a server does.
void run::stamp(generated_update& x) {
  auto now = wall_nanos();
  stamped.clear();
  stamped.raw(x.body);
  auto created = stamped.begin(11, 1);
  stamped.number(1, static_cast<uint64_t>(now / 1'000'000'000));
  stamped.number(2, static_cast<uint64_t>(now % 1'000'000'000));
  stamped.end(created);
  x.body = stamped.view();
}

bool run::wait_for_turn(const generated_update& x) {
  if (!server)
    return !stop.stop_requested();
  if (settings.rate > 0) {
    if (!pace) {
      if ((settings.wait_for_client || settings.play)
          && !log.wait_for_readers(~uint64_t{0}, stop))
        return false;
      if (settings.play)
        pace = std::make_unique<even_pacer>(settings.rate, stop);
      else
        pace = std::make_unique<chain_pacer>(settings.rate * slot_seconds,
                                             stop);
    }
    return pace->wait_for(x);
  }
  // Asking the log costs a lock: not for every update.
  if (summary.updates % 64 != 0)
    return true;
  return log.wait_for_readers(lead_max, stop);
}

tl::expected<void, std::string> run::serve() {
  auto update = generated_update{};
  while (true) {
    auto more = next(update);
    if (!more)
      return tl::unexpected{more.error()};
    if (!*more || !wait_for_turn(update))
      break;
    if (settings.play)
      stamp(update);
    ++summary.updates;
    summary.bytes += update.body.size();
    if (update.kind == update_kind::transaction)
      ++summary.transactions;
    if (file)
      if (auto written = file->append(update); !written)
        return written;
    if (server)
      log.append(update);
    if (rpc && update.kind == update_kind::slot
        && update.status == status_confirmed)
      blocks.confirm(update.slot);
  }
  return {};
}

tl::expected<void, std::string> run::finish() {
  if (server) {
    log.close();
    log.drain(drain_patience, stop);
    if (settings.linger) {
      auto mutex = std::mutex{};
      auto lock = std::unique_lock{mutex};
      auto wake = std::condition_variable_any{};
      wake.wait(lock, stop, [] { return false; });
    }
    server->shutdown();
  }
  if (!settings.play) {
    summary.trades = source.trades();
    summary.truth = source.truth_json();
  }
  if (file)
    return file->close();
  return {};
}

} // namespace

tl::expected<simulate_summary, std::string>
simulate(const simulate_settings& settings, std::stop_token stop,
         const simulate_hooks& hooks) {
  auto x = run{settings, std::move(stop)};
  if (auto opened = x.open(hooks); !opened)
    return tl::unexpected{opened.error()};
  if (auto served = x.serve(); !served)
    return tl::unexpected{served.error()};
  if (auto finished = x.finish(); !finished)
    return tl::unexpected{finished.error()};
  return x.summary;
}

} // namespace pumpscope::simulator
