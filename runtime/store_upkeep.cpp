#include "runtime/store_upkeep.hpp"

#include "runtime/log.hpp"

#include <algorithm>

namespace pumpscope::runtime {

namespace {

/// Failures in a row that are worth a line: partitions are made days ahead, and
/// a long query may keep their locks for a while.
constexpr uint32_t failures_told = 10;

void tell(const adapters::retention_report& x) {
  auto n = [](uint64_t number) { return std::to_string(number); };
  std::fprintf(stderr,
               "store: dropped old rows, the journal begins at slot %s; %s "
               "trades and %s token events have been dropped so far, baselines "
               "of %s wallets and %s tokens were made\n",
               n(x.retention.start_slot).c_str(),
               n(x.retention.dropped_trades).c_str(),
               n(x.retention.dropped_token_events).c_str(),
               n(x.wallets).c_str(), n(x.tokens).c_str());
}

} // namespace

store_upkeep::store_upkeep(config::options options, held_fence held)
  : options_(std::move(options)), held_(std::move(held)) {
  if (options_.store.url.kind == config::store_kind::postgres)
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

void store_upkeep::finish() {
  if (!thread_.joinable())
    return;
  thread_.request_stop();
  thread_.join();
  prepare();
  retain({});
}

void store_upkeep::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    prepare();
    retain(stop);
    auto lock = std::unique_lock{mutex_};
    wake_.wait_for(lock, stop, options_.store.upkeep_interval,
                   [] { return false; });
  }
}

void store_upkeep::prepare() {
  auto made = adapters::prepare_postgres(postgres_settings(options_.store));
  prepare_failures_ = made ? 0 : prepare_failures_ + 1;
  if (prepare_failures_ == failures_told)
    warning_line("store: no partitions could be made ahead, rows go to "
                 "trade_default: "
                 + made.error().what);
}

void store_upkeep::retain(const std::stop_token& stop) {
  auto settings = adapters::retention_settings{};
  settings.age = std::chrono::hours{24 * options_.retention.trade_days};
  settings.slots_kept = std::max(options_.pipeline.sealed_slots_kept,
                                 options_.source.resume_slots);
  settings.fence = held_ ? held_->load() : 0;
  // Nobody owns the store before the pipeline has taken it.
  if (options_.retention.trade_days == 0 || settings.fence == 0)
    return;
  for (auto again = true; again && !stop.stop_requested();) {
    auto done
      = adapters::retain_postgres(postgres_settings(options_.store), settings,
                                  [&stop] { return stop.stop_requested(); });
    again = done && done->dropped;
    retain_failures_ = done ? 0 : retain_failures_ + 1;
    if (retain_failures_ == failures_told)
      warning_line("store: old rows could not be dropped: "
                   + done.error().what);
    if (again)
      tell(*done);
    if (done && done->held_by != std::exchange(held_by_, done->held_by)
        && !held_by_.empty())
      info_line("store: old rows stay for now: " + held_by_);
  }
}

} // namespace pumpscope::runtime
