#pragma once

#include "domain/sealer.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace pumpscope::domain {

/// A set of slots, kept as ranges that do not touch. Memory grows with the
/// number of holes between them.
class slot_ranges {
public:
  /// Adds a range. Pre: `x.from <= x.to`.
  void add(slot_gap x);

  /// Tells whether all slots of a range are in the set.
  [[nodiscard]] bool covers(slot_gap x) const;

  /// Returns the parts of a range that are not in the set, ascending.
  [[nodiscard]] std::vector<slot_gap> missing(slot_gap x) const;

  /// Number of ranges.
  [[nodiscard]] size_t size() const {
    return ranges_.size();
  }

private:
  /// Ends by beginnings, both included.
  std::map<uint64_t, uint64_t> ranges_ = {};
};

/// Returns the union of ranges, ascending, in pieces of at most `slots_max`
/// slots: what overlaps or touches is put together as long as it fits. No range
/// that is longer by itself is cut.
std::vector<slot_gap> merge_ranges(std::vector<slot_gap> xs,
                                   uint64_t slots_max);

} // namespace pumpscope::domain
