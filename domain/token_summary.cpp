#include "domain/token_summary.hpp"

#include "domain/known_keys.hpp"

#include <cstdlib>

namespace pumpscope::domain {

namespace {

constexpr int pump_decimals = 6;

/// 10^x. Pre: `x` in [0, 38].
u128 power_of_ten(int x) {
  auto result = u128{1};
  for (auto i = 0; i < x; ++i)
    result *= 10;
  return result;
}

} // namespace

token_summary summarize(const token_ledger& x) {
  auto& state = x.state();
  auto result = token_summary{};
  result.mint = state.mint;
  if (auto series = x.leading_series())
    result.quote_mint = series->quote_mint;
  result.created = state.created;
  result.name = state.name;
  result.symbol = state.symbol;
  result.uri = state.uri;
  result.creator = state.creator;
  result.created_at = state.created_at;
  result.decimals = state.decimals;
  result.graduated = state.migrated || state.curve_complete;
  result.graduated_at = state.graduated_at;
  result.venue = state.last_program;
  result.pool = state.last_pool;
  result.last_reserves = state.last_reserves;
  result.last_trade_at = state.last_trade_at;
  result.last_slot = state.last_position.slot;
  result.spot = x.spot();
  result.market_cap = market_cap(state);
  result.liquidity = liquidity_of(state);
  result.progress = progress(state);
  result.sol_usd_micros = state.last_sol_usd_micros;
  result.trades = state.trades;
  result.reserve_breaks = state.reserve_breaks;
  return result;
}

token_activity activity_of(const token_windows& windows, const pubkey& mint,
                           const pubkey& quote_mint) {
  auto result = token_activity{};
  for (auto window : all_token_windows) {
    auto& to = result[static_cast<size_t>(window)];
    to.sums = windows.sums(mint, quote_mint, window);
    to.wallets = windows.wallets(mint, quote_mint, window);
    to.change = windows.change(mint, quote_mint, window);
  }
  return result;
}

std::optional<double> usd_per_quote(const pubkey& quote_mint,
                                    uint64_t sol_usd_micros) {
  if (quote_mint == known_keys::usdc_mint
      || quote_mint == known_keys::usdt_mint)
    return 1.0;
  if (quote_mint != known_keys::wsol_mint || sol_usd_micros == 0)
    return std::nullopt;
  return static_cast<double>(sol_usd_micros) / 1e6;
}

std::optional<int> quote_decimals(const pubkey& quote_mint) {
  if (quote_mint == known_keys::wsol_mint)
    return 9;
  if (quote_mint == known_keys::usdc_mint
      || quote_mint == known_keys::usdt_mint)
    return 6;
  return std::nullopt;
}

std::optional<double> chart_price(const price& x, const pubkey& quote_mint,
                                  int16_t decimals) {
  auto quote = quote_decimals(quote_mint);
  if (x.token == 0 || !quote)
    return std::nullopt;
  auto coin = decimals < 0 ? pump_decimals : static_cast<int>(decimals);
  auto shift = coin - *quote;
  if (std::abs(shift) > 19)
    return std::nullopt;
  // Scaled as a fraction: rounded once, as the unscaled price is.
  auto factor = power_of_ten(std::abs(shift));
  auto& scaled = shift < 0 ? x.token : x.quote;
  if (scaled > ~u128{0} / factor)
    return std::nullopt;
  return shift < 0 ? fraction_to_double(x.quote, x.token * factor)
                   : fraction_to_double(x.quote * factor, x.token);
}

} // namespace pumpscope::domain
