#include "runtime/store_upkeep.hpp"

#include "runtime/open_store.hpp"
#include "runtime/output.hpp"

namespace pumpscope::runtime {

namespace {

/// Failures in a row that are worth a line: partitions are made days ahead, and
/// a long query may keep their locks for a while.
constexpr uint32_t failures_told = 10;

} // namespace

store_upkeep::store_upkeep(const config::store_options& options)
  : options_(options) {
  if (options_.url.kind == config::store_kind::postgres)
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

void store_upkeep::run(const std::stop_token& stop) {
  auto failures = uint32_t{0};
  while (!stop.stop_requested()) {
    auto made = adapters::prepare_postgres(postgres_settings(options_));
    failures = made ? 0 : failures + 1;
    if (failures == failures_told)
      warning_line("store: no partitions could be made ahead, rows go to "
                   "trade_default: "
                   + made.error().what);
    auto lock = std::unique_lock{mutex_};
    wake_.wait_for(lock, stop, options_.upkeep_interval, [] { return false; });
  }
}

} // namespace pumpscope::runtime
