#include "domain/slot_ranges.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace pumpscope::domain {

void slot_ranges::add(slot_gap x) {
  assert(x.from <= x.to);
  auto i = ranges_.upper_bound(x.from);
  if (i != ranges_.begin()) {
    auto before = std::prev(i);
    // Neighbours become one.
    if (before->second >= x.from || before->second + 1 == x.from) {
      x.from = before->first;
      x.to = std::max(x.to, before->second);
      i = ranges_.erase(before);
    }
  }
  while (i != ranges_.end() && (i->first <= x.to || i->first == x.to + 1)) {
    x.to = std::max(x.to, i->second);
    i = ranges_.erase(i);
  }
  ranges_.emplace(x.from, x.to);
}

bool slot_ranges::covers(slot_gap x) const {
  auto i = ranges_.upper_bound(x.from);
  return i != ranges_.begin() && std::prev(i)->second >= x.to;
}

std::vector<slot_gap> slot_ranges::missing(slot_gap x) const {
  auto result = std::vector<slot_gap>{};
  auto next = x.from;
  auto i = ranges_.upper_bound(x.from);
  if (i != ranges_.begin())
    --i;
  for (; i != ranges_.end() && i->first <= x.to; ++i) {
    if (i->second < next)
      continue;
    if (i->first > next)
      result.push_back({next, i->first - 1});
    if (i->second >= x.to)
      return result;
    next = i->second + 1;
  }
  result.push_back({next, x.to});
  return result;
}

std::vector<slot_gap> merge_ranges(std::vector<slot_gap> xs,
                                   uint64_t slots_max) {
  std::sort(xs.begin(), xs.end(), [](auto& x, auto& y) {
    return std::pair{x.from, x.to} < std::pair{y.from, y.to};
  });
  auto result = std::vector<slot_gap>{};
  for (auto& x : xs) {
    if (!result.empty()) {
      auto& last = result.back();
      if (x.to <= last.to)
        continue;
      auto touches = x.from <= last.to + 1;
      if (touches && x.to - last.from < slots_max) {
        last.to = x.to;
        continue;
      }
      // What the last one has is not told twice.
      if (touches)
        x.from = last.to + 1;
    }
    result.push_back(x);
  }
  return result;
}

} // namespace pumpscope::domain
