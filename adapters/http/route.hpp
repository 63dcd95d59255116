#pragma once

#include "adapters/http/message.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace pumpscope::http {

/// Takes the answer to a request: once, from any thread. Later ones, and those
/// that come after the time limit, go nowhere. Compressing and hashing the
/// answer is done by the thread that calls it.
using reply = std::function<void(response)>;

/// One pattern of paths and one method.
struct route {
  /// In upper case; GET answers HEAD as well.
  std::string method = "GET";
  /// Segments are texts or `{name}`, which stands for one that is not empty;
  /// the last may be `{name...}`, which stands for all the rest, even an empty
  /// one. Where several patterns take a path, the one with the more specific
  /// first segment wins, and so on; it alone decides which methods there are.
  std::string path = {};
  /// Longest body; 0 = a body is refused.
  size_t body_bytes_max = 0;
  /// Looks at a request without its body. An answer refuses it: the body is
  /// never read and the connection ends. Empty = all are let in.
  std::function<std::optional<response>(const request&)> admit = {};
  /// Answers, now or later. Runs on the server's thread: it must not block.
  std::function<void(request, reply)> handle = {};
  /// Needs one of the keys of the settings, where there are any.
  bool keyed = false;
  /// False for what watches the process: it may come behind the same proxy as
  /// everybody.
  bool rate_limited = true;
};

} // namespace pumpscope::http
