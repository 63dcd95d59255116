#include "domain/canonical_dump.hpp"

#include "domain/base58.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <tuple>

namespace pumpscope::domain::canonical {

const std::string_view trades_header
  = "slot,tx_index,ix_path,signature,block_time,program,side,wallet,mint,"
    "quote_mint,token_units,quote_units,fee_units,net_quote_units\n";
const std::string_view positions_header
  = "wallet,mint,quote_mint,units,cost_basis,bought_units,sold_units,invested,"
    "proceeds,realized,realized_gross,realized_fifo,unmatched_units,"
    "unmatched_proceeds,buys,sells,realizations,wins\n";
const std::string_view wallets_header
  = "wallet,trades,realized,realized_gross,realized_fifo,invested,proceeds,"
    "realizations,wins,loss_streak_max,loss_streak_worst,tokens\n";
const std::string_view candles_header
  = "mint,quote_mint,interval,open_time,open,high,low,close,volume_quote,"
    "volume_token,buy_volume_quote,sell_volume_quote,trades,buys,sells,"
    "wallets\n";
const std::string_view leaderboard_header
  = "rank,wallet,pnl,trades,realizations\n";
const std::string_view metrics_header
  = "mint,quote_mint,price,market_cap,liquidity,progress,volume_24h,trades_24h,"
    "buys_24h,sells_24h,price_change_1h,price_change_24h,holders_traded,"
    "score_seed,score\n";

namespace {

/// Builds a line: fields with commas between them.
class line {
public:
  line& add(std::string_view text) {
    if (!text_.empty())
      text_ += ',';
    text_ += text;
    return *this;
  }

  line& add(const pubkey& x) {
    return add(to_base58(x).view());
  }

  line& add(i128 x) {
    return add(std::string_view{domain::to_string(x)});
  }

  line& add(uint64_t x) {
    return add(std::string_view{std::to_string(x)});
  }

  line& add(int64_t x) {
    return add(std::string_view{std::to_string(x)});
  }

  line& add(double x) {
    return add(std::string_view{to_text(x)});
  }

  template <class T>
  line& add(const std::optional<T>& x) {
    return x ? add(*x) : add(std::string_view{});
  }

  std::string end() {
    text_ += '\n';
    return std::move(text_);
  }

private:
  std::string text_ = {};
};

using key_text = base58_text<pubkey_text_max>;

/// Sorts rows by what `key_of` makes of them, which is made once per row, and
/// returns header and lines.
template <class Rows, class KeyOf, class LineOf>
std::string sorted_csv(std::string_view header, const Rows& rows, KeyOf key_of,
                       LineOf line_of) {
  using key_type = decltype(key_of(rows.front()));
  auto order = std::vector<std::pair<key_type, size_t>>{};
  order.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i)
    order.emplace_back(key_of(rows[i]), i);
  std::sort(order.begin(), order.end());
  auto text = std::string{header};
  for (const auto& entry : order)
    text += line_of(rows[entry.second]);
  return text;
}

std::string text_of(const pubkey& x) {
  return std::string{to_base58(x).view()};
}

} // namespace

std::string to_text(double x) {
  auto buffer = std::array<char, 32>{};
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x);
  return {buffer.data(), end.ptr};
}

std::string_view to_string(interval x) {
  switch (x) {
    case interval::s1:
      return "1s";
    case interval::m1:
      return "1m";
    case interval::m5:
      return "5m";
    case interval::m15:
      return "15m";
    case interval::h1:
      return "1h";
    case interval::h24:
      return "24h";
  }
  return "unknown";
}

std::string trade_line(const trade& x) {
  return line{}
    .add(x.position.slot)
    .add(uint64_t{x.position.tx_index})
    .add(uint64_t{x.position.ix_path})
    .add(to_base58(x.signature).view())
    .add(x.block_time)
    .add(std::string_view{x.program == program::pump ? "pump" : "pump_amm"})
    .add(std::string_view{x.side == trade_side::buy ? "buy" : "sell"})
    .add(x.wallet)
    .add(x.mint)
    .add(x.quote_mint)
    .add(x.token_units)
    .add(x.quote_units)
    .add(x.fee_units)
    .add(x.net_quote_units)
    .end();
}

