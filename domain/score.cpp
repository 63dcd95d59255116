#include "domain/score.hpp"

#include <algorithm>
#include <cmath>

namespace pumpscope::domain {

namespace {

constexpr auto lamports_per_sol = 1e9;

double clamp01(double x) {
  // A comparison with NaN is false: it counts as 0.
  return x > 0.0 ? std::min(x, 1.0) : 0.0;
}

double momentum(const score_input& x) {
  return 0.5 * x.change_1h_percent + 0.5 * x.change_24h_percent;
}

} // namespace

double score_seed(const score_input& x) {
  auto sum = std::log10(std::max(x.volume_24h, 1.0)) * 40.0
             + std::min(momentum(x), 30.0)
             + std::log10(std::max(x.liquidity, 1.0)) * 20.0
             + std::min(static_cast<double>(x.trades_24h), 1000.0) / 100.0;
  return std::clamp(sum, 0.0, 100.0);
}

double score(const score_input& x) {
  auto volume = std::max(x.volume_24h, 0.0);
  auto liquidity = std::max(x.liquidity, 0.0);
  return 40.0 * clamp01(std::log10(1.0 + volume) / 6.0)
         + 30.0 * (0.5 + 0.5 * std::tanh(momentum(x) / 50.0))
         + 20.0 * clamp01(std::log10(1.0 + liquidity) / 5.0)
         + 10.0 * clamp01(static_cast<double>(x.trades_24h) / 1000.0);
}

double risk_seed(i128 losses_24h, uint64_t losing_realizations_24h) {
  auto loss_sol = std::abs(static_cast<double>(losses_24h)) / lamports_per_sol;
  return std::min(100.0,
                  loss_sol * 10.0
                    + static_cast<double>(losing_realizations_24h) * 2.0);
}

double risk(const wallet_totals& x) {
  auto losses = -static_cast<double>(x.losses);
  auto gains = static_cast<double>(x.realized - x.losses);
  auto loss = losses + gains > 0.0 ? losses / (losses + gains) : 0.0;
  auto volume = static_cast<double>(x.volume);
  auto burnt = volume > 0.0 ? clamp01(losses / volume * 4.0) : 0.0;
  auto streak = 1.0 - std::exp(-static_cast<double>(x.loss_streak_max) / 8.0);
  auto chase = x.buys_after_loss > 0
                 ? static_cast<double>(x.buys_grown_after_loss)
                     / static_cast<double>(x.buys_after_loss)
                 : 0.0;
  auto concentration = x.tokens > 0 ? 1.0 / static_cast<double>(x.tokens) : 0.0;
  return 40.0 * clamp01(loss) + 20.0 * burnt + 20.0 * streak + 10.0 * chase
         + 10.0 * concentration;
}

} // namespace pumpscope::domain
