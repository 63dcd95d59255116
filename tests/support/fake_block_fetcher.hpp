#pragma once

#include "messages/block_fetcher.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pumpscope::test {

/// A server of blocks in memory; the last question is answered first.
class fake_block_fetcher : public messages::block_fetcher {
public:
  /// Blocks by slot, with all that is told about them.
  std::map<uint64_t, messages::fetched_block> blocks = {};
  /// Slots that get no usable answer.
  std::set<uint64_t> failing = {};
  /// Slots that were asked for.
  std::vector<uint64_t> asked = {};

  /// Adds a block of `updates` updates of one byte each.
  void add(uint64_t slot, uint64_t parent, uint32_t updates = 3) {
    auto block = messages::fetched_block{};
    block.slot = slot;
    block.state = messages::fetch_state::found;
    block.parent = parent;
    for (uint32_t i = 0; i < updates; ++i) {
      block.bytes.push_back(static_cast<uint8_t>(slot));
      block.ends.push_back(i + 1);
    }
    blocks.insert_or_assign(slot, std::move(block));
  }

  [[nodiscard]] std::string name() const override {
    return "fake";
  }

  void ask_block(uint64_t slot) override {
    asked.push_back(slot);
    auto found = blocks.find(slot);
    if (found != blocks.end() && !failing.contains(slot)) {
      answers_.emplace_back(found->second);
      return;
    }
    auto none = messages::fetched_block{};
    none.slot = slot;
    none.state = failing.contains(slot) ? messages::fetch_state::failed
                                        : messages::fetch_state::skipped;
    answers_.emplace_back(std::move(none));
  }

  void ask_list(uint64_t from, uint64_t to) override {
    auto list = messages::fetched_list{from, to, true, {}};
    for (auto& [slot, block] : blocks)
      if (from <= slot && slot <= to)
        list.slots.push_back(slot);
    answers_.emplace_back(std::move(list));
  }

  std::optional<messages::fetch_answer>
  next(std::chrono::milliseconds) override {
    if (cancelled_ || answers_.empty())
      return std::nullopt;
    auto result = std::move(answers_.back());
    answers_.pop_back();
    return result;
  }

  [[nodiscard]] size_t parallel() const override {
    return 1;
  }

  [[nodiscard]] std::string last_error() const override {
    return failing.empty() ? "" : "fake: some slots fail";
  }

  [[nodiscard]] messages::fetch_counters counters() const override {
    return {};
  }

  void cancel() override {
    cancelled_ = true;
  }

private:
  std::deque<messages::fetch_answer> answers_ = {};
  bool cancelled_ = false;
};

} // namespace pumpscope::test
