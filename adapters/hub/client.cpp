#include "adapters/hub/client.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::hub {

namespace {

/// Room that an empty line keeps: thousands of clients mostly wait.
constexpr size_t kept_capacity_max = 16;

} // namespace

bool client::push(text_ptr text, uint32_t slot, keep how) {
  auto guard = std::lock_guard{mutex_};
  if (ended_)
    return false;
  bytes_ += text->size();
  items_.push_back({std::move(text), slot, how});
  if (bytes_ > bytes_max_)
    conflate();
  return take_arming();
}

bool client::tick(time_point now, const text_ptr& heartbeat,
                  std::chrono::milliseconds heartbeat_period,
                  std::chrono::milliseconds stalled_max) {
  auto guard = std::lock_guard{mutex_};
  if (ended_)
    return false;
  auto waits = head_ < items_.size();
  if (std::exchange(moved_, false) || !waits)
    progress_at_ = now;
  if (now - progress_at_ > stalled_max) {
    items_ = {};
    head_ = 0;
    bytes_ = 0;
    ended_ = true;
    stalled_ = true;
    // Whoever writes to a dead connection is not armed, but must let go of it.
    armed_ = false;
    return true;
  }
  if (now - heartbeat_at_ < heartbeat_period)
    return false;
  heartbeat_at_ = now;
  // What waits is a sign of life already.
  if (waits)
    return false;
  items_.push_back({heartbeat, 0, keep::always});
  bytes_ += heartbeat->size();
  return take_arming();
}

bool client::end() {
  auto guard = std::lock_guard{mutex_};
  if (std::exchange(ended_, true))
    return false;
  return take_arming();
}

bool client::next(std::vector<text_ptr>& out, size_t bytes_max) {
  auto guard = std::lock_guard{mutex_};
  auto taken = size_t{0};
  while (head_ < items_.size()) {
    auto& text = items_[head_].text;
    if (taken != 0 && taken + text->size() > bytes_max)
      break;
    taken += text->size();
    out.push_back(std::move(text));
    ++head_;
  }
  bytes_ -= taken;
  moved_ = moved_ || taken != 0;
  if (head_ < items_.size())
    return true;
  items_.clear();
  head_ = 0;
  if (items_.capacity() > kept_capacity_max)
    items_.shrink_to_fit();
  armed_ = !ended_;
  return !ended_;
}

void client::on_wake(std::function<void()> wake) {
  auto shared = std::make_shared<const std::function<void()>>(std::move(wake));
  auto guard = std::lock_guard{mutex_};
  wake_ = std::move(shared);
}

void client::wake() const {
  auto f = std::shared_ptr<const std::function<void()>>{};
  {
    auto guard = std::lock_guard{mutex_};
    f = wake_;
  }
  if (f && *f)
    (*f)();
}

uint64_t client::left_out() const {
  auto guard = std::lock_guard{mutex_};
  return left_out_;
}

bool client::is_stalled() const {
  auto guard = std::lock_guard{mutex_};
  return stalled_;
}

void client::conflate() {
  auto seen = std::vector<bool>{};
  // From the newest to the oldest: the first one of a channel stays.
  auto goes = [&seen](const item& x) {
    if (x.how != keep::newest)
      return x.how == keep::never;
    if (seen.size() <= x.slot)
      seen.resize(x.slot + 1);
    auto was_seen = static_cast<bool>(seen[x.slot]);
    seen[x.slot] = true;
    return was_seen;
  };
  auto kept = std::vector<item>{};
  bytes_ = 0;
  for (auto i = items_.size(); i > head_; --i) {
    auto& x = items_[i - 1];
    if (goes(x)) {
      ++left_out_;
      continue;
    }
    bytes_ += x.text->size();
    kept.push_back(std::move(x));
  }
  std::reverse(kept.begin(), kept.end());
  items_ = std::move(kept);
  head_ = 0;
}

bool client::take_arming() {
  return std::exchange(armed_, false);
}

} // namespace pumpscope::hub
