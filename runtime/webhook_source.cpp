#include "runtime/webhook_source.hpp"

#include <condition_variable>
#include <mutex>

namespace pumpscope::runtime {

namespace {

class webhook_source : public messages::source {
public:
  [[nodiscard]] std::string name() const override {
    return "webhooks";
  }

  void resume_from(uint64_t) override {
    // What is not in the journal is in the inbox.
  }

  messages::read_status read(messages::raw_batch&,
                             std::chrono::milliseconds timeout) override {
    auto lock = std::unique_lock{mutex_};
    wake_.wait_for(lock, timeout, [this] { return cancelled_; });
    return cancelled_ ? messages::read_status::failed
                      : messages::read_status::ok;
  }

  [[nodiscard]] std::string last_error() const override {
    return {};
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return 0;
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return 0;
  }

  void cancel() override {
    {
      auto guard = std::lock_guard{mutex_};
      cancelled_ = true;
    }
    wake_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool cancelled_ = false;
};

} // namespace

std::unique_ptr<messages::source> make_webhook_source() {
  return std::make_unique<webhook_source>();
}

} // namespace pumpscope::runtime
