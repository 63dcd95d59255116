#include "runtime/yellowstone_source.hpp"

#include "runtime/yellowstone_settings.hpp"

#include <condition_variable>
#include <mutex>
#include <random>

namespace pumpscope::runtime {

namespace {

using messages::raw_batch;
using messages::read_status;

class yellowstone_source : public messages::source {
public:
  yellowstone_source(yellowstone::client_settings settings,
                     domain::backoff_settings backoff,
                     std::optional<uint64_t> first_slot)
    : endpoint_(settings.endpoint),
      backoff_(backoff),
      first_slot_(first_slot),
      from_(first_slot),
      client_(std::move(settings)) {
    // nop
  }

  [[nodiscard]] std::string name() const override {
    return endpoint_;
  }

  void resume_from(uint64_t slot) override {
    // 0 is a fresh store: the configured first slot, or live.
    from_ = slot == 0 ? first_slot_ : std::optional{slot};
  }

  read_status read(raw_batch& out, std::chrono::milliseconds) override {
    if (!open_) {
      if (!wait(std::exchange(pause_, std::chrono::milliseconds{0})))
        return read_status::failed;
      if (auto opened = client_.open(from_); !opened)
        return ended(opened.error());
      open_ = true;
    }
    received_.clear();
    auto done = client_.read(received_);
    for (auto i = size_t{0}; i < received_.size(); ++i) {
      auto update = received_[i];
      out.append(
        {reinterpret_cast<const uint8_t*>(update.data()), update.size()});
    }
    if (!done)
      return ended(done.error());
    // A server accepts us with its first update, not with the connection.
    set_error({});
    return read_status::ok;
  }

  [[nodiscard]] std::string last_error() const override {
    auto lock = std::lock_guard{mutex_};
    return error_;
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return 0;
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return 0;
  }

  void cancel() override {
    {
      auto lock = std::lock_guard{mutex_};
      cancelled_ = true;
    }
    wake_.notify_all();
    client_.cancel();
  }

private:
  /// The stream ended: what to do about it.
  read_status ended(const yellowstone::stream_error& x) {
    auto lived = open_ ? client_.lived() : std::chrono::milliseconds{0};
    open_ = false;
    set_error(x.what);
    switch (x.code) {
      case domain::errc::unauthorized:
      case domain::errc::invalid_config:
      case domain::errc::limit_exceeded:
        return read_status::failed;
      case domain::errc::source_out_of_range:
        // As much as the server still has; else live.
        from_ = x.available_from;
        return read_status::out_of_range;
      default:
        break;
    }
    attempt_ = domain::next_attempt(backoff_, attempt_, lived);
    pause_ = domain::backoff_wait(backoff_, attempt_, random_());
    return read_status::retry;
  }

  void set_error(std::string what) {
    auto lock = std::lock_guard{mutex_};
    error_ = std::move(what);
  }

  /// Sleeps; false when cancelled.
  bool wait(std::chrono::milliseconds time) {
    auto lock = std::unique_lock{mutex_};
    return !wake_.wait_for(lock, time, [this] { return cancelled_; });
  }

  std::string endpoint_;
  domain::backoff_settings backoff_;
  std::optional<uint64_t> first_slot_;
  std::optional<uint64_t> from_;
  yellowstone::client client_;
  yellowstone::update_batch received_;
  bool open_ = false;
  uint32_t attempt_ = 0;
  std::chrono::milliseconds pause_ = std::chrono::milliseconds{0};
  std::mt19937_64 random_{std::random_device{}()};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  /// Both guarded by the mutex.
  std::string error_;
  bool cancelled_ = false;
};

} // namespace

outcome<std::unique_ptr<messages::source>>
make_yellowstone_source(const config::source_options& options) {
  auto settings = yellowstone_settings(options);
  if (!settings)
    return tl::unexpected{std::move(settings.error())};
  // One read fits one batch.
  settings->batch_updates_max = messages::raw_batch_updates_max;
  settings->batch_bytes_max = messages::raw_batch_bytes_max;
  return std::make_unique<yellowstone_source>(
    std::move(*settings), backoff_of(options), options.from_slot);
}

} // namespace pumpscope::runtime
