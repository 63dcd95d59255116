#pragma once

#include "domain/int128.hpp"
#include "domain/leaderboard.hpp"
#include "domain/wallet.hpp"

#include <cstdint>

namespace pumpscope::domain {

/// What the token scores are made of. Volumes and liquidity in one currency
/// (USD where a rate is known), changes in percent.
struct score_input {
  double volume_24h = 0.0;
  double liquidity = 0.0;
  double change_1h_percent = 0.0;
  double change_24h_percent = 0.0;
  uint64_t trades_24h = 0;
};

/// The original score, verbatim, 0..100: `log10(max(vol24h_usd,1))*40 +
/// min(0.5*chg1h% + 0.5*chg24h%, 30) + log10(max(liq_usd,1))*20 +
/// min(trades24h,1000)/100`. It saturates at tiny values.
double score_seed(const score_input& x);

/// Our score, 0..100: `40*clamp01(log10(1+vol)/6) +
/// 30*(0.5+0.5*tanh(mom/50)) + 20*clamp01(log10(1+liq)/5) +
/// 10*clamp01(trades/1000)` with `mom = 0.5*chg1h% + 0.5*chg24h%`.
double score(const score_input& x);

/// The original risk of a wallet, verbatim, 0..100: `min(100, |loss_24h SOL| *
/// 10 + losing realizations_24h * 2)`. `loss_24h` is the sum of the negative
/// realizations in lamports.
double risk_seed(i128 losses_24h, uint64_t losing_realizations_24h);

/// Our risk of a wallet, 0..100, from its all-time totals. Each part is a
/// share between 0 and 1:
/// - loss: `|losses| / (|losses| + gains)`, gains = realized - losses (weight
///   40; 0 without realizations);
/// - volume: `clamp01(|losses| / volume * 4)`: a quarter of all volume lost is
///   the most (weight 20);
/// - streak: `1 - exp(-loss_streak_max / 8)` (weight 20);
/// - chase: buys that grew after a loss / buys after a loss (weight 10);
/// - concentration: `1 / tokens` (weight 10; 0 without tokens).
double risk(const wallet_totals& x);

} // namespace pumpscope::domain
