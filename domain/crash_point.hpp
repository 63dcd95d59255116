#pragma once

#include <cstdint>

namespace pumpscope::domain {

/// The steps on the way of an epoch and a checkpoint at which a process may
/// die: where something is durable or told, and nobody here knows it yet.
enum class crash_step : uint8_t {
  /// The store was not asked to raise the fence.
  before_takeover,
  /// The fence is raised, nothing was read or written with it.
  after_takeover,
  /// An epoch is complete and was not given to the store.
  before_commit,
  /// An epoch is durable, nobody who waits for it was told.
  after_commit,
  /// A statement of PostgreSQL is ready, its first byte was not sent.
  before_send,
  /// A statement was sent, its answer was not read.
  after_send,
  /// Messages are ready, Redis has none of them.
  before_publish,
  /// Redis has the messages, the publisher was not told.
  after_publish,
  /// States are ready and were not given to the store.
  before_checkpoint,
  /// States are durable, no partition was told.
  after_checkpoint,
};

#ifdef PUMPSCOPE_CRASH_POINTS
/// Kills the process when a test asked for it (tests/faults).
void crash_point(crash_step x);
#else
/// Nothing happens in what ships: the calls fold away.
constexpr void crash_point(crash_step) {
}
#endif

} // namespace pumpscope::domain
