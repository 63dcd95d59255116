#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pumpscope::messages {

/// What became of a question for a block.
enum class fetch_state : uint8_t {
  /// The block is there.
  found,
  /// There is no block at this slot, says the server. Only the parent of a
  /// later block proves it.
  skipped,
  /// The server does not have it (any more, or not within our patience).
  missing,
  /// No usable answer within our patience.
  failed,
};

/// A block as the updates that a stream would have sent: slot, transactions,
/// block meta, slot confirmed.
struct fetched_block {
  uint64_t slot = 0;
  fetch_state state = fetch_state::failed;
  /// When found: below `slot`.
  uint64_t parent = 0;
  uint64_t transactions = 0;
  /// The updates, back to back, and the end of each.
  std::vector<uint8_t> bytes = {};
  std::vector<uint32_t> ends = {};
};

/// Which slots of a range have blocks, says the server.
struct fetched_list {
  uint64_t from = 0;
  uint64_t to = 0;
  /// Whether there was a usable answer.
  bool known = false;
  /// Ascending, in the range.
  std::vector<uint64_t> slots = {};
};

using fetch_answer = std::variant<fetched_block, fetched_list>;

/// What a fetcher did so far.
struct fetch_counters {
  uint64_t requests = 0;
  uint64_t retries = 0;
  /// Answers that said "slow down".
  uint64_t rate_limited = 0;
  /// Answers that were none.
  uint64_t malformed = 0;
  uint64_t blocks = 0;
  uint64_t bytes = 0;
};

/// Where missing blocks come from. Asks in parallel and within a rate, tries
/// again with backoff, and answers each question once, in any order. The caller
/// bounds the questions that are open. One thread uses it; `name`,
/// `last_error`, `counters` and `cancel` may be called by others.
class block_fetcher {
public:
  virtual ~block_fetcher() = default;

  /// A short name for logs and status, without secrets.
  [[nodiscard]] virtual std::string name() const = 0;

  virtual void ask_block(uint64_t slot) = 0;

  /// Pre: `from <= to`, and fewer than 500,000 slots.
  virtual void ask_list(uint64_t from, uint64_t to) = 0;

  /// Returns the next answer, or nothing when none came in time.
  virtual std::optional<fetch_answer> next(std::chrono::milliseconds timeout)
    = 0;

  /// Questions asked at once; more wait inside.
  [[nodiscard]] virtual size_t parallel() const = 0;

  /// What went wrong last, for people; empty after a good answer.
  [[nodiscard]] virtual std::string last_error() const = 0;

  [[nodiscard]] virtual fetch_counters counters() const = 0;

  /// Ends all work soon: no more answers come.
  virtual void cancel() = 0;
};

} // namespace pumpscope::messages
