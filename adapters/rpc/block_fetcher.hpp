#pragma once

#include "adapters/rpc/client.hpp"
#include "domain/token_bucket.hpp"
#include "messages/block_fetcher.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace pumpscope::rpc {

/// How blocks are fetched.
struct fetcher_settings {
  client_settings client = {};
  /// Requests per second over all connections, and at once after a rest.
  domain::token_bucket_config rate = {10, 10};
  /// Connections; each asks one question at a time. At least 1.
  size_t parallel = 4;
  /// Attempts for one question; at least 1.
  uint32_t attempts = 6;
  /// The wait before the n-th attempt is random in [w/2, w] with
  /// w = min(max, min * 2^n), and never less than a `Retry-After`.
  std::chrono::milliseconds backoff_min = std::chrono::milliseconds{250};
  std::chrono::milliseconds backoff_max = std::chrono::seconds{10};
};

/// Makes a fetcher with a thread and a connection for each of
/// `settings.parallel`. Memory: one answer of at most `client.body_bytes_max`
/// and what it is parsed into for each of them, and the answers that were not
/// taken.
std::unique_ptr<messages::block_fetcher>
make_block_fetcher(fetcher_settings settings);

} // namespace pumpscope::rpc
