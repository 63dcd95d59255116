#pragma once

#include "domain/candle.hpp"
#include "domain/error.hpp"
#include "domain/token_ledger.hpp"
#include "domain/token_metrics.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace pumpscope::domain {

/// Rolling windows of token metrics, in buckets of one minute.
enum class token_window : uint8_t { m5 = 0, m15 = 1, h1 = 2, h6 = 3, h24 = 4 };

/// All of them, shortest first.
inline constexpr auto all_token_windows
  = std::array{token_window::m5, token_window::m15, token_window::h1,
               token_window::h6, token_window::h24};

/// Returns the length of a window in seconds.
constexpr int64_t window_seconds(token_window x) {
  constexpr auto lengths = std::array{300, 900, 3'600, 21'600, 86'400};
  return lengths[static_cast<size_t>(x)];
}

/// Returns the start of the oldest minute that is in the window at chain time
/// `now`: `floor(now / 60) * 60 - W`.
constexpr int64_t window_begin(token_window x, int64_t now) {
  return open_time(now, interval::m1) - window_seconds(x);
}

/// Sums of the leading venue's trades of one (mint, quote mint) series.
struct token_window_sums {
  i128 volume_quote = 0;
  uint64_t trades = 0;
  uint64_t buys = 0;
  uint64_t sells = 0;

  friend bool operator==(const token_window_sums&, const token_window_sums&)
    = default;
};

/// What is known of an active series now.
struct token_quote {
  /// Empty before a priced trade.
  price last_price = {};
  std::optional<i128> market_cap = {};
  /// How much of the bonding curve is sold, in [0, 1]; nothing off the curve,
  /// and after a restart until the next trade.
  std::optional<double> progress = {};

  friend bool operator==(const token_quote&, const token_quote&) = default;
};

/// A row of a top list.
struct token_rank {
  pubkey mint = {};
  pubkey quote_mint = {};
  /// Volume or market cap in quote base units.
  i128 value = 0;

  friend bool operator==(const token_rank&, const token_rank&) = default;
};

/// The rolling windows of the tokens of ONE token partition: every minute that
/// starts at or after `window_begin(window, now())`, the running one and later
/// ones included; off-venue trades are not in it.
///
/// Bound: tokens with an on-venue trade in the last 24 h, each with at most
/// 1,505 minutes of 96 bytes and a `wallet_recency`; others are forgotten.
class token_windows {
public:
  token_windows();
  ~token_windows();
  token_windows(token_windows&&) noexcept;
  token_windows& operator=(token_windows&&) noexcept;

  /// Counts a trade with its effect; one that is off venue or needs a re-fold
  /// changes nothing. `market_cap` is the one after the trade.
  result<void> apply(const trade& x, const token_effect& effect,
                     std::optional<i128> market_cap);

  /// Moves chain time forward; an earlier time changes nothing. Returns
  /// whether a window moved.
  bool advance(int64_t chain_time);

  /// Chain time of the last `advance`; the lowest value before it.
  [[nodiscard]] int64_t now() const;

  /// Takes a stored 1m candle over, in any order, after `advance`. One that
  /// the 24h window does not hold is left out.
  void load(const pubkey& mint, const pubkey& quote_mint, const candle& minute);

  /// Sets the market cap of a loaded token (which 1m candles do not tell).
  void load_market_cap(const pubkey& mint, const pubkey& quote_mint,
                       i128 market_cap);

  /// Sets how much of its curve an active token has sold; nothing = it is not
  /// on the curve (any more).
  void set_progress(const pubkey& mint, const pubkey& quote_mint,
                    std::optional<double> progress);

  /// Forgets a mint, before its re-folded 1m candles are loaded (repair).
  void erase(const pubkey& mint);

  /// Returns the sums of a series in a window; zeros when it is not active.
  [[nodiscard]] token_window_sums
  sums(const pubkey& mint, const pubkey& quote_mint, token_window window) const;

  /// Returns the number of distinct wallets of a series in a window: exact in
  /// 5m, and in longer ones up to `wallet_recency::exact_max` wallets; else an
  /// estimate. Nothing when the window holds loaded candles: they do not tell
  /// who traded.
  [[nodiscard]] std::optional<uint64_t> wallets(const pubkey& mint,
                                                const pubkey& quote_mint,
                                                token_window window) const;

  /// Returns `last / ref - 1` with ref = price of the last trade before the
  /// window began, or the first price of a younger token; nullopt for a token
  /// without a priced trade in the last 24 h (its price did not change).
  [[nodiscard]] std::optional<price_change> change(const pubkey& mint,
                                                   const pubkey& quote_mint,
                                                   token_window window) const;

  /// Returns the active tokens of a quote mint with the most volume, then by
  /// mint bytes.
  [[nodiscard]] std::vector<token_rank>
  top_by_volume(token_window window, const pubkey& quote_mint, size_t n) const;

  /// Returns the sums over all active tokens of a quote mint.
  [[nodiscard]] token_window_sums total(token_window window,
                                        const pubkey& quote_mint) const;

  /// Returns the active tokens of a quote mint with the highest market cap,
  /// then by mint bytes.
  [[nodiscard]] std::vector<token_rank>
  top_by_market_cap(const pubkey& quote_mint, size_t n) const;

  /// Returns the active tokens on a curve that are closest to its end, then by
  /// mint bytes; `value` is the progress in millionths.
  [[nodiscard]] std::vector<token_rank>
  top_by_progress(const pubkey& quote_mint, size_t n) const;

  /// Returns what is known of a series; nothing when it is not active.
  [[nodiscard]] std::optional<token_quote>
  quote_of(const pubkey& mint, const pubkey& quote_mint) const;

  /// Returns the mints with an active series, in no order, some twice.
  [[nodiscard]] std::vector<pubkey> active_mints() const;

  /// Number of active series.
  [[nodiscard]] size_t size() const;

  /// Bytes in memory.
  [[nodiscard]] size_t memory_bytes() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace pumpscope::domain
