#include "actors/partition.hpp"

namespace pumpscope::actors {

caf::error validate(const partition_config& x) {
  if (x.live_max == 0 || x.dirty_max == 0 || x.history_rows_max == 0
      || x.checkpoint_period.count() <= 0 || x.store_timeout.count() <= 0)
    return caf::make_error(domain::errc::invalid_config,
                           std::string{"partition bounds must be positive"});
  return {};
}

} // namespace pumpscope::actors
