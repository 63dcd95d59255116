#pragma once

#include "messages/inbox.hpp"
#include "messages/store.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace pumpscope::webhook {

/// Reads the inbox of a store. Holds the payloads of one look (8 MiB, or one
/// larger one) and the updates of one payload.
class store_inbox : public messages::inbox_reader {
public:
  /// `view` comes from `store::open_inbox`.
  explicit store_inbox(std::shared_ptr<messages::store> view);

  bool fill(messages::raw_batch& out) override;

  bool remove(uint64_t up_to) override;

  [[nodiscard]] messages::inbox_counters counters() const override;

  [[nodiscard]] std::string last_error() const override;

private:
  /// Converts the next payload; false when there is none.
  bool next_payload();

  bool load();

  void note(const std::string& error);

  std::shared_ptr<messages::store> view_;
  uint64_t read_up_to_ = 0;
  std::deque<messages::inbox_row> rows_ = {};
  /// Updates of the payload `current_` that are not passed on; 0 = none.
  uint64_t current_ = 0;
  std::deque<std::vector<uint8_t>> updates_ = {};
  mutable std::mutex mutex_ = {};
  /// Both guarded by the mutex.
  messages::inbox_counters counters_ = {};
  std::string error_ = {};
};

} // namespace pumpscope::webhook
