#pragma once

#include "domain/canonical_dump.hpp"
#include "messages/store.hpp"
#include "runtime/outcome.hpp"

#include <vector>

namespace pumpscope::runtime {

/// Returns the metrics of every traded token as the stored states tell, at the
/// chain time of the journal's head. Scores are absent where no SOL/USD rate
/// is known.
outcome<std::vector<domain::canonical::metrics_row>>
stored_metrics(messages::store& store);

} // namespace pumpscope::runtime
