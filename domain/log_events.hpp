#pragma once

#include "domain/geyser_walk.hpp"
#include "domain/trade.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pumpscope::domain {

/// A `Program data:` line, attributed to a program by the invoke stack.
struct log_event {
  /// Nothing for a program that is none of ours.
  std::optional<domain::program> program = {};
  /// Base64 as logged.
  std::string_view text = {};
  uint32_t outer_index = 0;
  /// Index of the paired self-CPI instruction; -1 when there is none.
  int32_t inner_index = -1;
  /// Height of the frame that wrote the line.
  uint32_t frame_height = 0;
};

/// Follows the invoke stack of a transaction's log and attributes each
/// `Program data:` line (domain.md section 1): the k-th line of a frame belongs
/// to the k-th child of the same program in that frame.
class log_walker {
public:
  /// Frames may nest this deep; the chain allows 9.
  static constexpr size_t depth_max = 64;

  /// Walks the lines; false when they do not tell everything: truncated inside
  /// of one of our frames, not consistent, or without an instruction of ours.
  [[nodiscard]] bool walk(const transaction_view& tx, const log_lines& lines);

  /// The lines of the last walk, in order of appearance.
  [[nodiscard]] const std::vector<log_event>& events() const {
    return events_;
  }

private:
  struct frame {
    pubkey id = {};
    std::optional<domain::program> ours = {};
    /// Inner indices of the children of the same program.
    std::vector<int32_t> children = {};
    /// Places in `events_` of the lines of this frame.
    std::vector<size_t> lines = {};
    /// Lines that came before the log was truncated.
    size_t lines_before_truncation = 0;
  };

  void take_line(const transaction_view& tx, std::string_view line);
  void enter(const transaction_view& tx, const pubkey& id, uint32_t height);
  void enter_outer(const transaction_view& tx, const pubkey& id);
  void leave(const pubkey& id);
  void data(std::string_view text);
  void close(frame& x);

  /// Frames that are open; `depth_` of them are in use, the rest keeps memory.
  std::vector<frame> frames_ = {};
  size_t depth_ = 0;
  std::vector<log_event> events_ = {};
  uint32_t outer_index_ = 0;
  /// The first outer instruction that no line has named yet.
  uint32_t outer_next_ = 0;
  int32_t inner_count_ = 0;
  bool truncated_ = false;
  bool consistent_ = true;
  bool complete_ = true;
};

} // namespace pumpscope::domain
