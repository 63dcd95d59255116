#pragma once

#include "domain/error.hpp"
#include "domain/leaderboard.hpp"
#include "domain/wallet.hpp"
#include "domain/wallet_ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace pumpscope::domain {

/// Adds what a trade did to the stored buckets (300 s and 3600 s) of one
/// wallet, creating them when missing: what a repair calls for each effect of
/// a re-folded history before `wallet_windows::replace`. Effects that do not
/// count on boards are left out.
void add_to_buckets(std::vector<wallet_bucket>& buckets, const pubkey& wallet,
                    const wallet_effect& effect);

/// The rolling windows of all wallets of ONE wallet partition: 24h in buckets
/// of 300 s, 7d in buckets of 3600 s, and all time; and the boards over them.
///
/// Exact at every moment: a window holds every trade whose bucket starts at or
/// after `window_begin(window, now())`, however late it came, the running
/// bucket and later ones included. The mayhem vault is left out.
///
/// Memory: each trade is counted in one cell only (300 s buckets younger than
/// 24 h, else 3600 s buckets younger than 7 d, else one rest per wallet), so a
/// wallet costs about 60 bytes, and each of its cells 28, or 92 with a
/// realization. Bound: one wallet per wallet ever seen with SOL-quoted trades,
/// 288 + 168 + 1 cells a wallet.
class wallet_windows {
public:
  wallet_windows();
  ~wallet_windows();
  wallet_windows(wallet_windows&&) noexcept;
  wallet_windows& operator=(wallet_windows&&) noexcept;

  /// Counts a trade, in any order of time.
  /// Refuses with `errc::overflow` what leaves the range of a cell.
  result<void> apply(const pubkey& wallet, const wallet_effect& effect);

  /// Moves chain time forward and takes expired buckets out of the windows;
  /// an earlier time changes nothing. Returns whether a window moved, i.e.
  /// whether boards may have changed without a trade.
  bool advance(int64_t chain_time);

  /// Chain time of the last `advance`; the lowest value before it.
  [[nodiscard]] int64_t now() const;

  /// Takes stored rows over, at start, in any order, after `advance` to the
  /// chain time that they were stored at (or later), and before any `apply`;
  /// then `finish_load` once. Nothing of it is dirty.
  result<void> load(const pubkey& wallet, const wallet_totals& totals);
  result<void> load(const wallet_bucket& bucket);
  void finish_load();

  /// Replaces all that is known of a wallet by re-folded state (repair).
  /// Nothing of it is dirty: the checkpoint writes these very buckets.
  result<void> replace(const pubkey& wallet,
                       std::span<const wallet_bucket> buckets,
                       const wallet_totals& totals);

  /// Returns the buckets with changed sums since the last call, with their
  /// current sums, and forgets them. Expired buckets are left out.
  std::vector<wallet_bucket> take_dirty_buckets();

  /// Returns the first `n` rows of a board in its exact order.
  [[nodiscard]] std::vector<board_row> top(board_window window, board_by by,
                                           board_side side, size_t n) const;

  /// Returns every row of a board (canonical dump).
  [[nodiscard]] std::vector<board_row> all(board_window window, board_by by,
                                           board_side side) const;

  /// Returns the sums of one wallet in a window; zeros when it has none.
  [[nodiscard]] board_row sums(const pubkey& wallet, board_window window) const;

  /// Number of wallets.
  [[nodiscard]] size_t size() const;

  /// Bytes in memory.
  [[nodiscard]] size_t memory_bytes() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace pumpscope::domain
