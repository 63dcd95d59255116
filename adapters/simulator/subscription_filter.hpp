#pragma once

#include "adapters/simulator/broadcast_log.hpp"
#include "domain/pubkey.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace geyser {
class SubscribeRequest;
class SubscribeRequestFilterTransactions;
} // namespace geyser

namespace pumpscope::simulator {

/// What one client asked for: decides which updates it gets and under which
/// filter keys.
class subscription_filter {
public:
  /// Accepts nothing.
  subscription_filter() = default;

  /// Reads a request; the error tells what the simulator does not serve or
  /// cannot read.
  static tl::expected<subscription_filter, std::string>
  from(const geyser::SubscribeRequest& request);

  /// Returns the bytes of the field `filters` to send in front of the body;
  /// empty = the client does not want this update.
  [[nodiscard]] std::string prefix(const broadcast_message& x) const;

  /// 0 processed, 1 confirmed, 2 finalized.
  [[nodiscard]] uint8_t commitment() const {
    return commitment_;
  }

private:
  struct transactions {
    std::string prefix = {};
    std::optional<bool> vote = {};
    std::optional<bool> failed = {};
    std::string signature = {};
    std::vector<domain::pubkey> include = {};
    std::vector<domain::pubkey> exclude = {};
    std::vector<domain::pubkey> required = {};
    /// Only the two programs are named, in `include`: the flags of the message
    /// tell, no need to look into it.
    bool programs_only = false;
    bool pump = false;
    bool pump_amm = false;
  };

  struct slots {
    std::string prefix = {};
    bool by_commitment = false;
    bool interslot = false;
  };

  static tl::expected<transactions, std::string>
  read(const std::string& key,
       const geyser::SubscribeRequestFilterTransactions& x);
  static bool matches(const transactions& filter, const broadcast_message& x);

  std::vector<transactions> transactions_ = {};
  std::vector<slots> slots_ = {};
  std::vector<std::string> metas_ = {};
  uint8_t commitment_ = 0;
};

} // namespace pumpscope::simulator
