#pragma once

#include "domain/int128.hpp"
#include "domain/pubkey.hpp"
#include "messages/store.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pumpscope::api {

/// What a wallet had made by then.
struct pnl_point {
  int64_t time = 0;
  domain::i128 realized = 0;
};

/// How the realized PnL of a wallet grew.
struct pnl_curve {
  /// Ascending; one of every so many realizations, the last one among them.
  std::vector<pnl_point> points = {};
  /// False where the history is too long: there are no points then.
  bool whole = true;
};

/// Points of one curve.
inline constexpr size_t pnl_points_max = 500;

/// Trades that are folded for one.
inline constexpr size_t pnl_trades_max = 100'000;

/// Folds the history of a wallet up to a position of the journal. SOL-quoted
/// positions, net leg.
messages::store_result<pnl_curve> load_pnl_curve(messages::store& store,
                                                 const domain::pubkey& wallet,
                                                 uint64_t up_to);

} // namespace pumpscope::api
