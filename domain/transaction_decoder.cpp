#include "domain/transaction_decoder.hpp"

#include "domain/base64.hpp"
#include "domain/known_keys.hpp"
#include "domain/log_events.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace pumpscope::domain {

namespace {

uint64_t load_u64(const uint8_t* bytes) {
  uint64_t result = 0;
  std::memcpy(&result, bytes, sizeof(result));
  return result;
}

bool is_event_instruction(const instruction_view& x) {
  return x.data.size() >= sizeof(event_wrapper)
         && load_u64(x.data.data()) == load_u64(event_wrapper);
}

std::optional<program> program_of(const transaction_view& tx, size_t index) {
  if (tx.key_is(index, known_keys::pump_program))
    return program::pump;
  if (tx.key_is(index, known_keys::pump_amm_program))
    return program::pump_amm;
  return std::nullopt;
}

/// The caller of a self-CPI: the nearest instruction before it, of the same
/// program and one height above. Without recorded heights, the nearest one of
/// the program that is no event itself.
const instruction_view* owner_of(const transaction_view& tx, size_t at) {
  auto& event = tx.inner[at];
  auto same_program = [&](const instruction_view& x) {
    return x.program_index == event.program_index;
  };
  if (event.stack_height != 2) {
    for (auto i = at; i-- > 0;) {
      auto& x = tx.inner[i];
      if (x.outer_index != event.outer_index)
        break;
      auto fits = event.stack_height == 0
                    ? !is_event_instruction(x)
                    : x.stack_height + 1 == event.stack_height;
      if (fits && same_program(x))
        return &x;
    }
  }
  if (event.stack_height == 0 || event.stack_height == 2) {
    auto& outer = tx.outer[event.outer_index];
    if (same_program(outer))
      return &outer;
  }
  return nullptr;
}

/// Puts events into chain order; false when two have the same place.
bool order(std::vector<found_event>& events) {
  auto by_path = [](const found_event& x, const found_event& y) {
    return ix_path(x) < ix_path(y);
  };
  auto same_path = [](const found_event& x, const found_event& y) {
    return ix_path(x) == ix_path(y);
  };
  if (!std::ranges::is_sorted(events, by_path))
    std::ranges::stable_sort(events, by_path);
  auto end = std::unique(events.begin(), events.end(), same_path);
  auto doubled = end != events.end();
  events.erase(end, events.end());
  return !doubled;
}

bool mentions_us(const transaction_view& tx) {
  for (size_t i = 0; i < tx.key_count(); ++i)
    if (program_of(tx, i))
      return true;
  return false;
}

} // namespace

struct event_finder::log_state {
  log_lines lines;
  log_walker walker = {};
  /// Decoded payloads, back to back.
  std::vector<uint8_t> bytes = {};
};

event_finder::event_finder() = default;
event_finder::event_finder(event_finder&&) noexcept = default;
event_finder& event_finder::operator=(event_finder&&) noexcept = default;
event_finder::~event_finder() = default;

uint32_t ix_path(const found_event& x) {
  return (x.outer_index << 16) | static_cast<uint32_t>(x.inner_index + 1);
}

search_outcome event_finder::search(const transaction_view& tx) {
  search_outcome outcome;
  events_.clear();
  if (!tx.inner_instructions_none)
    search_inner(tx, outcome);
  else if (mentions_us(tx))
    search_logs(tx, outcome);
  if (!order(events_))
    outcome.incomplete = true;
  return outcome;
}

void event_finder::search_inner(const transaction_view& tx,
                                search_outcome& outcome) {
  for (size_t i = 0; i < tx.inner.size(); ++i) {
    auto& x = tx.inner[i];
    if (!is_event_instruction(x))
      continue;
    // Whose event it is, nobody can tell: it may be one of ours.
    if (x.program_index >= tx.key_count()) {
      outcome.incomplete = true;
      continue;
    }
    auto payload = x.data.subspan(sizeof(event_wrapper));
    auto owner_program = program_of(tx, x.program_index);
    if (!owner_program) {
      ++outcome.foreign_events;
      continue;
    }
    if (x.outer_index >= tx.outer.size()) {
      outcome.incomplete = true;
      continue;
    }
    found_event event;
    event.program = *owner_program;
    event.payload = payload;
    event.outer_index = x.outer_index;
    event.inner_index = static_cast<int32_t>(x.inner_index);
    event.stack_height = x.stack_height;
    event.owner = owner_of(tx, i);
    events_.push_back(event);
  }
}

void event_finder::search_logs(const transaction_view& tx,
                               search_outcome& outcome) {
  outcome.from_logs = true;
  if (!logs_)
    logs_ = std::make_unique<log_state>();
  auto& [lines, walker, bytes] = *logs_;
  bytes.clear();
  if (tx.log_messages_none || !collect_logs(tx, lines)) {
    outcome.incomplete = true;
    return;
  }
  outcome.incomplete = !walker.walk(tx, lines);
  size_t text_bytes = 0;
  for (auto& x : walker.events())
    text_bytes += x.text.size();
  // Payloads are views into this buffer, so it must not grow from here on;
  // decoding takes less than the text.
  bytes.reserve(text_bytes + 4);
  for (auto& x : walker.events()) {
    if (!x.program) {
      ++outcome.foreign_events;
      continue;
    }
    auto begin = bytes.size();
    // Only a line of a single part can be an event of ours.
    auto decoded = append_base64(x.text, bytes).has_value();
    auto payload = byte_view{bytes}.subspan(begin);
    found_event event;
    event.program = *x.program;
    event.source = event_source::log;
    event.payload = payload;
    event.damaged = !decoded;
    event.outer_index = x.outer_index;
    event.inner_index = x.inner_index;
    event.stack_height = x.frame_height + 1;
    if (x.frame_height == 1)
      event.owner = &tx.outer[x.outer_index];
    events_.push_back(event);
  }
}

} // namespace pumpscope::domain
