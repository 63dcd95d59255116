#pragma once

#include "config/options.hpp"
#include "runtime/open_store.hpp"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace pumpscope::runtime {

/// Keeps a store in PostgreSQL in shape, at once and then every
/// `upkeep_interval`, in a thread of its own: makes partitions before they are
/// needed, and drops those that are older than `retention.trades`, as long as
/// this process owns the store. What fails is done again the next time; a
/// warning says when it has failed for long. Does nothing for other stores.
class store_upkeep {
public:
  /// Pre: the store exists. `held` is what it was opened with.
  store_upkeep(config::options options, held_fence held);

  store_upkeep(const store_upkeep&) = delete;
  store_upkeep& operator=(const store_upkeep&) = delete;

  /// Ends the thread, then does all that is to do once more.
  void finish();

private:
  void run(const std::stop_token& stop);
  void prepare();
  /// Drops range after range.
  void retain(const std::stop_token& stop);

  config::options options_;
  held_fence held_;
  uint32_t prepare_failures_ = 0;
  uint32_t retain_failures_ = 0;
  /// What held rows back when a line told about it.
  std::string held_by_ = {};
  std::mutex mutex_ = {};
  std::condition_variable_any wake_ = {};
  /// The last member: ends before what it uses.
  std::jthread thread_ = {};
};

} // namespace pumpscope::runtime
