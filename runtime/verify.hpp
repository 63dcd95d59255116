#pragma once

#include "messages/store.hpp"
#include "runtime/outcome.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pumpscope::runtime {

/// What a verification found.
struct verify_report {
  /// Differences that are printed; the rest is only counted.
  static constexpr size_t lines_max = 100;

  uint64_t trades = 0;
  uint64_t token_events = 0;
  uint64_t max_jpos = 0;
  uint64_t positions = 0;
  uint64_t wallets = 0;
  uint64_t tokens = 0;
  uint64_t candles = 0;
  uint64_t wallet_buckets = 0;
  uint64_t board_rows = 0;
  /// Keys that wait for a repair: not compared.
  uint64_t repairs_open = 0;
  /// Where the journal begins; all is folded from the baseline there.
  messages::retention_row retention = {};
  /// Stored candles that closed before: nothing can make them again.
  uint64_t candles_below = 0;
  /// Partitions whose states end before the journal does; they were compared
  /// with the journal up to their own position.
  uint64_t partitions_behind = 0;
  uint64_t gaps_open = 0;
  /// Slots whose rows do not count, because they died after they were sealed.
  uint64_t slots_voided = 0;
  /// Where chains of reserves do not join: a trade is missing, double or in
  /// the wrong place. No mismatch of the store by itself.
  uint64_t reserve_breaks = 0;
  uint64_t mismatches = 0;
  /// One line per break and per difference, naming the key; at most
  /// `lines_max` each.
  std::vector<std::string> break_lines = {};
  std::vector<std::string> mismatch_lines = {};

  /// Counts a difference.
  void mismatch(std::string line);
};

/// Computes every state again from the journal with separate, simple code
/// (domain/reference_fold) and compares it with what is stored; the states of
/// tokens with a fold of their whole history. Holds the whole journal in
/// memory: about 1 KB a trade. Where old rows were dropped it starts with the
/// baseline, which it takes for right.
outcome<verify_report> verify(messages::store& store);

/// The report as one line of JSON, without a newline.
std::string to_json(const verify_report& x);

} // namespace pumpscope::runtime
