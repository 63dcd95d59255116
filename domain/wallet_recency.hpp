#pragma once

#include "domain/pubkey.hpp"
#include "domain/wallet_sketch.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace pumpscope::domain {

/// Counts the distinct wallets of one token in windows that end now, whatever
/// their length: it remembers when each wallet was seen last.
///
/// Exact as long as it remembers the wallets themselves: those of the last five
/// minutes always, older ones while there are at most `exact_max`. Above that,
/// a HyperLogLog whose registers remember the last minute of each rank
/// estimates longer windows (standard error 9.2 %).
///
/// Memory: 48 bytes per wallet that is remembered, and 12 KiB for the registers
/// of a token with more than `exact_max` wallets.
class wallet_recency {
public:
  /// Wallets that are remembered beyond five minutes.
  static constexpr size_t exact_max = 128;
  /// The window that is exact with any number of wallets, in seconds.
  static constexpr int64_t exact_seconds = 300;

  /// Notes that a wallet traded in the minute that starts at `minute` (unix
  /// seconds), in any order of time.
  void add(const pubkey& wallet, int64_t minute);

  /// Forgets what no window needs: `exact_begin` is the start of the five
  /// minutes, `longest_begin` that of the longest window.
  void expire(int64_t exact_begin, int64_t longest_begin);

  /// Returns the number of wallets seen in minutes at or after `begin`.
  [[nodiscard]] uint64_t count(int64_t begin) const;

  /// Bytes in memory, without the object itself.
  [[nodiscard]] size_t memory_bytes() const;

private:
  static constexpr size_t ranks_count = 25;

  /// By register and rank: the last minute, as a count of minutes since 1970;
  /// 0 = never.
  struct registers {
    std::array<std::array<uint32_t, ranks_count>,
               wallet_sketch::registers_count>
      minutes = {};

    void add(const pubkey& wallet, int64_t minute);
  };

  boost::unordered_flat_map<pubkey, int64_t, pubkey_hasher> last_seen_ = {};
  /// Only above `exact_max` wallets.
  std::unique_ptr<registers> registers_ = {};
  /// What is older may be missing in `last_seen_`.
  int64_t exact_from_ = INT64_MIN;
};

} // namespace pumpscope::domain
