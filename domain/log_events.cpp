#include "domain/log_events.hpp"

#include "domain/base58.hpp"
#include "domain/known_keys.hpp"

#include <algorithm>

namespace pumpscope::domain {

namespace {

std::optional<program> program_of(const pubkey& id) {
  if (id == known_keys::pump_program)
    return program::pump;
  if (id == known_keys::pump_amm_program)
    return program::pump_amm;
  return std::nullopt;
}

/// Takes `prefix` off the front of `text`; false when it is not there.
bool consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Reads `N]`; 0 when it is none.
uint32_t parse_height(std::string_view text) {
  uint32_t result = 0;
  for (size_t i = 0; i < text.size() && i < 4; ++i) {
    if (text[i] == ']')
      return result;
    if (text[i] < '0' || text[i] > '9')
      return 0;
    result = result * 10 + static_cast<uint32_t>(text[i] - '0');
  }
  return 0;
}

} // namespace

bool log_walker::walk(const transaction_view& tx, const log_lines& lines) {
  events_.clear();
  depth_ = 0;
  outer_index_ = 0;
  outer_next_ = 0;
  inner_count_ = 0;
  truncated_ = false;
  consistent_ = true;
  complete_ = true;
  for (auto line : lines) {
    take_line(tx, line);
    if (!consistent_)
      break;
  }
  // What is still open has lost its end.
  complete_ = complete_ && depth_ == 0;
  while (depth_ > 0)
    close(frames_[--depth_]);
  for (auto i = outer_next_; i < tx.outer.size(); ++i)
    if (tx.key_is(tx.outer[i].program_index, known_keys::pump_program)
        || tx.key_is(tx.outer[i].program_index, known_keys::pump_amm_program)
        || truncated_)
      complete_ = false;
  return complete_ && consistent_;
}

void log_walker::take_line(const transaction_view& tx, std::string_view line) {
  if (line == "Log truncated") {
    truncated_ = true;
    for (size_t i = 0; i < depth_; ++i)
      frames_[i].lines_before_truncation = frames_[i].lines.size();
    return;
  }
  if (!consume(line, "Program "))
    return;
  if (consume(line, "data: ")) {
    data(line);
    return;
  }
  // "Program log: ..." and the like have no key here.
  auto space = line.find(' ');
  if (space == std::string_view::npos || space < 32)
    return;
  auto tail = line.substr(space + 1);
  auto invoked = consume(tail, "invoke [");
  if (!invoked && tail != "success" && !tail.starts_with("failed"))
    return;
  auto id = parse_pubkey(line.substr(0, space));
  if (!id)
    return;
  if (invoked)
    enter(tx, *id, parse_height(tail));
  else
    leave(*id);
}

void log_walker::enter(const transaction_view& tx, const pubkey& id,
                       uint32_t height) {
  if (height != depth_ + 1 || height > depth_max) {
    consistent_ = false;
    return;
  }
  if (height == 1) {
    enter_outer(tx, id);
    if (!consistent_)
      return;
  } else {
    auto& parent = frames_[depth_ - 1];
    if (parent.id == id)
      parent.children.push_back(inner_count_);
    ++inner_count_;
  }
  if (frames_.size() == depth_)
    frames_.emplace_back();
  auto& entered = frames_[depth_++];
  entered.id = id;
  entered.ours = program_of(id);
  entered.children.clear();
  entered.lines.clear();
  entered.lines_before_truncation = 0;
}

void log_walker::enter_outer(const transaction_view& tx, const pubkey& id) {
  // Precompiled programs write no invoke line, so look for the instruction.
  auto at = outer_next_;
  while (at < tx.outer.size() && !tx.key_is(tx.outer[at].program_index, id))
    ++at;
  if (at == tx.outer.size()) {
    consistent_ = false;
    return;
  }
  for (auto i = outer_next_; i < at; ++i)
    if (tx.key_is(tx.outer[i].program_index, known_keys::pump_program)
        || tx.key_is(tx.outer[i].program_index, known_keys::pump_amm_program))
      complete_ = false;
  outer_index_ = at;
  outer_next_ = at + 1;
  inner_count_ = 0;
}

void log_walker::leave(const pubkey& id) {
  if (depth_ == 0 || frames_[depth_ - 1].id != id) {
    consistent_ = false;
    return;
  }
  close(frames_[--depth_]);
}

void log_walker::data(std::string_view text) {
  if (depth_ == 0)
    return;
  auto& writer = frames_[depth_ - 1];
  writer.lines.push_back(events_.size());
  log_event event;
  event.program = writer.ours;
  event.text = text;
  event.outer_index = outer_index_;
  event.frame_height = static_cast<uint32_t>(depth_);
  events_.push_back(event);
}

void log_walker::close(frame& x) {
  // Only the lines before the cut keep their number, unless each child turns
  // out to have its line.
  auto exact = !truncated_ || x.lines.size() == x.children.size();
  auto certain = exact ? x.lines.size() : x.lines_before_truncation;
  auto paired = std::min(certain, x.children.size());
  for (size_t k = 0; k < paired; ++k)
    events_[x.lines[k]].inner_index = x.children[k];
  if (truncated_ && x.ours && x.lines.size() < x.children.size())
    complete_ = false;
}

} // namespace pumpscope::domain
