#pragma once

#include "config/options.hpp"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace pumpscope::runtime {

/// Makes partitions of a store in PostgreSQL before they are needed, at once
/// and then every `upkeep_interval`, in a thread of its own. What fails is done
/// again the next time; a warning says when it has failed for long. Does
/// nothing for other stores.
class store_upkeep {
public:
  /// Pre: the store exists.
  explicit store_upkeep(const config::store_options& options);

  store_upkeep(const store_upkeep&) = delete;
  store_upkeep& operator=(const store_upkeep&) = delete;

private:
  void run(const std::stop_token& stop);

  config::store_options options_;
  std::mutex mutex_ = {};
  std::condition_variable_any wake_ = {};
  /// The last member: ends before what it uses.
  std::jthread thread_ = {};
};

} // namespace pumpscope::runtime
