#pragma once

#include "domain/reference_fold.hpp"
#include "messages/store.hpp"
#include "runtime/verify.hpp"

#include <memory>
#include <set>
#include <vector>

namespace pumpscope::runtime {

/// What stored states are compared with.
struct references {
  /// Folds of the journal: the whole, and what the partitions' cursors say that
  /// wallets and tokens have seen. One object when no partition is behind.
  std::shared_ptr<domain::reference_fold> whole;
  std::shared_ptr<domain::reference_fold> wallets;
  std::shared_ptr<domain::reference_fold> tokens;
  /// Keys with an open repair.
  std::set<domain::pubkey> wallets_in_repair;
  std::set<domain::pubkey> tokens_in_repair;
  /// What the folds of tokens began with: the baseline.
  std::vector<messages::token_row> started_tokens;
  /// Chain time and last position of the head.
  int64_t chain_time = 0;
  uint64_t jpos = 0;
};

/// Visits the journal: checks that its positions are dense and its counts
/// right, folds the references, checks conservation and the sums over journal,
/// ledgers and candles against each other, and collects reserve breaks.
outcome<references> read_references(messages::store& store,
                                    verify_report& report);

} // namespace pumpscope::runtime
