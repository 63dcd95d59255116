#pragma once

#include "domain/candle.hpp"
#include "domain/leaderboard.hpp"
#include "domain/position.hpp"
#include "domain/trade.hpp"
#include "domain/wallet.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The canonical CSV dumps of domain.md section 9: a header line, then one
/// line per row, each with a newline at its end. Every `*_line` gives one line
/// without sorting (a store that visits rows in order can stream them); every
/// `*_csv` sorts and gives the whole text. Sorting is by the base58 text of
/// the keys, which is NOT the order of their bytes.
namespace pumpscope::domain::canonical {

/// A row of `dump metrics`. Absent values are empty fields.
struct metrics_row {
  pubkey mint = {};
  pubkey quote_mint = {};
  domain::price price = {};
  std::optional<i128> market_cap = {};
  i128 liquidity = 0;
  std::optional<double> progress = {};
  i128 volume_24h = 0;
  uint64_t trades_24h = 0;
  uint64_t buys_24h = 0;
  uint64_t sells_24h = 0;
  double price_change_1h = 0.0;
  double price_change_24h = 0.0;
  uint64_t holders_traded = 0;
  std::optional<double> score_seed = {};
  std::optional<double> score = {};
};

/// A candle with its series.
struct candle_row {
  pubkey mint = {};
  pubkey quote_mint = {};
  domain::interval interval = interval::m1;
  domain::candle candle = {};
};

/// Header lines, with a newline.
extern const std::string_view trades_header;
extern const std::string_view positions_header;
extern const std::string_view wallets_header;
extern const std::string_view candles_header;
extern const std::string_view leaderboard_header;
extern const std::string_view metrics_header;

/// Returns the shortest text that reads back as the same double.
std::string to_text(double x);

/// Returns "1s", "1m", "5m", "15m", "1h" or "24h".
std::string_view to_string(interval x);

std::string trade_line(const trade& x);
std::string position_line(const pubkey& wallet, const position& x);
std::string wallet_line(const pubkey& wallet, const wallet_totals& x);

/// `wallets` are printed as 0 above 5m.
std::string candle_line(const candle_row& x);

/// `rank` counts from 1.
std::string leaderboard_line(uint64_t rank, const board_row& x, board_by by,
                             board_side side);
std::string metrics_line(const metrics_row& x);

/// By (slot, tx_index, ix_path).
std::string trades_csv(std::vector<trade> rows);

/// By wallet, mint, quote mint.
std::string positions_csv(std::vector<std::pair<pubkey, position>> rows);

/// By wallet; a wallet without SOL-quoted trades has no line.
std::string wallets_csv(std::vector<std::pair<pubkey, wallet_totals>> rows);

/// By mint, quote mint, interval by length, time.
std::string candles_csv(std::vector<candle_row> rows);

/// Takes rows in board order.
std::string leaderboard_csv(const std::vector<board_row>& rows, board_by by,
                            board_side side);

/// By mint, quote mint.
std::string metrics_csv(std::vector<metrics_row> rows);

} // namespace pumpscope::domain::canonical
