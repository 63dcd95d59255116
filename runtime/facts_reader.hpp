#pragma once

#include "adapters/api/backend.hpp"
#include "messages/pipeline.hpp"
#include "messages/store.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace pumpscope::runtime {

/// Looks at a node about once a second, for what its answers say of it. What
/// costs the store more is looked at less often.
class facts_reader {
public:
  /// `source` names what the node reads.
  facts_reader(bool simulated, std::string source);

  /// What is known now. What the store does not answer stays as it was.
  api::node_facts read(messages::store& looker,
                       const messages::pipeline_status* status);

private:
  using clock = std::chrono::steady_clock;

  void read_gaps(messages::store& looker);

  clock::time_point started_at_ = clock::now();
  clock::time_point counted_at_ = {};
  api::node_facts facts_ = {};
  /// What the times of the gaps were found for.
  std::vector<messages::gap_row> rows_ = {};
};

} // namespace pumpscope::runtime
