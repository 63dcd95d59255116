#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pumpscope::messages {

/// A range of slots that was fetched again, ends included.
struct fetched_range {
  uint64_t from = 0;
  uint64_t to = 0;
  /// Every slot of it is accounted for.
  bool complete = false;
};

/// Raw updates in order of arrival, in one block of memory.
struct raw_batch {
  /// Dense number within one run of a stream, from 0.
  uint64_t number = 0;
  /// Fetched on request, beside the stream: numbers of its own, and no order
  /// between the two.
  bool backfill = false;
  /// Backfill: the ranges that end with this batch.
  std::vector<fetched_range> ranges = {};
  /// Told by webhooks, beside the stream: numbers of its own as well.
  bool inbox = false;
  /// Inbox: the last payload that ends with this batch; 0 = none.
  uint64_t payloads_up_to = 0;
  /// The updates, back to back.
  std::vector<uint8_t> bytes = {};
  /// End of each update in `bytes`, ascending.
  std::vector<uint32_t> ends = {};
  /// The source is at its end and nothing follows this batch.
  bool last = false;
  /// Monotonic time of arrival of the first update, for latencies.
  std::chrono::steady_clock::time_point arrived_at = {};

  [[nodiscard]] size_t size() const {
    return ends.size();
  }

  [[nodiscard]] std::span<const uint8_t> update(size_t i) const {
    auto begin = i == 0 ? 0U : ends[i - 1];
    return std::span{bytes}.subspan(begin, ends[i] - begin);
  }

  void append(std::span<const uint8_t> update) {
    bytes.insert(bytes.end(), update.begin(), update.end());
    ends.push_back(static_cast<uint32_t>(bytes.size()));
  }
};

using raw_batch_ptr = std::shared_ptr<const raw_batch>;

/// Bounds of one batch.
inline constexpr size_t raw_batch_updates_max = 256;
inline constexpr size_t raw_batch_bytes_max = 4U << 20;

/// What a read gave.
enum class read_status : uint8_t {
  /// There may be more; the batch may be empty when nothing came in time.
  ok,
  /// Nothing follows, ever.
  end,
  /// The connection broke; `read` again reconnects (it waits its own backoff).
  retry,
  /// The server no longer has the slot that we wanted to resume from: data is
  /// missing. `read` again goes on with what it has.
  out_of_range,
  /// Cannot go on: the text of `last_error` tells why.
  failed,
};

/// How one of several endpoints that are read as one source does.
struct endpoint_report {
  /// As `source::name`.
  std::string name = {};
  /// It gives updates now.
  bool reading = false;
  /// Nobody asked it: another one is read.
  bool standby = false;
  /// Slot of its newest block meta; 0 = none yet.
  uint64_t slot = 0;
  uint64_t updates = 0;
  /// Updates that another endpoint, or itself, had given before.
  uint64_t copies = 0;
  /// Updates that are none.
  uint64_t malformed = 0;
  /// Slots whose transactions were compared with those of the others, slots in
  /// which it lacked some, and how many those were.
  uint64_t slots_compared = 0;
  uint64_t slots_differing = 0;
  uint64_t missing_transactions = 0;
  /// Times that its connection broke, and that it no longer had the slot.
  uint64_t retries = 0;
  uint64_t out_of_range = 0;
  /// Why it does not read; empty when it does.
  std::string last_error = {};
};

/// Where updates come from. Blocking; lives inside one detached actor.
class source {
public:
  virtual ~source() = default;

  /// A short name for logs and status, without secrets.
  [[nodiscard]] virtual std::string name() const = 0;

  /// Tells where to begin: the first slot that is of interest, 0 = anywhere.
  /// Called once before the first read, and before each reconnect.
  virtual void resume_from(uint64_t slot) = 0;

  /// Appends updates to `out` until it is full (`raw_batch_*_max`), the source
  /// is at its end, or `timeout` passed.
  virtual read_status read(raw_batch& out, std::chrono::milliseconds timeout)
    = 0;

  /// Why the last read was not `ok`, for people; empty when it was.
  [[nodiscard]] virtual std::string last_error() const = 0;

  /// Bytes read and in total where the total is known (0 else): progress.
  [[nodiscard]] virtual uint64_t bytes_read() const = 0;
  [[nodiscard]] virtual uint64_t bytes_total() const = 0;

  /// The oldest slot that the server said to have when it last answered that it
  /// has not the one that we wanted; 0 = it did not tell. Belongs to the thread
  /// that reads.
  [[nodiscard]] virtual uint64_t oldest_available() const {
    return 0;
  }

  /// How each of several endpoints does; empty for a source that is only one.
  [[nodiscard]] virtual std::vector<endpoint_report> endpoints() const {
    return {};
  }

  /// Ends a running read soon. This function, `name`, `last_error`, `endpoints`
  /// and the two byte counts may be called by another thread while a read is
  /// running.
  virtual void cancel() = 0;
};

} // namespace pumpscope::messages
