#pragma once

#include "messages/source.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace pumpscope::messages {

/// A payload of a webhook that waits in the store until all that is in it is
/// in the journal.
struct inbox_row {
  /// Ascending in the order of commits, never used twice.
  uint64_t id = 0;
  std::string payload = {};

  friend bool operator==(const inbox_row&, const inbox_row&) = default;
};

/// What an inbox may hold.
struct inbox_limits {
  uint64_t payloads_max = 100'000;
  uint64_t bytes_max = uint64_t{1} << 30;
};

/// What an inbox holds.
struct inbox_size {
  uint64_t payloads = 0;
  uint64_t bytes = 0;

  friend bool operator==(const inbox_size&, const inbox_size&) = default;
};

/// What an inbox reader did.
struct inbox_counters {
  uint64_t payloads = 0;
  uint64_t entries = 0;
  /// Entries that are no transaction.
  uint64_t malformed = 0;
  uint64_t removed_up_to = 0;
  /// Calls of the store that failed.
  uint64_t failures = 0;
};

/// Reads the inbox in order of id, as updates. Blocking; used by one thread.
class inbox_reader {
public:
  virtual ~inbox_reader() = default;

  /// Appends updates of the payloads that were not read yet, until the batch is
  /// full (`raw_batch_*_max`) or none is left. Sets `payloads_up_to` when a
  /// payload ends with this batch. False when the store did not answer.
  virtual bool fill(raw_batch& out) = 0;

  /// Removes the payloads up to this id. False when the store did not answer:
  /// then they are still there.
  virtual bool remove(uint64_t up_to) = 0;

  [[nodiscard]] virtual inbox_counters counters() const = 0;

  /// Why the last call failed, for people; empty when it did not.
  [[nodiscard]] virtual std::string last_error() const = 0;
};

/// Event: all that is in the payloads up to this id is durable, or known to be
/// no part of the chain.
struct payloads_done {
  uint64_t up_to = 0;
};

} // namespace pumpscope::messages
