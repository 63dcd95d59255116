#pragma once

#include "domain/candle.hpp"
#include "domain/leaderboard.hpp"
#include "domain/position.hpp"
#include "domain/reserve_break.hpp"
#include "domain/token_event.hpp"
#include "domain/token_ledger.hpp"
#include "domain/trade.hpp"
#include "domain/wallet.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

namespace pumpscope::domain {

/// Names a candle.
struct candle_key {
  pubkey mint = {};
  pubkey quote_mint = {};
  domain::interval interval = interval::m1;
  int64_t open_time = 0;

  friend auto operator<=>(const candle_key&, const candle_key&) = default;
};

/// The reference: simple, slow code straight from domain.md that shares only
/// plain structs and arithmetic with the folds of the product. `verify`, the
/// simulator's truth and the pipeline simulation compare with it.
///
/// Memory: everything, for the whole history.
class reference_fold {
public:
  /// What a state that it started with has: no trade of these sums is added.
  struct started_bar {
    candle_key key = {};
    candle bar = {};
  };

  reference_fold();
  ~reference_fold();
  reference_fold(reference_fold&&) noexcept;
  reference_fold& operator=(reference_fold&&) noexcept;

  /// Starts the positions and totals of a wallet, or a token, with a stored
  /// state instead of nothing. Call before `fold`, once a key.
  void start(const pubkey& wallet, const wallet_totals& totals,
             std::vector<position> positions);
  void start(const token_state& x);

  /// The 1m bars that were open where tokens start.
  [[nodiscard]] std::vector<started_bar> started_bars() const;

  /// Adds a row of the journal, in any order; folding happens in chain order.
  void add(const trade& x);
  void add(const token_event& x);

  /// Folds all that was added, from scratch. Call before reading anything.
  void fold();

  /// All positions by (wallet, key).
  [[nodiscard]] const std::map<std::pair<pubkey, position_key>, position>&
  positions() const;

  /// Totals of the wallets with SOL-quoted trades.
  [[nodiscard]] const std::map<pubkey, wallet_totals>& wallets() const;

  /// Candles of the dumped intervals; `wallets` is 0 above 5m.
  [[nodiscard]] const std::map<candle_key, candle>& candles() const;

  /// Every row of a board at chain time `now`, in order.
  [[nodiscard]] std::vector<board_row>
  board(board_window window, board_by by, board_side side, int64_t now) const;

  /// The buckets of 300 s and 3600 s that boards are summed from, by (wallet,
  /// length, start).
  [[nodiscard]] std::map<std::tuple<pubkey, uint32_t, int64_t>, wallet_bucket>
  buckets() const;

  /// Visits the rows that count in chain order.
  void visit(const std::function<void(const trade&)>& on_trade,
             const std::function<void(const token_event&)>& on_event) const;

  /// Where chains of reserves do not join, by mint and chain position.
  [[nodiscard]] const std::vector<std::pair<pubkey, reserve_break>>&
  breaks() const;

  /// Off-venue volume in quote units and number of trades by (mint, quote).
  [[nodiscard]] const std::map<position_key, std::pair<i128, uint64_t>>&
  off_venue() const;

  /// Number of wallets with units of a mint, by mint.
  [[nodiscard]] std::map<pubkey, uint64_t> holders() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace pumpscope::domain
