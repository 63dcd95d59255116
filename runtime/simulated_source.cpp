#include "runtime/simulated_source.hpp"

#include "adapters/simulator/generator.hpp"
#include "runtime/simulator_settings.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace pumpscope::runtime {

namespace {

using messages::raw_batch;
using messages::read_status;
using clock = std::chrono::steady_clock;

constexpr auto slot_period = std::chrono::milliseconds{400};

int64_t wall_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

class simulated_source : public messages::source {
public:
  simulated_source(const config::simulator_options& options,
                   uint64_t resume_slots)
    : settings_(simulator_settings(options).generator),
      resume_slots_(resume_slots),
      paced_(options.rate != 0) {
    // The truth is for those who compare; a node runs for months.
    settings_.chain.truth = false;
    if (paced_)
      settings_.chain.transactions_per_slot
        = std::max(0.1, static_cast<double>(options.rate)
                          * static_cast<double>(slot_period.count()) / 1'000);
  }

  [[nodiscard]] std::string name() const override {
    return "simulator";
  }

  void resume_from(uint64_t slot) override {
    resume_slot_ = std::max(slot, settings_.chain.first_slot);
    live_slot_ = slot == 0 ? resume_slot_ : resume_slot_ + resume_slots_;
    auto past = static_cast<int64_t>(live_slot_ - settings_.chain.first_slot)
                * slot_period.count() / 1'000;
    settings_.chain.start_time = wall_seconds() - past;
    generator_.emplace(settings_);
    started_at_ = clock::now();
    pending_.clear();
  }

  read_status read(raw_batch& out, std::chrono::milliseconds timeout) override {
    if (!generator_)
      resume_from(0);
    auto deadline = clock::now() + timeout;
    while (out.size() < messages::raw_batch_updates_max
           && out.bytes.size() < messages::raw_batch_bytes_max) {
      if (pending_.empty() && !next())
        return cancelled() ? stop() : read_status::end;
      if (!wait_until(std::min(due(), deadline)))
        return stop();
      if (due() > clock::now())
        return read_status::ok;
      out.append(bytes_of(pending_));
      pending_.clear();
    }
    return read_status::ok;
  }

  [[nodiscard]] std::string last_error() const override {
    return cancelled() ? "cancelled" : "";
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return 0;
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return 0;
  }

  void cancel() override {
    auto lock = std::lock_guard{mutex_};
    cancelled_ = true;
    wake_.notify_all();
  }

private:
  static read_status stop() {
    return read_status::failed;
  }

  [[nodiscard]] bool cancelled() const {
    auto lock = std::lock_guard{mutex_};
    return cancelled_;
  }

  /// Puts the next update that is of interest into `pending_`.
  bool next() {
    auto update = simulator::generated_update{};
    while (generator_->next(update)) {
      slot_ = update.slot;
      if (slot_ < resume_slot_) {
        // The past runs by unpaced, and can still be interrupted.
        if (++skipped_ % 4'096 == 0 && cancelled())
          return false;
        continue;
      }
      pending_
        = simulator::filters_prefix(simulator::default_filter_key(update.kind));
      pending_ += update.body;
      return true;
    }
    return false;
  }

  /// When the pending update may be given out.
  [[nodiscard]] clock::time_point due() const {
    // What is repeated comes at once, as from a real server.
    if (!paced_ || slot_ <= live_slot_)
      return started_at_;
    return started_at_ + slot_period * static_cast<int64_t>(slot_ - live_slot_);
  }

  /// False when cancelled.
  bool wait_until(clock::time_point time) {
    auto lock = std::unique_lock{mutex_};
    wake_.wait_until(lock, time, [this] { return cancelled_; });
    return !cancelled_;
  }

  simulator::generator_settings settings_;
  uint64_t resume_slots_ = 0;
  bool paced_ = false;
  std::optional<simulator::generator> generator_;
  uint64_t resume_slot_ = 0;
  /// From here on slots come as time passes.
  uint64_t live_slot_ = 0;
  uint64_t slot_ = 0;
  uint64_t skipped_ = 0;
  clock::time_point started_at_ = {};
  std::string pending_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool cancelled_ = false;
};

} // namespace

std::unique_ptr<messages::source>
make_simulated_source(const config::simulator_options& options,
                      uint64_t resume_slots) {
  return std::make_unique<simulated_source>(options, resume_slots);
}

} // namespace pumpscope::runtime
