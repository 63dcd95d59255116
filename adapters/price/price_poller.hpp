#pragma once

#include "adapters/rpc/client.hpp"
#include "domain/token_bucket.hpp"
#include "messages/sol_price.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pumpscope::adapters {

/// Why there is no rate.
struct price_failure {
  /// For people; without secrets.
  std::string what = {};
  /// What the other side asks for.
  std::chrono::milliseconds retry_after = std::chrono::milliseconds{0};
};

/// Where the rate is asked for. Blocking, with limits of its own; from one
/// thread, one question at a time.
class price_source {
public:
  virtual ~price_source() = default;

  /// Returns the rate in millionths of a USD.
  virtual tl::expected<uint64_t, price_failure> ask() = 0;

  /// Ends a running question soon. Any thread.
  virtual void cancel() = 0;
};

/// A price endpoint by HTTP; `target` is the whole question, the mint of SOL
/// included. Answers above 64 KiB are refused.
std::unique_ptr<price_source> http_price(rpc::client_settings settings);

/// How often a source is asked.
struct price_poller_settings {
  /// Time between the answers of a server that works.
  std::chrono::milliseconds period = std::chrono::seconds{5};
  /// No more requests than this, whatever the period and however many fail.
  domain::token_bucket_config rate = {45, 1};
  /// The wait behind the n-th failure in a row is random in [w/2, w] with
  /// w = min(max, min * 2^n), and never less than a `Retry-After`.
  std::chrono::milliseconds backoff_min = std::chrono::milliseconds{500};
  std::chrono::milliseconds backoff_max = std::chrono::minutes{1};
  /// Supplies unix time in seconds: what block times are compared with.
  std::function<int64_t()> now = [] {
    return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
  };
};

/// What a poller has done so far.
struct price_poller_status {
  uint64_t requests_total = 0;
  uint64_t failures_total = 0;
  /// The rate that was told last, in millionths of a USD; 0 = none yet.
  uint64_t usd_micros = 0;
  /// Why the last request failed; empty when it did not. Without secrets.
  std::string last_error = {};
};

/// Asks for a price again and again, one request at a time, in a thread of
/// its own, and adds what it tells to a price.
class price_poller {
public:
  price_poller(price_poller_settings settings,
               std::unique_ptr<price_source> source,
               std::shared_ptr<messages::sol_price> to);

  /// Ends a running request and the thread.
  ~price_poller();

  price_poller(const price_poller&) = delete;
  price_poller& operator=(const price_poller&) = delete;

  /// Any thread.
  [[nodiscard]] price_poller_status status() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace pumpscope::adapters
