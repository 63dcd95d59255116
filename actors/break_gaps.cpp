#include "actors/break_gaps.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

namespace {

using range = break_gaps::range;

std::pair<uint64_t, uint64_t> key_of(range x) {
  return {x.from, x.to};
}

bool overlaps(range x, range y) {
  return x.from <= y.to && y.from <= x.to;
}

bool contains(range outer, range inner) {
  return outer.from <= inner.from && inner.to <= outer.to;
}

} // namespace

break_gaps::break_gaps(break_gaps_config config,
                       const std::vector<messages::gap_row>& open,
                       const std::vector<messages::gap_row>& filled)
  : config_{config} {
  for (auto& row : open) {
    auto gap = range{row.from_slot, row.to_slot};
    rows_.insert(key_of(gap));
    if (!messages::is_break_gap(row)) {
      slot_gaps_.emplace(key_of(gap), std::nullopt);
      continue;
    }
    open_.push_back({gap, false});
    if (is_wide(gap))
      wide_.push_back(gap);
    else
      known_.add(gap);
  }
  for (auto& row : filled) {
    auto gap = range{row.from_slot, row.to_slot};
    rows_.insert(key_of(gap));
    if (!messages::is_break_gap(row))
      continue;
    known_.add(gap);
    filled_.add(gap);
  }
}

// -- breaks -------------------------------------------------------------------

void break_gaps::note(const messages::token_breaks& x) {
  auto found = standing_.find(x.mint);
  if (found == standing_.end()) {
    if (x.spans.empty())
      return;
    found = standing_.emplace(x.mint, std::vector<standing_break>{}).first;
  }
  auto before = std::vector<standing_break>{};
  if (x.whole)
    before = std::exchange(found->second, {});
  standing_count_ -= before.size();
  auto& breaks = found->second;
  for (auto& span : x.spans) {
    auto is_it = [&span](const standing_break& y) { return y.span == span; };
    if (std::any_of(breaks.begin(), breaks.end(), is_it))
      continue;
    auto known = std::find_if(before.begin(), before.end(), is_it);
    if (known != before.end()) {
      breaks.push_back(*known);
      before.erase(known);
    } else if (standing_count_ < config_.breaks_max) {
      breaks.push_back({span, false, false, false});
      changed_ = true;
    } else {
      auto refused = standing_break{span, false, false, false};
      refuse(refused);
      continue;
    }
    ++standing_count_;
  }
  for (auto& gone : before)
    forget(gone);
  if (breaks.empty())
    standing_.erase(found);
}

void break_gaps::forget(const standing_break& x) {
  if (x.unexplained)
    --unexplained_;
}

void break_gaps::refuse(standing_break& x) {
  if (std::exchange(x.refused, true))
    return;
  ++counters_.refused;
  notices_.push_back({break_event::refused, range_of(x)});
}

bool break_gaps::is_in_slot_gap(range x) const {
  return std::any_of(slot_gaps_.begin(), slot_gaps_.end(), [x](auto& gap) {
    return overlaps(x, {gap.first.first, gap.first.second});
  });
}

bool break_gaps::is_compared(range x) const {
  return filled_.covers(x);
}

// -- opening ------------------------------------------------------------------

range break_gaps::free_row(range x) const {
  while (rows_.contains(key_of(x)) && x.from > 1)
    --x.from;
  return x;
}

void break_gaps::open_row(range x, uint64_t end, int64_t at,
                          std::vector<messages::gap_row>& out) {
  known_.add(x);
  x = free_row(x);
  rows_.insert(key_of(x));
  open_.push_back({x, false});
  ++counters_.opened;
  // The time is known at the end of the break; a slot takes 0.4 s.
  auto back = static_cast<int64_t>(end - x.to) * 2 / 5;
  out.push_back(
    {x.from, x.to, at - back, messages::reserve_break_reason, false});
}

void break_gaps::open_wide(standing_break& x,
                           std::vector<messages::gap_row>& out) {
  auto gap = range_of(x);
  x.placed = true;
  auto has_it = [gap](range y) { return contains(y, gap); };
  if (std::any_of(wide_.begin(), wide_.end(), has_it))
    return;
  auto row = free_row(gap);
  rows_.insert(key_of(row));
  wide_.push_back(row);
  open_.push_back({row, false});
  ++counters_.opened;
  ++counters_.too_wide;
  notices_.push_back({break_event::too_wide, gap});
  out.push_back({row.from, row.to, x.span.block_time,
                 messages::reserve_break_reason, false});
}

