#pragma once

#include "messages/publication.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pumpscope::actors {

/// How many wallets hold each coin, summed up from what the wallet partitions
/// tell (`holder_changes`).
///
/// Whoever becomes or ceases to be a holder does so by a trade in that coin, so
/// the coin's own partition tells of it in the same epoch. When all wallet
/// partitions told up to an epoch, a count therefore lacks nothing that the
/// coin's state of that epoch has.
///
/// Bound: one entry per coin that has a holder.
class holder_counts {
public:
  explicit holder_counts(size_t partitions) : told_(partitions) {
    // nop
  }

  void take(size_t partition, const messages::wallet_changes& x) {
    auto& told = told_[partition];
    told.is_any = true;
    told.epoch = std::max(told.epoch, x.epoch);
    told.number = x.holders_number;
    for (auto& row : x.holders) {
      auto& count = counts_[row.mint];
      count += row.wallets;
      if (count == 0)
        counts_.erase(row.mint);
    }
  }

  /// Number of the last answer of a partition that is counted.
  [[nodiscard]] uint64_t taken(size_t partition) const {
    return told_[partition].number;
  }

  /// Another has the partition from here on: it numbers its answers anew, and
  /// tells what changes behind all that is counted.
  void begin_anew(size_t partition) {
    told_[partition].number = 0;
  }

  /// Tells whether all of this epoch is counted.
  [[nodiscard]] bool reaches(uint64_t epoch) const {
    return std::all_of(told_.begin(), told_.end(), [epoch](auto& x) {
      return x.is_any && x.epoch >= epoch;
    });
  }

  [[nodiscard]] uint64_t of(const domain::pubkey& mint) const {
    auto i = counts_.find(mint);
    return i == counts_.end() || i->second < 0
             ? 0
             : static_cast<uint64_t>(i->second);
  }

  /// Number of coins that have a holder.
  [[nodiscard]] size_t size() const {
    return counts_.size();
  }

private:
  struct progress {
    bool is_any = false;
    uint64_t epoch = 0;
    uint64_t number = 0;
  };

  std::vector<progress> told_;
  boost::unordered_flat_map<domain::pubkey, int64_t, domain::pubkey_hasher>
    counts_ = {};
};

} // namespace pumpscope::actors
