#pragma once

#include "adapters/simulator/simulate.hpp"

#include <future>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace pumpscope::yellowstone {

/// A simulated server on a free loopback port, for the life of the object.
class running_simulator {
public:
  explicit running_simulator(simulator::simulate_settings settings) {
    settings.listen = "127.0.0.1:0";
    auto listening = std::promise<std::string>{};
    auto address = listening.get_future();
    thread_ = std::jthread{
      [this, settings = std::move(settings),
       listening = std::move(listening)](const std::stop_token& stop) mutable {
        auto hooks = simulator::simulate_hooks{};
        hooks.on_listen = [&](const std::string& text) {
          listening.set_value(text);
        };
        summary_ = simulator::simulate(settings, stop, hooks);
      }};
    address_ = address.get();
  }

  [[nodiscard]] std::string endpoint() const {
    return "http://" + address_;
  }

  [[nodiscard]] std::string address() const {
    return address_;
  }

  /// Ends it and gives what it served.
  simulator::simulate_summary stop() {
    thread_.request_stop();
    thread_.join();
    return summary_.value();
  }

private:
  std::string address_ = {};
  tl::expected<simulator::simulate_summary, std::string> summary_
    = tl::unexpected{std::string{"not ended"}};
  std::jthread thread_ = {};
};

} // namespace pumpscope::yellowstone
