#include "runtime/endpoint_watch.hpp"

namespace pumpscope::runtime {

std::vector<std::string>
endpoint_watch::lines(const std::vector<messages::endpoint_report>& now) {
  auto result = std::vector<std::string>{};
  // A restarted pipeline counts from 0 again.
  auto fresh = before_.size() != now.size();
  for (size_t i = 0; i < now.size(); ++i) {
    const auto& x = now[i];
    auto before = fresh || before_[i].updates > x.updates
                    ? messages::endpoint_report{}
                    : before_[i];
    if (x.last_error.empty() != before.last_error.empty()) {
      if (x.reading)
        result.push_back("endpoint " + x.name + " gives updates again");
      else if (!x.last_error.empty())
        result.push_back("endpoint " + x.name
                         + " gives no updates: " + x.last_error);
    }
    if (x.out_of_range > before.out_of_range)
      result.push_back("endpoint " + x.name
                       + " no longer has the slot that it was asked for");
    if (auto missing = x.missing_transactions - before.missing_transactions;
        x.missing_transactions > before.missing_transactions)
      result.push_back(
        "endpoint " + x.name + " lacked " + std::to_string(missing)
        + " transactions in "
        + std::to_string(x.slots_differing - before.slots_differing)
        + " slots that other endpoints told");
  }
  before_ = now;
  return result;
}

} // namespace pumpscope::runtime
