#pragma once

#include "messages/pipeline.hpp"
#include "messages/store.hpp"

#include <chrono>
#include <string>

namespace pumpscope::runtime {

/// What a replay leaves: counters of this run, totals of the store.
struct replay_report {
  messages::pipeline_status status = {};
  messages::store_counts store = {};
  messages::head_row head = {};
  std::chrono::milliseconds elapsed = std::chrono::milliseconds{0};
  /// CPU time of the whole process, all threads.
  std::chrono::milliseconds cpu = std::chrono::milliseconds{0};
  /// Largest memory of the process, in bytes.
  uint64_t memory_bytes_max = 0;
};

/// Fills in CPU time and memory of this process.
void measure_process(replay_report& x);

/// One line of JSON, without a newline.
std::string to_json(const replay_report& x);

/// The same for people, several lines.
std::string to_text(const replay_report& x);

} // namespace pumpscope::runtime
