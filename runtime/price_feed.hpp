#pragma once

#include "adapters/price/price_poller.hpp"
#include "config/options.hpp"
#include "messages/sol_price.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pumpscope::runtime {

/// The configured source of the SOL/USD rate, as long as the object lives.
class price_feed {
public:
  /// None.
  price_feed() = default;

  /// Pre: the options are valid.
  price_feed(const config::price_options& options,
             const config::redis_options& redis);

  /// Returns what a sequencer asks; empty without a source.
  [[nodiscard]] std::function<uint64_t(int64_t)> known_at() const;

  /// Why the source gives no price now; empty when it does.
  [[nodiscard]] std::string trouble() const;

private:
  uint64_t fixed_usd_micros_ = 0;
  /// What is asked, as it may be shown.
  std::string name_ = {};
  std::shared_ptr<messages::sol_price> price_ = {};
  std::unique_ptr<adapters::price_poller> poller_ = {};
};

} // namespace pumpscope::runtime
