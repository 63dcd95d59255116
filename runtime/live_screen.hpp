#pragma once

#include "messages/store.hpp"
#include "runtime/node.hpp"
#include "runtime/terminal.hpp"

#include <chrono>
#include <cstdint>

namespace pumpscope::runtime {

/// What `run` shows of a node on standard error: a view that is drawn over
/// where it is a terminal, a line of the log now and then elsewhere.
class live_screen {
public:
  /// Tests whether standard error is a terminal.
  [[nodiscard]] bool interactive() const {
    return terminal_.interactive();
  }

  /// Tests whether it is time to show something: always on a terminal, else
  /// every 10 s. Post: if so, the next time is counted from now.
  bool is_due();

  /// Fills what is known of the source with counters of the node and the store,
  /// and shows it. Shows nothing when the node is busy or starting.
  void show(node& running, messages::store& looker, live_view view);

  /// Removes what was drawn last.
  void clear();

private:
  using clock = std::chrono::steady_clock;

  /// Trades per second since the last look.
  double rate_of(uint64_t trades);

  terminal terminal_;
  clock::time_point line_at_ = clock::now();
  clock::time_point looked_at_ = clock::now();
  uint64_t trades_ = 0;
  double rate_ = 0;
};

} // namespace pumpscope::runtime