std::string position_line(const pubkey& wallet, const position& x) {
  return line{}
    .add(wallet)
    .add(x.key.mint)
    .add(x.key.quote_mint)
    .add(x.units)
    .add(x.cost_basis)
    .add(x.bought_units)
    .add(x.sold_units)
    .add(x.invested)
    .add(x.proceeds)
    .add(x.realized)
    .add(x.realized_gross)
    .add(x.realized_fifo)
    .add(x.unmatched_units)
    .add(x.unmatched_proceeds)
    .add(x.buys)
    .add(x.sells)
    .add(x.realizations)
    .add(x.wins)
    .end();
}

std::string wallet_line(const pubkey& wallet, const wallet_totals& x) {
  return line{}
    .add(wallet)
    .add(x.trades)
    .add(x.realized)
    .add(x.realized_gross)
    .add(x.realized_fifo)
    .add(x.invested)
    .add(x.proceeds)
    .add(x.realizations)
    .add(x.wins)
    .add(x.loss_streak_max)
    .add(x.loss_streak_worst)
    .add(x.tokens)
    .end();
}

std::string candle_line(const candle_row& x) {
  const auto& bar = x.candle;
  return line{}
    .add(x.mint)
    .add(x.quote_mint)
    .add(to_string(x.interval))
    .add(bar.open_time)
    .add(to_double(bar.open))
    .add(to_double(bar.high))
    .add(to_double(bar.low))
    .add(to_double(bar.close))
    .add(bar.volume_quote)
    .add(bar.volume_token)
    .add(bar.buy_volume_quote)
    .add(bar.sell_volume_quote)
    .add(bar.trades)
    .add(bar.buys)
    .add(bar.sells)
    .add(x.interval > interval::m5 ? uint64_t{0} : bar.wallets)
    .end();
}

std::string leaderboard_line(uint64_t rank, const board_row& x, board_by by,
                             board_side side) {
  return line{}
    .add(rank)
    .add(x.wallet)
    .add(board_value(x, by, side))
    .add(x.trades)
    .add(x.realizations)
    .end();
}

std::string metrics_line(const metrics_row& x) {
  return line{}
    .add(x.mint)
    .add(x.quote_mint)
    .add(to_double(x.price))
    .add(x.market_cap)
    .add(x.liquidity)
    .add(x.progress)
    .add(x.volume_24h)
    .add(x.trades_24h)
    .add(x.buys_24h)
    .add(x.sells_24h)
    .add(x.price_change_1h)
    .add(x.price_change_24h)
    .add(x.holders_traded)
    .add(x.score_seed)
    .add(x.score)
    .end();
}

std::string trades_csv(std::vector<trade> rows) {
  return sorted_csv(
    trades_header, rows, [](const trade& x) { return x.position; }, trade_line);
}

std::string positions_csv(std::vector<std::pair<pubkey, position>> rows) {
  return sorted_csv(
    positions_header, rows,
    [](const auto& x) {
      return std::tuple{text_of(x.first), text_of(x.second.key.mint),
                        text_of(x.second.key.quote_mint)};
    },
    [](const auto& x) { return position_line(x.first, x.second); });
}

std::string wallets_csv(std::vector<std::pair<pubkey, wallet_totals>> rows) {
  std::erase_if(rows, [](const auto& x) { return x.second.trades == 0; });
  return sorted_csv(
    wallets_header, rows, [](const auto& x) { return text_of(x.first); },
    [](const auto& x) { return wallet_line(x.first, x.second); });
}

std::string candles_csv(std::vector<candle_row> rows) {
  return sorted_csv(
    candles_header, rows,
    [](const candle_row& x) {
      return std::tuple{text_of(x.mint), text_of(x.quote_mint), x.interval,
                        x.candle.open_time};
    },
    candle_line);
}

std::string leaderboard_csv(const std::vector<board_row>& rows, board_by by,
                            board_side side) {
  auto text = std::string{leaderboard_header};
  uint64_t rank = 0;
  for (const auto& row : rows)
    text += leaderboard_line(++rank, row, by, side);
  return text;
}

std::string metrics_csv(std::vector<metrics_row> rows) {
  return sorted_csv(
    metrics_header, rows,
    [](const metrics_row& x) {
      return std::tuple{text_of(x.mint), text_of(x.quote_mint)};
    },
    metrics_line);
}

} // namespace pumpscope::domain::canonical
