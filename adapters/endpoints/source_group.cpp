#include "adapters/endpoints/source_group.hpp"

#include "domain/backoff.hpp"

#include <cassert>
#include <utility>

namespace pumpscope::endpoints {

source_group::source_group(std::vector<endpoint> endpoints,
                           group_settings settings)
  : settings_{std::move(settings)}, random_{settings_.seed} {
  assert(!endpoints.empty());
  for (auto& x : endpoints) {
    auto& told = reports_.emplace_back();
    told.name = x.name;
    told.standby = true;
    lanes_.push_back(std::make_unique<lane>(
      std::move(x.name), std::move(x.make), settings_.lane, [this] {
        auto guard = std::lock_guard{mutex_};
        news_ = true;
        wake_.notify_one();
      }));
  }
}

source_group::~source_group() {
  // All at once: each may take a moment.
  for (auto& x : lanes_)
    x->cancel();
}

void source_group::resume_from(uint64_t slot) {
  first_slot_ = slot;
}

std::string source_group::last_error() const {
  auto guard = std::lock_guard{mutex_};
  return error_;
}

uint64_t source_group::bytes_read() const {
  return 0;
}

uint64_t source_group::bytes_total() const {
  return 0;
}

std::vector<messages::endpoint_report> source_group::endpoints() const {
  auto guard = std::lock_guard{mutex_};
  return reports_;
}

void source_group::cancel() {
  {
    auto guard = std::lock_guard{mutex_};
    cancelled_ = true;
    error_ = "cancelled";
    wake_.notify_one();
  }
  for (auto& x : lanes_)
    x->cancel();
}

bool source_group::cancelled() const {
  auto guard = std::lock_guard{mutex_};
  return cancelled_;
}

void source_group::wait_until(clock::time_point time) {
  // Without threads nothing comes while we wait.
  if (!settings_.lane.threaded)
    return;
  auto lock = std::unique_lock{mutex_};
  wake_.wait_until(lock, time, [this] { return news_ || cancelled_; });
  news_ = false;
}

std::chrono::milliseconds source_group::pause(uint32_t failures) {
  auto attempt = failures == 0 ? 0 : failures - 1;
  return domain::backoff_wait({settings_.backoff_min, settings_.backoff_max},
                              attempt, random_());
}

void source_group::set_error(std::string text) {
  auto guard = std::lock_guard{mutex_};
  if (!cancelled_)
    error_ = std::move(text);
}

} // namespace pumpscope::endpoints
