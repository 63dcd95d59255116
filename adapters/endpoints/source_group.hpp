#pragma once

#include "adapters/endpoints/lane.hpp"
#include "adapters/endpoints/resume_point.hpp"
#include "messages/source.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace pumpscope::endpoints {

/// One endpoint of a group.
struct endpoint {
  /// Without secrets.
  std::string name = {};
  source_factory make = {};
};

/// What both ways to read several endpoints need.
struct group_settings {
  lane_settings lane = {};
  /// How many slots before the last block meta an endpoint is asked again.
  uint64_t resume_slots = 32;
  /// Upper ends of the wait before an endpoint that failed is asked again: it
  /// doubles from the first to the second.
  std::chrono::milliseconds backoff_min = std::chrono::milliseconds{250};
  std::chrono::milliseconds backoff_max = std::chrono::seconds{30};
  /// Draws waits and the seed of hashes.
  uint64_t seed = 0;
  /// Monotonic time.
  std::function<std::chrono::steady_clock::time_point()> now
    = std::chrono::steady_clock::now;
};

/// Base of the sources that read several endpoints: their lanes, what is told
/// about them, waiting and cancelling.
class source_group : public messages::source {
public:
  using clock = std::chrono::steady_clock;

  /// Pre: 1 to `endpoints_max` endpoints.
  source_group(std::vector<endpoint> endpoints, group_settings settings);

  ~source_group() override;

  void resume_from(uint64_t slot) override;

  [[nodiscard]] std::string last_error() const override;
  [[nodiscard]] uint64_t bytes_read() const override;
  [[nodiscard]] uint64_t bytes_total() const override;
  [[nodiscard]] std::vector<messages::endpoint_report>
  endpoints() const override;
  void cancel() override;

protected:
  [[nodiscard]] size_t size() const {
    return lanes_.size();
  }

  [[nodiscard]] endpoints::lane& lane_of(size_t i) {
    return *lanes_[i];
  }

  [[nodiscard]] clock::time_point now() const {
    return settings_.now();
  }

  [[nodiscard]] bool cancelled() const;

  /// Waits until a lane has news, the source is cancelled or `time` is there.
  void wait_until(clock::time_point time);

  /// The random wait before the attempt behind `failures` in a row.
  [[nodiscard]] std::chrono::milliseconds pause(uint32_t failures);

  void set_error(std::string text);

  /// Changes what is told about an endpoint.
  template <class F>
  void report(size_t i, F change) {
    auto guard = std::lock_guard{mutex_};
    change(reports_[i]);
  }

  const group_settings settings_;
  /// The slot that the owner asked for.
  uint64_t first_slot_ = 0;

private:
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool news_ = false;
  bool cancelled_ = false;
  std::string error_ = {};
  std::vector<messages::endpoint_report> reports_ = {};
  std::mt19937_64 random_;
  /// Last: their threads use all of the above.
  std::vector<std::unique_ptr<lane>> lanes_ = {};
};

} // namespace pumpscope::endpoints
