#pragma once

#include "adapters/simulator/model.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace pumpscope::simulator {

/// What the log knows of a slot.
enum class block_presence : uint8_t {
  /// The block is confirmed, and here.
  here,
  /// The chain has no block at this slot.
  skipped,
  /// Not confirmed yet.
  not_yet,
  /// No longer kept.
  gone,
};

/// The blocks of the chain as it really is, whatever became of their stream:
/// what a server of JSON-RPC answers from. Thread-safe. Keeps the newest blocks
/// up to a number of transactions.
class block_log {
public:
  explicit block_log(size_t transactions_max)
    : transactions_max_(transactions_max) {
  }

  /// Adds a block behind the last one.
  void add(const slot_plan_ptr& block);

  /// All blocks up to this slot are confirmed.
  void confirm(uint64_t slot);

  [[nodiscard]] block_presence find(uint64_t slot, slot_plan_ptr& block) const;

  /// Confirmed slots with blocks in a range, ends included.
  [[nodiscard]] std::vector<uint64_t> list(uint64_t from, uint64_t to) const;

  /// The last confirmed slot; nothing before the first.
  [[nodiscard]] std::optional<uint64_t> tip() const;

private:
  const size_t transactions_max_;
  mutable std::mutex mutex_;
  std::map<uint64_t, slot_plan_ptr> blocks_ = {};
  size_t transactions_ = 0;
  uint64_t confirmed_ = 0;
};

} // namespace pumpscope::simulator
