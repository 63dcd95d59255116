#include "adapters/endpoints/lane.hpp"

#include <cassert>
#include <utility>

namespace pumpscope::endpoints {

namespace {

using messages::read_status;

/// How long a source may wait for updates in one read.
constexpr auto patience = std::chrono::milliseconds{100};

bool is_last(read_status x) {
  return x == read_status::end || x == read_status::failed;
}

} // namespace

lane::lane(std::string name, source_factory make, lane_settings x,
           std::function<void()> on_news)
  : name_{std::move(name)},
    make_{std::move(make)},
    settings_{x},
    on_news_{std::move(on_news)} {
  // nop
}

lane::~lane() {
  stop();
}

void lane::start(uint64_t slot) {
  assert(!running());
  auto source = make_();
  source->resume_from(slot);
  {
    auto guard = std::lock_guard{mutex_};
    source_ = source;
    if (cancelled_)
      source_->cancel();
  }
  if (settings_.threaded)
    thread_ = std::jthread{
      [this, source = std::move(source)](const std::stop_token& stop) {
        work(stop, *source);
      }};
}

delivery lane::read_one(messages::source& from) {
  auto result = delivery{};
  result.status = from.read(result.batch, patience);
  if (result.status != read_status::ok && result.status != read_status::end)
    result.error = from.last_error();
  if (result.status == read_status::out_of_range)
    result.oldest_available = from.oldest_available();
  return result;
}

void lane::work(const std::stop_token& stop, messages::source& from) {
  for (auto over = false; !over;) {
    {
      auto lock = std::unique_lock{mutex_};
      room_.wait(lock, stop,
                 [this] { return queue_.size() < settings_.batches_max; });
    }
    if (stop.stop_requested())
      return;
    auto read = read_one(from);
    if (stop.stop_requested())
      return;
    over = is_last(read.status);
    // Nothing came in time: nobody needs to know.
    if (read.status == read_status::ok && read.batch.size() == 0)
      continue;
    {
      auto guard = std::lock_guard{mutex_};
      queue_.push_back(std::move(read));
    }
    on_news_();
  }
}

std::optional<delivery> lane::take() {
  if (!running())
    return std::nullopt;
  auto result = std::optional<delivery>{};
  if (settings_.threaded) {
    auto guard = std::lock_guard{mutex_};
    if (queue_.empty())
      return std::nullopt;
    result = std::move(queue_.front());
    queue_.pop_front();
    room_.notify_one();
  } else {
    result = read_one(*source_);
    if (result->status == read_status::ok && result->batch.size() == 0)
      return std::nullopt;
  }
  if (is_last(result->status))
    stop();
  return result;
}

void lane::stop() {
  if (!running())
    return;
  source_->cancel();
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  auto guard = std::lock_guard{mutex_};
  source_.reset();
  queue_.clear();
}

void lane::cancel() {
  auto guard = std::lock_guard{mutex_};
  cancelled_ = true;
  if (source_)
    source_->cancel();
}

} // namespace pumpscope::endpoints
