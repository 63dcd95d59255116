#pragma once

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdint>

namespace pumpscope::domain {

/// How often something may be done.
struct token_bucket_config {
  /// Tokens that come per second; positive.
  double per_second = 10;
  /// Tokens that are kept at most, 1 or more: what may be done at once after a
  /// rest.
  double burst = 1;
};

/// Limits a rate: each act takes a token, and tokens come back evenly. Pure:
/// time is an argument of any monotonic clock, in any steps; time that runs
/// backwards brings nothing.
///
/// In any span of t seconds at most `burst + per_second * t` tokens are given.
class token_bucket {
public:
  using duration = std::chrono::nanoseconds;

  /// Starts full.
  explicit token_bucket(token_bucket_config config)
    : config_{config}, tokens_{config.burst} {
    assert(config.per_second > 0);
    assert(config.burst >= 1);
  }

  /// Takes a token if there is one at `now`, the time since any fixed moment.
  bool take(duration now) {
    refill(now);
    if (now < paused_until_ || tokens_ < 1)
      return false;
    tokens_ -= 1;
    return true;
  }

  /// Returns how long it takes from `now` until a token is there; 0 = there is
  /// one. At most `1 / per_second`, unless a pause was asked for.
  [[nodiscard]] duration wait(duration now) const {
    // The end of a pause may be far away on the scale of the clock.
    auto pause = now < paused_until_ ? paused_until_ - now : duration{0};
    auto gone = std::chrono::duration<double>(
      started_ && now > at_ ? now - at_ : duration{0});
    auto tokens = tokens_ + gone.count() * config_.per_second;
    if (tokens >= 1)
      return pause;
    auto missing
      = std::chrono::duration<double>((1 - tokens) / config_.per_second);
    // Rounded up: who waits for that long finds the token.
    auto rest = std::chrono::duration_cast<duration>(missing) + duration{1};
    return std::max(rest, pause);
  }

  /// Gives no token before `until`: somebody said "slow down".
  void pause(duration until) {
    paused_until_ = std::max(paused_until_, until);
  }

private:
  void refill(duration now) {
    if (started_ && now > at_) {
      auto gone = std::chrono::duration<double>(now - at_);
      tokens_ = std::min(config_.burst,
                         tokens_ + gone.count() * config_.per_second);
    }
    if (!started_ || now > at_)
      at_ = now;
    started_ = true;
  }

  token_bucket_config config_ = {};
  double tokens_ = 0;
  duration at_ = duration{0};
  duration paused_until_ = duration::min();
  bool started_ = false;
};

} // namespace pumpscope::domain
