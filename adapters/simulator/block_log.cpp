#include "adapters/simulator/block_log.hpp"

#include <algorithm>

namespace pumpscope::simulator {

void block_log::add(const slot_plan_ptr& block) {
  auto guard = std::lock_guard{mutex_};
  blocks_.insert_or_assign(block->slot, block);
  // An empty block is not free either.
  transactions_ += block->transactions.size() + 1;
  while (transactions_ > transactions_max_ && blocks_.size() > 1) {
    transactions_ -= blocks_.begin()->second->transactions.size() + 1;
    blocks_.erase(blocks_.begin());
  }
}

void block_log::confirm(uint64_t slot) {
  auto guard = std::lock_guard{mutex_};
  confirmed_ = std::max(confirmed_, slot);
}

block_presence block_log::find(uint64_t slot, slot_plan_ptr& block) const {
  auto guard = std::lock_guard{mutex_};
  if (slot > confirmed_)
    return block_presence::not_yet;
  if (blocks_.empty() || slot < blocks_.begin()->first)
    return block_presence::gone;
  auto found = blocks_.find(slot);
  if (found == blocks_.end())
    return block_presence::skipped;
  block = found->second;
  return block_presence::here;
}

std::vector<uint64_t> block_log::list(uint64_t from, uint64_t to) const {
  auto guard = std::lock_guard{mutex_};
  auto result = std::vector<uint64_t>{};
  auto end = std::min(to, confirmed_);
  for (auto i = blocks_.lower_bound(from);
       i != blocks_.end() && i->first <= end; ++i)
    result.push_back(i->first);
  return result;
}

std::optional<uint64_t> block_log::tip() const {
  auto guard = std::lock_guard{mutex_};
  auto behind = blocks_.upper_bound(confirmed_);
  if (behind == blocks_.begin())
    return std::nullopt;
  return std::prev(behind)->first;
}

} // namespace pumpscope::simulator
