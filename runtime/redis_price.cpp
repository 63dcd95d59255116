#include "runtime/redis_price.hpp"

#include "adapters/price/price_answer.hpp"
#include "adapters/redis/connection.hpp"

#include <utility>

namespace pumpscope::runtime {

namespace {

/// See `redis_price`.
class redis_source : public adapters::price_source {
public:
  redis_source(redis::settings settings, std::string key)
    : settings_(std::move(settings)), key_(std::move(key)) {
    // nop
  }

  tl::expected<uint64_t, adapters::price_failure> ask() override {
    if (!connection_) {
      auto opened = redis::connection::open(settings_);
      if (!opened)
        return refuse(std::move(opened.error().what));
      connection_ = std::move(*opened);
    }
    // One byte more than allowed tells that there is more.
    auto text = connection_->read(key_, adapters::price_value_bytes_max + 1);
    if (!text) {
      connection_.reset();
      return refuse(std::move(text.error().what));
    }
    if (text->empty())
      return refuse("the key does not exist, or is empty");
    if (auto micros = adapters::read_price_value(*text))
      return *micros;
    return refuse("the value is no price of SOL");
  }

  void cancel() override {
    // The timeouts end a question.
  }

private:
  static tl::unexpected<adapters::price_failure> refuse(std::string what) {
    return tl::unexpected{adapters::price_failure{std::move(what)}};
  }

  redis::settings settings_;
  std::string key_;
  std::unique_ptr<redis::connection> connection_ = {};
};

} // namespace

std::unique_ptr<adapters::price_source> redis_price(redis::settings settings,
                                                    std::string key) {
  return std::make_unique<redis_source>(std::move(settings), std::move(key));
}

} // namespace pumpscope::runtime
