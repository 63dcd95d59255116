#pragma once

#include "domain/candle_series.hpp"
#include "messages/rows.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace pumpscope::actors {

/// The times that open gaps of the journal may lie in: a gap names slots, a bar
/// times.
///
/// Bound: `gaps_max` gaps, the newest.
class gap_times {
public:
  static constexpr size_t gaps_max = 1'000;

  /// Takes a gap over that was opened earlier, or one of older slots: its times
  /// are guessed from above, by a second a slot.
  void load(const messages::gap_row& x);

  /// Notes the gaps that an epoch opened or filled.
  void note(const messages::epoch& x);

  /// Tells whether a gap may lie in the time of a bar.
  [[nodiscard]] bool touch(const domain::candle_change& x) const;

  /// Number of open gaps.
  [[nodiscard]] size_t size() const {
    return gaps_.size();
  }

private:
  struct gap {
    uint64_t from_slot = 0;
    uint64_t to_slot = 0;
    /// Unix seconds, both ends included.
    int64_t begin = 0;
    int64_t end = 0;
  };

  void add(const gap& x);

  std::deque<gap> gaps_ = {};
};

} // namespace pumpscope::actors
