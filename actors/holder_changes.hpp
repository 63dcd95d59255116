#pragma once

#include "messages/rows.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <vector>

namespace pumpscope::actors {

/// By how many the wallets of one partition that hold a coin grew since the
/// publisher was told. An answer that got lost is told again with the next one.
///
/// Bound: one entry per coin whose holders changed since.
class holder_changes {
public:
  void add(const domain::pubkey& mint, int64_t wallets) {
    auto& sum = waiting_[mint];
    sum += wallets;
    if (sum == 0)
      waiting_.erase(mint);
  }

  /// Returns what changed and is not counted. `taken` is the number of the last
  /// answer that is.
  const std::vector<messages::holders_row>& tell(uint64_t taken) {
    if (taken < number_)
      for (auto& row : told_)
        add(row.mint, row.wallets);
    // The first answer has all holders: its room is given back.
    told_ = {};
    told_.reserve(waiting_.size());
    for (auto& [mint, wallets] : waiting_)
      told_.push_back({mint, wallets});
    waiting_ = {};
    ++number_;
    return told_;
  }

  /// Number of the last answer; they are numbered from 1.
  [[nodiscard]] uint64_t number() const {
    return number_;
  }

private:
  boost::unordered_flat_map<domain::pubkey, int64_t, domain::pubkey_hasher>
    waiting_ = {};
  std::vector<messages::holders_row> told_ = {};
  uint64_t number_ = 0;
};

} // namespace pumpscope::actors
