#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace pumpscope::endpoints {

/// Where a stream that broke is taken up again: the lowest of its last four
/// block metas, less what may still have been on its way. One meta that names
/// a slot of the far future does not make it wait for that slot.
class resume_point {
public:
  /// Notes a block meta, in order of arrival.
  void note(uint64_t slot) {
    last_[next_++ % last_.size()] = slot;
  }

  /// Returns the slot to ask for, `overlap` slots earlier; 0 when nothing came
  /// yet.
  [[nodiscard]] uint64_t slot(uint64_t overlap) const {
    auto count = std::min(next_, last_.size());
    if (count == 0)
      return 0;
    auto lowest = *std::min_element(
      last_.begin(), last_.begin() + static_cast<ptrdiff_t>(count));
    // 0 means "anywhere".
    return lowest > overlap ? lowest - overlap : 1;
  }

private:
  std::array<uint64_t, 4> last_ = {};
  size_t next_ = 0;
};

} // namespace pumpscope::endpoints
