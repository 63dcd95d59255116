#pragma once

#include "domain/canonical_dump.hpp"
#include "messages/store.hpp"
#include "runtime/outcome.hpp"

#include <vector>

namespace pumpscope::runtime {

/// Returns the metrics of every traded token as the stored states tell, at the
/// chain time of the journal's head (domain.md section 6). Scores take SOL as
/// their currency where no SOL/USD rate is known, and are then absent.
outcome<std::vector<domain::canonical::metrics_row>>
stored_metrics(messages::store& store);

} // namespace pumpscope::runtime
