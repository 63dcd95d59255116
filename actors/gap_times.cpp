#include "actors/gap_times.hpp"

#include <algorithm>

namespace pumpscope::actors {

void gap_times::load(const messages::gap_row& x) {
  auto seconds = static_cast<int64_t>(x.to_slot - x.from_slot) + 1;
  add({x.from_slot, x.to_slot, x.opened_at - seconds, x.opened_at + seconds});
}

void gap_times::note(const messages::epoch& x) {
  for (auto& row : x.gaps_opened) {
    if (messages::is_break_gap(row)) {
      // Its slots are older than those of the epoch.
      load(row);
      continue;
    }
    auto opened = gap{row.from_slot, row.to_slot, x.before.chain_time,
                      x.after.chain_time};
    for (auto& slot : x.slots) {
      if (slot.slot < row.from_slot)
        opened.begin = std::max(opened.begin, slot.block_time);
      else if (slot.slot > row.to_slot)
        opened.end = std::min(opened.end, slot.block_time);
    }
    // A journal that begins with a gap tells no time before it.
    if (opened.begin == 0)
      opened.begin = opened.end;
    add(opened);
  }
  for (auto& row : x.gaps_filled)
    std::erase_if(gaps_, [&row](auto& y) {
      return y.from_slot == row.from_slot && y.to_slot == row.to_slot;
    });
}

bool gap_times::touch(const domain::candle_change& x) const {
  auto begin = x.candle.open_time;
  auto end = begin + static_cast<int64_t>(x.interval);
  return std::any_of(gaps_.begin(), gaps_.end(),
                     [&](auto& y) { return y.begin < end && y.end >= begin; });
}

void gap_times::add(const gap& x) {
  gaps_.push_back(x);
  if (gaps_.size() > gaps_max)
    gaps_.pop_front();
}

} // namespace pumpscope::actors
