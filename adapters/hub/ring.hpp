#pragma once

#include "adapters/hub/client.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace pumpscope::hub {

/// The last messages that were made, for whoever lost their connection. Each
/// message knows the one before on its channel, so that those of a few channels
/// are found without a look at the others.
///
/// Bound: `bytes_max`; the oldest go.
class ring {
public:
  struct message {
    text_ptr text = {};
    uint64_t number = 0;
    /// Number of the message before on the same channel; 0 = none.
    uint64_t previous = 0;
  };

  explicit ring(size_t bytes_max) : bytes_max_{bytes_max} {
    // nop
  }

  /// Pre: numbers rise by one.
  void push(message x) {
    bytes_ += bytes_of(x);
    messages_.push_back(std::move(x));
    while (bytes_ > bytes_max_ && messages_.size() > 1) {
      bytes_ -= bytes_of(messages_.front());
      messages_.pop_front();
    }
  }

  void clear() {
    messages_.clear();
    bytes_ = 0;
  }

  /// Returns a message, or null when it is not there (any more).
  [[nodiscard]] const message* find(uint64_t number) const {
    if (messages_.empty() || number < messages_.front().number
        || number > messages_.back().number)
      return nullptr;
    return &messages_[number - messages_.front().number];
  }

  /// Tells whether all messages behind `number` are there; `last` is the number
  /// of the last one that was made.
  [[nodiscard]] bool has_all_behind(uint64_t number, uint64_t last) const {
    return number == last || find(number + 1) != nullptr;
  }

  [[nodiscard]] size_t bytes() const {
    return bytes_;
  }

private:
  /// With what the text and its owner cost beside its letters, about.
  static size_t bytes_of(const message& x) {
    return sizeof(message) + 64 + x.text->size();
  }

  size_t bytes_max_;
  size_t bytes_ = 0;
  std::deque<message> messages_ = {};
};

} // namespace pumpscope::hub
