#pragma once

#include "domain/candle.hpp"
#include "domain/token_ledger.hpp"
#include "domain/token_metrics.hpp"
#include "domain/token_windows.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace pumpscope::domain {

/// What one rolling window of a token shows.
struct token_window_summary {
  token_window_sums sums = {};
  /// Distinct wallets; nothing where not known (see token_windows::wallets).
  std::optional<uint64_t> wallets = {};
  std::optional<price_change> change = {};

  friend bool
  operator==(const token_window_summary&, const token_window_summary&)
    = default;
};

/// All windows of a token, by index of `all_token_windows`.
using token_activity
  = std::array<token_window_summary, all_token_windows.size()>;

/// What subscribers are shown of a token: facts and the metrics of domain.md
/// section 6. A copy without the state that only the fold needs.
struct token_summary {
  pubkey mint = {};
  /// Quote mint of the leading series; the default key before a trade.
  pubkey quote_mint = {};

  /// From CreateEvent; unknown unless `created`.
  bool created = false;
  std::string name = {};
  std::string symbol = {};
  std::string uri = {};
  pubkey creator = {};
  int64_t created_at = 0;

  /// -1 while unknown.
  int16_t decimals = -1;
  bool graduated = false;
  /// 0 while on the curve.
  int64_t graduated_at = 0;

  /// The leading venue: its program and pool (the default key for a curve),
  /// and what its last trade left.
  program venue = program::pump;
  pubkey pool = {};
  reserves last_reserves = {};
  int64_t last_trade_at = 0;
  uint64_t last_slot = 0;
  /// Side of its last trade; nothing when this run saw none.
  std::optional<trade_side> last_side = {};
  /// Empty before a priced trade.
  price spot = {};
  std::optional<i128> market_cap = {};
  domain::liquidity liquidity = {};
  std::optional<double> progress = {};
  /// USD per SOL in millionths at the last trade; 0 when unknown.
  uint64_t sol_usd_micros = 0;

  uint64_t trades = 0;
  uint64_t reserve_breaks = 0;
  token_activity windows = {};
};

/// Returns what a ledger knows; `windows` stay empty: they belong to the
/// partition.
token_summary summarize(const token_ledger& x);

/// Returns what the windows know of one series.
token_activity activity_of(const token_windows& windows, const pubkey& mint,
                           const pubkey& quote_mint);

/// Returns what one whole unit of a quote mint costs in USD: by the rate of
/// `sol_usd_micros` for SOL and 1 for USDC and USDT; nothing where that is not
/// known.
std::optional<double> usd_per_quote(const pubkey& quote_mint,
                                    uint64_t sol_usd_micros);

/// Returns the number of decimals of a quote mint: 9 for SOL, 6 for USDC and
/// USDT; nothing for others.
std::optional<int> quote_decimals(const pubkey& quote_mint);

/// Returns a price as quote per whole token, the number that charts show;
/// nothing for an empty price or a quote of unknown decimals. `decimals` of the
/// coin, -1 = those of a pump coin.
std::optional<double> chart_price(const price& x, const pubkey& quote_mint,
                                  int16_t decimals);

} // namespace pumpscope::domain
