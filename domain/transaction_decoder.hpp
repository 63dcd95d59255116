#pragma once

#include "domain/geyser_walk.hpp"
#include "domain/trade.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace pumpscope::domain {

/// First bytes of a self-CPI event instruction, in wire order.
inline constexpr uint8_t event_wrapper[8] = {0xe4, 0x45, 0xa5, 0x2e,
                                             0x51, 0xcb, 0x9a, 0x1d};

/// Where an event was found.
enum class event_source : uint8_t {
  /// The self-CPI inner instruction.
  cpi,
  /// A `Program data:` line, because the node recorded no inner instructions.
  log,
};

/// An event of one of our programs inside a transaction.
struct found_event {
  domain::program program = program::pump;
  event_source source = event_source::cpi;
  /// Discriminator and fields.
  byte_view payload = {};
  uint32_t outer_index = 0;
  /// Index of the event's instruction; -1 when only a truncated log shows it.
  int32_t inner_index = -1;
  /// 0 = not known.
  uint32_t stack_height = 0;
  /// The instruction of the same program that the event belongs to; null when
  /// it cannot be found.
  const instruction_view* owner = nullptr;
  /// The line of a log could not be decoded: the payload is damaged.
  bool damaged = false;
};

/// Returns the key of an event inside its transaction (domain.md section 1).
uint32_t ix_path(const found_event& x);

/// What a search found besides the events.
struct search_outcome {
  /// Events of other programs, whatever their discriminators.
  uint32_t foreign_events = 0;
  /// Events came from the logs.
  bool from_logs = false;
  /// Logs are the only source and do not hold all events (truncated, not
  /// recorded, more than the bound, or not consistent).
  bool incomplete = false;
};

/// Finds the events of our programs in a walked transaction. One per thread:
/// it owns the memory that events from logs point into.
class event_finder {
public:
  event_finder();
  event_finder(event_finder&&) noexcept;
  event_finder& operator=(event_finder&&) noexcept;
  ~event_finder();

  /// Searches a transaction, failed or not. The events are valid until the
  /// next search and as long as the view's bytes.
  search_outcome search(const transaction_view& tx);

  /// The events of the last search, in chain order.
  [[nodiscard]] const std::vector<found_event>& events() const {
    return events_;
  }

private:
  void search_inner(const transaction_view& tx, search_outcome& outcome);
  void search_logs(const transaction_view& tx, search_outcome& outcome);

  struct log_state;

  std::vector<found_event> events_ = {};
  std::unique_ptr<log_state> logs_;
};

} // namespace pumpscope::domain
