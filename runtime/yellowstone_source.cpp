#include "runtime/yellowstone_source.hpp"

#include "adapters/endpoints/parallel_source.hpp"
#include "adapters/endpoints/resume_point.hpp"
#include "adapters/endpoints/standby_source.hpp"
#include "domain/update_peek.hpp"
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
                     std::optional<uint64_t> first_slot, uint64_t resume_slots)
    : endpoint_(settings.endpoint),
      backoff_(backoff),
      first_slot_(first_slot),
      resume_slots_(resume_slots),
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
    // One block of memory: growing would copy it all again.
    out.bytes.reserve(out.bytes.size() + received_.bytes());
    out.ends.reserve(out.ends.size() + received_.size());
    for (auto i = size_t{0}; i < received_.size(); ++i) {
      auto update = received_[i];
      out.append(
        {reinterpret_cast<const uint8_t*>(update.data()), update.size()});
      note(out.update(out.size() - 1));
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

  [[nodiscard]] uint64_t oldest_available() const override {
    return from_.value_or(0);
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
    // Behind what came; what the pipeline has it knows again.
    if (auto slot = position_.slot(resume_slots_); slot != 0)
      from_ = slot;
    attempt_ = domain::next_attempt(backoff_, attempt_, lived);
    pause_ = domain::backoff_wait(backoff_, attempt_, random_());
    return read_status::retry;
  }

  /// Keeps track of where to go on.
  void note(std::span<const uint8_t> update) {
    auto x = domain::peek_update(update);
    if (x.kind == domain::update_kind::block_meta)
      position_.note(x.slot);
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
  uint64_t resume_slots_ = 0;
  std::optional<uint64_t> from_;
  /// What came, also from earlier connections.
  endpoints::resume_point position_;
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

/// The endpoints of the options, each with its own token.
outcome<std::vector<endpoints::endpoint>>
endpoints_of(const config::source_options& options) {
  auto result = std::vector<endpoints::endpoint>{};
  for (size_t i = 0; i < options.endpoints.size(); ++i) {
    auto settings = yellowstone_settings(options, i);
    if (!settings)
      return tl::unexpected{std::move(settings.error())};
    // One read fits one batch.
    settings->batch_updates_max = messages::raw_batch_updates_max;
    settings->batch_bytes_max = messages::raw_batch_bytes_max;
    auto& x = result.emplace_back();
    x.name = settings->endpoint;
    x.make = [settings = std::move(*settings), backoff = backoff_of(options),
              first = options.from_slot, resume = options.resume_slots] {
      return std::make_shared<yellowstone_source>(settings, backoff, first,
                                                  resume);
    };
  }
  return result;
}

endpoints::group_settings group_of(const config::source_options& options) {
  auto result = endpoints::group_settings{};
  result.resume_slots = options.resume_slots;
  result.backoff_min = options.backoff_min;
  result.backoff_max = options.backoff_max;
  auto device = std::random_device{};
  result.seed = (uint64_t{device()} << 32) ^ device();
  return result;
}

} // namespace

outcome<std::shared_ptr<messages::source>>
make_yellowstone_source(const config::source_options& options) {
  auto made = endpoints_of(options);
  if (!made)
    return tl::unexpected{std::move(made.error())};
  if (made->size() == 1)
    return made->front().make();
  auto group = group_of(options);
  if (options.mode == config::endpoint_mode::parallel)
    return std::make_shared<endpoints::parallel_source>(std::move(*made),
                                                        std::move(group));
  auto patience = endpoints::standby_patience{};
  patience.silence_max = options.standby_timeout;
  patience.return_period = options.standby_return;
  return std::make_shared<endpoints::standby_source>(
    std::move(*made), std::move(group), patience);
}

} // namespace pumpscope::runtime
