#pragma once

#include "domain/int128.hpp"
#include "domain/pubkey.hpp"
#include "domain/trade.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pumpscope::domain {

/// Rolling windows of the wallet boards.
enum class board_window : uint8_t {
  /// 24 hours in buckets of 300 s.
  h24 = 0,
  /// 7 days in buckets of 3600 s.
  d7 = 1,
  /// All that the journal has.
  all = 2,
};

/// What a board is sorted by.
enum class board_by : uint8_t {
  /// Sum of realized PnL.
  net = 0,
  /// Losers: sum of the negative realizations. Winners: of the positive ones.
  losses = 1,
};

/// Which end of the ranking.
enum class board_side : uint8_t {
  /// Worst first, only negative sums.
  losers = 0,
  /// Best first, only positive sums.
  winners = 1,
};

/// Returns the length of a window in seconds; 0 for `all`.
constexpr int64_t window_seconds(board_window x) {
  return x == board_window::h24 ? 86'400 : x == board_window::d7 ? 604'800 : 0;
}

/// Returns the length of a window's buckets in seconds; 0 for `all`.
constexpr int64_t bucket_seconds(board_window x) {
  return x == board_window::h24 ? 300 : x == board_window::d7 ? 3'600 : 0;
}

/// Returns the start of the oldest bucket that is in the window at chain time
/// `now`: `floor(now / L) * L - W`. Pre: the window is not `all`.
constexpr int64_t window_begin(board_window x, int64_t now) {
  auto length = bucket_seconds(x);
  auto rest = now % length;
  return now - (rest < 0 ? rest + length : rest) - window_seconds(x);
}

/// Returns "24h", "7d" or "all".
std::string_view to_string(board_window x);

/// What a wallet did in a window: SOL-quoted trades, net leg. The sums behind
/// a row of a board (domain.md section 7).
struct board_row {
  pubkey wallet = {};
  /// Sum of realized PnL in lamports.
  i128 net = 0;
  /// Sum of the negative realizations, negative or 0.
  i128 losses = 0;
  uint64_t trades = 0;
  uint64_t realizations = 0;
  uint64_t losing_realizations = 0;
  /// The last negative realization in the window; slot 0 = none.
  chain_position last_loss = {};
  int64_t last_loss_at = 0;

  friend bool operator==(const board_row&, const board_row&) = default;
};

/// Returns the number that a board shows as `pnl` and ranks by: `net`,
/// `losses`, or for winners by losses the sum of the positive realizations.
constexpr i128 board_value(const board_row& x, board_by by, board_side side) {
  if (by == board_by::net)
    return x.net;
  return side == board_side::losers ? x.losses : x.net - x.losses;
}

/// Tells whether a wallet is on a board at all.
constexpr bool is_on_board(const board_row& x, board_by by, board_side side) {
  auto value = board_value(x, by, side);
  return side == board_side::losers ? value < 0 : value > 0;
}

/// The order of a board: worst (best) value first, then the earlier last loss
/// in chain order (none is earliest), then wallet bytes. A total order.
bool ranks_before(const board_row& x, const board_row& y, board_by by,
                  board_side side);

/// Sorts rows of several partitions into one board of at most `n` rows, drops
/// the ones that are not on it.
std::vector<board_row> make_board(std::vector<board_row> rows, board_by by,
                                  board_side side, size_t n);

} // namespace pumpscope::domain
