#include "bench/support/generator_source.hpp"

#include "adapters/simulator/generator.hpp"

#include <atomic>

namespace pumpscope::bench {

namespace {

using messages::read_status;

class generator_source : public messages::source {
public:
  explicit generator_source(const simulator::generator_settings& settings)
    : market_(settings) {
    // nop
  }

  [[nodiscard]] std::string name() const override {
    return "generator";
  }

  void resume_from(uint64_t) override {
    // Each market is read once, from its beginning.
  }

  read_status read(messages::raw_batch& out,
                   std::chrono::milliseconds) override {
    auto update = simulator::generated_update{};
    while (out.size() < messages::raw_batch_updates_max
           && out.bytes.size() < messages::raw_batch_bytes_max) {
      if (cancelled_)
        return read_status::failed;
      if (!market_.next(update))
        return read_status::end;
      bytes_
        = simulator::filters_prefix(simulator::default_filter_key(update.kind));
      bytes_ += update.body;
      out.append(
        {reinterpret_cast<const uint8_t*>(bytes_.data()), bytes_.size()});
    }
    return read_status::ok;
  }

  [[nodiscard]] std::string last_error() const override {
    return cancelled_ ? "cancelled" : "";
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return 0;
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return 0;
  }

  void cancel() override {
    cancelled_ = true;
  }

private:
  simulator::generator market_;
  std::string bytes_ = {};
  std::atomic<bool> cancelled_ = false;
};

} // namespace

std::shared_ptr<messages::source>
make_generator_source(const simulator::generator_settings& settings) {
  return std::make_shared<generator_source>(settings);
}

} // namespace pumpscope::bench
