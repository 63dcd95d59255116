#include "domain/token_summary.hpp"

#include "domain/known_keys.hpp"

#include <cmath>

namespace pumpscope::domain {

namespace {

constexpr int pump_decimals = 6;

/// 10^x, exact for what decimals a mint can have.
double power_of_ten(int x) {
  auto result = 1.0;
  for (auto i = 0; i < std::abs(x); ++i)
    result *= 10.0;
  return x < 0 ? 1.0 / result : result;
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
  return to_double(x) * power_of_ten(coin - *quote);
}

} // namespace pumpscope::domain
