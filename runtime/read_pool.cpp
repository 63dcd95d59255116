#include "runtime/read_pool.hpp"

#include <utility>

namespace pumpscope::runtime {

read_pool::read_pool(std::vector<std::unique_ptr<messages::store>> views,
                     read_pool_settings settings)
  : settings_{settings}, views_{std::move(views)} {
  for (auto& view : views_)
    threads_.emplace_back([this, &view] { work(*view); });
}

read_pool::~read_pool() {
  auto left = std::deque<job>{};
  {
    auto guard = std::lock_guard{mutex_};
    ending_ = true;
    left = std::exchange(line_, {});
    counters_.dropped += left.size();
  }
  changed_.notify_all();
  for (auto& x : left)
    x.dropped();
  threads_.clear();
}

bool read_pool::add(read run, std::function<void()> dropped) {
  {
    auto guard = std::lock_guard{mutex_};
    if (ending_ || line_.size() >= settings_.waiting_max) {
      ++counters_.refused;
      return false;
    }
    line_.push_back({std::move(run), std::move(dropped), clock::now()});
  }
  changed_.notify_one();
  return true;
}

void read_pool::work(messages::store& view) {
  for (;;) {
    auto next = job{};
    auto is_late = false;
    {
      auto lock = std::unique_lock{mutex_};
      changed_.wait(lock, [this] { return ending_ || !line_.empty(); });
      if (ending_)
        return;
      next = std::move(line_.front());
      line_.pop_front();
      is_late = clock::now() - next.since > settings_.wait_max;
      ++(is_late ? counters_.dropped : counters_.reads);
    }
    if (is_late)
      next.dropped();
    else
      next.run(view);
  }
}

read_pool_counters read_pool::counters() const {
  auto guard = std::lock_guard{mutex_};
  auto result = counters_;
  result.waiting = line_.size();
  return result;
}

} // namespace pumpscope::runtime
