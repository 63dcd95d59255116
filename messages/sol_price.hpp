#pragma once

#include "domain/sol_price.hpp"

#include <mutex>

namespace pumpscope::messages {

/// What SOL is worth, between whoever asks the world (an adapter, from its own
/// thread) and the sequencer, which writes it into each trade. Any thread.
class sol_price {
public:
  /// @param stale_seconds How long a rate holds for block times behind it.
  explicit sol_price(int64_t stale_seconds) : history_(stale_seconds) {
  }

  /// Adds a rate in millionths of a USD, told at this time, unix seconds.
  void add(int64_t at, uint64_t usd_micros) {
    auto lock = std::lock_guard{mutex_};
    history_.add(at, usd_micros);
  }

  /// Returns the rate that was known at a block time; 0 = unknown.
  [[nodiscard]] uint64_t known_at(int64_t block_time) const {
    auto lock = std::lock_guard{mutex_};
    return history_.known_at(block_time);
  }

private:
  mutable std::mutex mutex_ = {};
  domain::sol_price_history history_;
};

} // namespace pumpscope::messages
