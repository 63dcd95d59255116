#include "adapters/price/price_poller.hpp"

#include "adapters/price/price_answer.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <stop_token>
#include <thread>

namespace pumpscope::adapters {

namespace {

using std::chrono::milliseconds;

constexpr size_t answer_bytes_max = 64U << 10;

/// See `http_price`.
class http_source : public price_source {
public:
  explicit http_source(rpc::client_settings settings)
    : settings_(std::move(settings)), client_(bounded(settings_)) {
  }

  tl::expected<uint64_t, price_failure> ask() override {
    auto answer = client_.fetch();
    if (!answer)
      return tl::unexpected{price_failure{
        rpc::without_secrets(answer.error().what, settings_.target),
        answer.error().retry_after.value_or(milliseconds{0})}};
    if (auto micros = read_price_answer(*answer))
      return *micros;
    return tl::unexpected{price_failure{"the answer holds no price of SOL"}};
  }

  void cancel() override {
    client_.cancel();
  }

private:
  static rpc::client_settings bounded(rpc::client_settings x) {
    x.body_bytes_max = answer_bytes_max;
    return x;
  }

  rpc::client_settings settings_;
  rpc::client client_;
};

} // namespace

std::unique_ptr<price_source> http_price(rpc::client_settings settings) {
  return std::make_unique<http_source>(std::move(settings));
}

struct price_poller::impl {
  impl(price_poller_settings x, std::unique_ptr<price_source> from,
       std::shared_ptr<messages::sol_price> price)
    : settings(std::move(x)),
      source(std::move(from)),
      to(std::move(price)),
      bucket(settings.rate),
      thread([this](const std::stop_token& stop) { run(stop); }) {
  }

  ~impl() {
    thread.request_stop();
    source->cancel();
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      auto pause = bucket.wait(monotonic());
      if (pause.count() > 0) {
        sleep(stop, std::chrono::ceil<milliseconds>(pause));
        continue;
      }
      bucket.take(monotonic());
      sleep(stop, ask());
    }
  }

  /// Sends one request; returns how long to wait until the next one.
  milliseconds ask() {
    auto micros = source->ask();
    auto lock = std::lock_guard{mutex};
    ++status.requests_total;
    if (micros) {
      to->add(settings.now(), *micros);
      status.usd_micros = *micros;
      status.last_error.clear();
      failures = 0;
      return settings.period;
    }
    ++status.failures_total;
    status.last_error = std::move(micros.error().what);
    return std::max(backoff(), micros.error().retry_after);
  }

  milliseconds backoff() {
    auto highest = settings.backoff_min.count();
    for (auto i = uint32_t{0}; i < failures; ++i)
      highest = std::min(highest * 2, settings.backoff_max.count());
    ++failures;
    auto distribution = std::uniform_int_distribution<int64_t>{highest / 2,
                                                               highest};
    return milliseconds{distribution(random)};
  }

  static domain::token_bucket::duration monotonic() {
    return std::chrono::steady_clock::now().time_since_epoch();
  }

  void sleep(const std::stop_token& stop, milliseconds time) {
    auto lock = std::unique_lock{mutex};
    wake.wait_for(lock, stop, time, [] { return false; });
  }

  price_poller_settings settings;
  std::unique_ptr<price_source> source;
  std::shared_ptr<messages::sol_price> to;
  /// The thread's own.
  domain::token_bucket bucket;
  uint32_t failures = 0;
  std::minstd_rand random{std::random_device{}()};

  mutable std::mutex mutex = {};
  std::condition_variable_any wake = {};
  price_poller_status status = {};
  /// The last member: ends before what it uses.
  std::jthread thread;
};

price_poller::price_poller(price_poller_settings settings,
                           std::unique_ptr<price_source> source,
                           std::shared_ptr<messages::sol_price> to)
  : impl_(std::make_unique<impl>(std::move(settings), std::move(source),
                                 std::move(to))) {
}

price_poller::~price_poller() = default;

price_poller_status price_poller::status() const {
  auto lock = std::lock_guard{impl_->mutex};
  return impl_->status;
}

} // namespace pumpscope::adapters
