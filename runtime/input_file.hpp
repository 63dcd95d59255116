#pragma once

#include "runtime/outcome.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pumpscope::runtime {

/// What a file holds.
enum class input_kind : uint8_t {
  /// Length-delimited updates, compressed or not.
  recording = 0,
  /// Answers of getTransaction or getBlock.
  rpc_json = 1,
  /// Lines `{"program": …, "event_base64": …}`.
  event_json = 2,
};

/// A file on the command line.
struct input_file {
  std::string path = {};
  input_kind kind = input_kind::recording;
  /// Size on disk.
  uint64_t bytes = 0;
};

/// Looks at each file: it must be a readable regular file. The kind comes from
/// the name (.geyser, .zst, .json, .jsonl), of any other name from the first
/// bytes. Fails with all files that cannot be read.
outcome<std::vector<input_file>>
look_at_inputs(const std::vector<std::string>& paths);

} // namespace pumpscope::runtime
