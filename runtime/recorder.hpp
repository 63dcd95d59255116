#pragma once

#include "adapters/recording/writer.hpp"
#include "adapters/yellowstone/client.hpp"
#include "domain/geyser_walk.hpp"
#include "runtime/outcome.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

namespace pumpscope::runtime {

/// What to record.
struct recorder_settings {
  yellowstone::client_settings client = {};
  domain::backoff_settings backoff = {};
  /// First slot to ask for; absent = live.
  std::optional<uint64_t> from_slot = {};
  /// How many slots before the newest one a reconnect asks for again.
  uint64_t resume_slots = 32;
  /// Updates after which recording ends; 0 = with the stop token only.
  uint64_t updates_max = 0;
};

/// What was recorded.
struct recorder_summary {
  uint64_t updates = 0;
  uint64_t bytes = 0;
  /// Lowest and highest slot of the slot updates.
  uint64_t first_slot = 0;
  uint64_t last_slot = 0;
  uint64_t reconnects = 0;
};

/// Writes a live stream into a recording: connects, resumes after a cut with
/// backoff, and flushes whole updates, so that a kill leaves a readable file.
class recorder {
public:
  /// `on_cut` is called with a text for people each time the stream ended.
  recorder(recorder_settings settings, recording::writer& out,
           std::function<void(const std::string&)> on_cut);

  /// Records until the limit or `stop`. Fails when the first connection does,
  /// when the server refuses us, or when the file cannot be written.
  outcome<recorder_summary> run(std::stop_token stop);

private:
  /// One connection; tells why it ended.
  yellowstone::stream_error receive(std::stop_token stop);
  outcome<void> append(const yellowstone::update_batch& batch);
  void note_slot(domain::byte_view update);
  [[nodiscard]] bool at_limit() const;

  recorder_settings settings_;
  recording::writer& out_;
  std::function<void(const std::string&)> on_cut_;
  yellowstone::client client_;
  recorder_summary summary_ = {};
  std::optional<failure> write_failure_ = {};
  /// Large: kept to be used again.
  std::unique_ptr<domain::update_view> view_;
  bool connected_ = false;
};

} // namespace pumpscope::runtime
