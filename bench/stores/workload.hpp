#pragma once

#include "messages/store.hpp"

#include <cstdint>
#include <memory>
#include <random>
#include <unordered_map>
#include <vector>

namespace pumpscope::bench {

/// What is written: `wallets` and `mints` are the numbers that the trades are
/// drawn from, with a heavy tail (the k-th of n with density ~ (k / n)^-2/3).
struct workload_config {
  uint64_t wallets = 300'000;
  uint64_t mints = 20'000;
  /// Trades of one second of chain time.
  uint64_t trades_per_second = 1'000;
  size_t epoch_trades = 1'000;
};

/// Makes epochs and the checkpoints that follow from them: each entity that a
/// trade touched once, in its newest state, as the partitions do.
class workload {
public:
  workload(workload_config config, messages::store_identity id);

  /// Returns the next epoch.
  messages::epoch next_epoch(const messages::head_row& head);

  /// Returns one checkpoint per partition of everything that changed since the
  /// last call.
  std::vector<messages::checkpoint_ptr>
  take_checkpoints(const messages::head_row& head);

private:
  /// A number below `n`, low ones far more often.
  uint64_t draw(uint64_t n);

  workload_config config_;
  messages::store_identity id_;
  std::mt19937_64 random_{7};
  uint64_t trades_ = 0;
  /// Cursors, by kind and partition.
  std::vector<messages::cursor_row> cursors_ = {};
  /// Trades by wallet and by wallet and mint since the last checkpoint.
  std::unordered_map<uint64_t, uint64_t> wallets_ = {};
  std::unordered_map<uint64_t, uint64_t> positions_ = {};
  /// Start of the minute of the last trade, by mint.
  std::unordered_map<uint64_t, int64_t> mints_ = {};
  std::string token_blob_ = {};
};

} // namespace pumpscope::bench
