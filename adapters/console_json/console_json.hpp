#pragma once

#include "messages/console.hpp"

#include <string>

namespace pumpscope::console_json {

// What the console answers, for the web page and the terminal alike. The fields
// stand in docs/reference/console.md. What is not known is null, times are
// RFC 3339 (of stages: unix milliseconds), durations seconds, amounts texts.

/// `/console/api/overview`.
std::string overview_json(const messages::console_look& x);

/// `/console/api/actors`: the tree by role, and every actor.
std::string actors_json(const messages::console_look& x);

/// `/console/api/actors?kind=&partition=`: some entities of a partition.
std::string sample_json(const messages::entity_sample& x);

/// `/console/api/partitions`.
std::string partitions_json(const messages::console_look& x);

/// `/console/api/streams`.
std::string streams_json(const messages::console_look& x);

/// `/console/api/latency`.
std::string latency_json(const messages::console_look& x);

/// `/console/api/stores`: those who read and write the store, the sink and
/// whoever feeds it. Without `stored` the store did not answer, for the reason
/// given.
std::string stores_json(const messages::console_look& x,
                        const messages::troubles* stored,
                        const std::string& problem);

/// `/console/api/gaps`.
std::string gaps_json(const messages::troubles& x);

/// `/console/api/dead-letters`.
std::string dead_letters_json(const messages::troubles& x);

/// `/console/api/audits`.
std::string audits_json(const messages::troubles& x);

/// `/console/api/find`.
std::string found_json(const messages::found_key& x);

/// `/console/api/trace`.
std::string trace_json(const messages::found_trace& x);

} // namespace pumpscope::console_json
