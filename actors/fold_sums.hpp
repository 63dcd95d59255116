#pragma once

#include "domain/known_keys.hpp"
#include "domain/token_ledger.hpp"
#include "domain/wallet_ledger.hpp"
#include "messages/work.hpp"

#include <span>

namespace pumpscope::actors {

/// Returns what a row of the journal adds to its wallet.
inline messages::fold_sums wallet_row_sums(const domain::trade& x) {
  if (x.quote_mint != domain::known_keys::wsol_mint)
    return {};
  return {1, static_cast<uint64_t>(x.net_quote_units)};
}

/// Returns what a row of the journal adds to its token.
inline messages::fold_sums token_row_sums(const domain::trade& x) {
  return {1, x.quote_units};
}

/// Returns the same as the state of a wallet tells it.
inline messages::fold_sums state_sums(const domain::wallet_ledger& x) {
  auto& totals = x.totals();
  return {totals.trades,
          static_cast<uint64_t>(totals.invested + totals.proceeds)};
}

/// Returns the units of the 1m candles among these.
inline uint64_t candle_units(std::span<const domain::candle_change> candles) {
  auto result = uint64_t{0};
  for (auto& x : candles)
    if (x.interval == domain::interval::m1)
      result += static_cast<uint64_t>(x.candle.volume_quote);
  return result;
}

/// Returns all trades that the state of a token tells of, and the units of
/// those off venue: what candles do not have.
inline messages::fold_sums off_candle_sums(const domain::token_ledger& x) {
  auto result = messages::fold_sums{x.state().trades, 0};
  for (auto& volume : x.state().off_venue)
    result.units += static_cast<uint64_t>(volume.quote_units);
  return result;
}

/// Returns that and the units of the open 1m candles.
inline messages::fold_sums open_state_sums(const domain::token_ledger& x) {
  auto result = off_candle_sums(x);
  for (auto& series : x.state().series)
    if (auto bar = domain::open_candle(series, domain::interval::m1))
      result.units += static_cast<uint64_t>(bar->volume_quote);
  return result;
}

} // namespace pumpscope::actors
