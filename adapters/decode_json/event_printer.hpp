#pragma once

#include "domain/geyser_walk.hpp"
#include "domain/transaction_decoder.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pumpscope::decode_json {

/// Takes one line of JSON, without a line end.
using line_sink = std::function<void(std::string_view)>;

/// What a printer did.
struct printer_counters {
  uint64_t updates = 0;
  uint64_t events = 0;
  /// Events that could not be decoded, and damaged updates: lines `{error}`.
  uint64_t errors = 0;
};

/// Prints the events of updates as JSON lines, in order of arrival, one for
/// each event of our programs (docs/reference/decode.md has the shape).
///
/// The block time of a slot comes behind its transactions, so lines wait for
/// it: at most until an update of a slot more than `slots_ahead_max` later, or
/// `lines_max` lines; then they go out with `"block_time":null`.
class event_printer {
public:
  static constexpr uint64_t slots_ahead_max = 64;
  static constexpr size_t lines_max = 100'000;

  explicit event_printer(line_sink sink);

  /// Takes one `geyser.SubscribeUpdate`.
  void print(std::span<const uint8_t> update);

  /// Prints the lines that still wait.
  void finish();

  [[nodiscard]] const printer_counters& counters() const {
    return counters_;
  }

private:
  /// A line in two parts, around its block time.
  struct held_line {
    std::optional<uint64_t> slot = {};
    std::string head = {};
    std::string tail = {};
  };

  void print_transaction();
  void hold(const domain::found_event& event);
  void hold_error(std::string_view text);
  void see_slot(uint64_t slot);
  void release(bool all);

  line_sink sink_;
  std::unique_ptr<domain::update_view> view_;
  domain::event_finder finder_;
  std::deque<held_line> held_ = {};
  /// Block times of the last slots.
  std::map<uint64_t, std::optional<int64_t>> times_ = {};
  uint64_t slot_highest_ = 0;
  printer_counters counters_ = {};
};

} // namespace pumpscope::decode_json