std::vector<messages::gap_row> break_gaps::open() {
  auto result = std::vector<messages::gap_row>{};
  if (!config_.opens || !std::exchange(changed_, false))
    return result;
  auto narrow = std::vector<range>{};
  // The time that belongs to the end of a range.
  auto times = std::map<uint64_t, int64_t>{};
  for (auto& [mint, breaks] : standing_)
    for (auto& x : breaks) {
      auto gap = range_of(x);
      if (x.placed || is_in_slot_gap(gap))
        continue;
      if (is_compared(gap)) {
        x.placed = true;
        settle(x);
      } else if (!is_wide(gap) && known_.covers(gap)) {
        x.placed = true;
      } else if (open_.size() + narrow.size() >= config_.open_max) {
        refuse(x);
      } else if (is_wide(gap)) {
        open_wide(x, result);
      } else {
        x.placed = true;
        narrow.push_back(gap);
        times.emplace(gap.to, x.span.block_time);
      }
    }
  for (auto& merged : domain::merge_ranges(narrow, config_.slots_max)) {
    auto end = times.lower_bound(merged.to);
    for (auto& piece : known_.missing(merged))
      open_row(piece, end->first, end->second, result);
  }
  return result;
}

std::vector<range> break_gaps::wanted(bool again, size_t count_max) {
  auto result = std::vector<range>{};
  for (auto& x : open_) {
    if (result.size() >= count_max)
      break;
    if ((x.asked && !again) || is_wide(x.gap))
      continue;
    x.asked = true;
    result.push_back(x.gap);
  }
  return result;
}

// -- closing ------------------------------------------------------------------

void break_gaps::compared(range x, uint64_t epoch) {
  for (auto& gap : open_) {
    if (!contains(x, gap.gap))
      continue;
    auto is_it = [&gap](auto& y) { return y.second == gap.gap; };
    if (std::none_of(closing_.begin(), closing_.end(), is_it))
      closing_.emplace(epoch, gap.gap);
  }
}

void break_gaps::completed(uint64_t epoch) {
  std::erase_if(slot_gaps_, [&](auto& gap) {
    auto over = gap.second && *gap.second <= epoch;
    changed_ = changed_ || over;
    return over;
  });
  while (!closing_.empty() && closing_.begin()->first <= epoch) {
    auto gap = closing_.begin()->second;
    closing_.erase(closing_.begin());
    std::erase_if(open_, [gap](auto& x) { return x.gap == gap; });
    std::erase(wide_, gap);
    known_.add(gap);
    filled_.add(gap);
    filled_now_.push_back(gap);
    ++counters_.filled;
    // There is room again.
    changed_ = true;
    for (auto& [mint, breaks] : standing_)
      for (auto& x : breaks)
        if (overlaps(range_of(x), gap))
          settle(x);
  }
}

void break_gaps::settle(standing_break& x) {
  if (x.unexplained || !is_compared(range_of(x)))
    return;
  x.unexplained = true;
  ++unexplained_;
  notices_.push_back({break_event::unexplained, range_of(x)});
}

std::vector<range> break_gaps::take_filled() {
  return std::exchange(filled_now_, {});
}

std::vector<break_notice> break_gaps::take_notices() {
  return std::exchange(notices_, {});
}

// -- gaps of missing slots ----------------------------------------------------

range break_gaps::slot_gap_opened(range x) {
  auto row = free_row(x);
  rows_.insert(key_of(row));
  if (row != x)
    renamed_.emplace(key_of(x), row);
  slot_gaps_.emplace(key_of(row), std::nullopt);
  return row;
}

range break_gaps::slot_gap_filled(range x, uint64_t epoch) {
  if (auto i = renamed_.find(key_of(x)); i != renamed_.end()) {
    x = i->second;
    renamed_.erase(i);
  }
  if (auto i = slot_gaps_.find(key_of(x)); i != slot_gaps_.end())
    i->second = epoch;
  return x;
}

} // namespace pumpscope::actors
