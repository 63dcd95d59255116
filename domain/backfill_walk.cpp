#include "domain/backfill_walk.hpp"

#include <algorithm>
#include <cassert>

namespace pumpscope::domain {

std::vector<slot_gap> missing_ranges(const gap_progress& x) {
  auto result = std::vector<slot_gap>{};
  auto next = x.gap.from;
  for (auto& [slot, parent] : x.parents) {
    // Without a parent (0), all below the slot may be missing.
    auto end = parent != 0 && parent < slot ? parent : slot - 1;
    if (end >= next)
      result.push_back({next, end});
    next = slot + 1;
  }
  if (next <= x.gap.to)
    result.push_back({next, x.gap.to});
  return result;
}

backfill_walk::backfill_walk(slot_gap range, backfill_walk_config config)
  : range_{range}, config_{config}, last_{range.from - 1} {
  assert(range.from > 0);
  assert(range.from <= range.to);
  window_ = {range.from, range.from - 1};
  advance();
}

std::optional<slot_gap> backfill_walk::next_list() {
  if (phase_ != phase::list_needed)
    return std::nullopt;
  phase_ = phase::listing;
  return window_;
}

std::optional<uint64_t> backfill_walk::next_block() {
  if (wanted_.empty())
    return std::nullopt;
  auto slot = *wanted_.begin();
  // What others wait for is always asked for.
  auto blocks = !found_.empty() && slot < found_.begin()->first;
  if (!blocks && asked_.size() + found_.size() >= config_.ahead_max)
    return std::nullopt;
  wanted_.erase(wanted_.begin());
  asked_.insert(slot);
  return slot;
}

void backfill_walk::add_list(slot_gap window, bool known,
                             const std::vector<uint64_t>& slots) {
  if (phase_ != phase::listing || window != window_)
    return;
  phase_ = phase::fetching;
  if (known) {
    for (auto slot : slots)
      if (window_.from <= slot && slot <= window_.to)
        wanted_.insert(slot);
    // The end of the range is on the chain, mostly, whatever is listed.
    if (window_.to == range_.to)
      wanted_.insert(range_.to);
  } else {
    want_all();
  }
  advance();
}

void backfill_walk::add_block(uint64_t slot, uint64_t parent) {
  if (asked_.erase(slot) == 0)
    return;
  misses_ = 0;
  found_.emplace(slot, std::min(parent, slot - 1));
}

void backfill_walk::add_miss(uint64_t slot, bool certain) {
  if (asked_.erase(slot) == 0)
    return;
  absent_.insert(slot);
  misses_ += certain ? 0 : 1;
  if (misses_ >= config_.misses_max) {
    wanted_.clear();
    whole_ = false;
    window_.to = range_.to;
    asked_behind_ = true;
    if (phase_ == phase::list_needed || phase_ == phase::listing)
      phase_ = phase::fetching;
  }
  advance();
}

std::optional<uint64_t> backfill_walk::next_ready() {
  if (found_.empty())
    return std::nullopt;
  auto [slot, parent] = *found_.begin();
  auto lower = [slot = slot](const auto& xs) {
    return !xs.empty() && *xs.begin() < slot;
  };
  if (lower(asked_) || lower(wanted_))
    return std::nullopt;
  if (parent > last_) {
    if (!absent_.contains(parent) && misses_ < config_.misses_max) {
      wanted_.insert(parent);
      return std::nullopt;
    }
    whole_ = false;
  } else if (parent < last_ && last_ >= range_.from) {
    // The block before it is not on its chain.
    whole_ = false;
  }
  found_.erase(found_.begin());
  settle(slot);
  return slot;
}

void backfill_walk::settle(uint64_t slot) {
  last_ = slot;
  absent_.erase(absent_.begin(), absent_.upper_bound(slot));
  reached_end_ = reached_end_ || slot >= range_.to;
  advance();
}

void backfill_walk::advance() {
  while (wanted_.empty() && asked_.empty() && found_.empty()) {
    switch (phase_) {
      case phase::begin_window:
        open_window();
        break;
      case phase::fetching:
        phase_ = phase::begin_window;
        break;
      default:
        return;
    }
  }
}

void backfill_walk::open_window() {
  if (window_.to < range_.to) {
    window_.from = window_.to + 1;
    window_.to = range_.to - window_.from < config_.window_slots
                   ? range_.to
                   : window_.from + config_.window_slots - 1;
    if (window_.to - window_.from + 1 >= config_.list_slots_min) {
      phase_ = phase::list_needed;
      return;
    }
    phase_ = phase::fetching;
    want_all();
    return;
  }
  phase_ = phase::fetching;
  if (reached_end_ || asked_behind_) {
    phase_ = phase::done;
    return;
  }
  // Only the block behind the range can tell that the end was skipped.
  asked_behind_ = true;
  wanted_.insert(range_.to + 1);
}

void backfill_walk::want_all() {
  for (auto slot = window_.from; slot <= window_.to; ++slot)
    wanted_.insert(slot);
}

bool backfill_walk::finished() const {
  return phase_ == phase::done;
}

} // namespace pumpscope::domain
